// Calendars and shared resources while a line runs: sim/engine/resources.py.
#pragma once

#include <vector>

#include "places.hpp"
#include "plan.hpp"

namespace sim {

// Ranks in the queue: a crew returning after a repair, then whoever holds a place already, then the others.
constexpr int first_rank = 0, holder_rank = 1, starter_rank = 2;

// Opening hours: are they open now, and when has an open time elapsed.
struct Hours {
    bool open, hopeful;  // not hopeful: it never opens

    explicit Hours(const Calendar& calendar)
        : open(calendar.open_at_start),
          hopeful(calendar.open_at_start || !calendar.switches_h.empty()),
          first_(calendar.open_at_start),
          switches_(calendar.switches_h) {}

    double after(double now, double hours) const;
    double between(double start, double end) const;

  private:
    bool first_;
    const std::vector<double>& switches_;
};

// Resources that an actor waits for.
struct Request {
    Actor* actor;
    Needs needs;
    int rank;
    bool starting;
};

// All resources of a line and the one queue in front of them: first come, first served, no overtaking.
//
// A request that cannot be met because a resource or its own step is off shift keeps its place in the queue but does
// not hold up the others.
struct Pool {
    std::vector<int64_t> free;  // how many are not held; below 0 while more are held than there are
    std::vector<int64_t> most;  // how many there are at most
    std::vector<const Hours*> hours;
    std::deque<Request> queue;

    Pool(const std::vector<PlanResource>& resources, const std::vector<Hours>& hours, Book& book);

    bool acquire(Actor& actor, const Needs& needs, int rank, bool starting = false);
    void change(size_t resource, int64_t number);
    void release(Actor& actor, const Needs& needs);
    void serve();
    bool asleep(const Request& request) const;

  private:
    Book& book_;
    std::vector<int64_t> there_;  // how many there are at present

    size_t place(int rank) const;
    bool grant(Actor& actor, const Needs& needs);
};

// Return the sum of several needs, in order of the resource.
Needs merged(const Needs& one, const Needs& other = {});

}  // namespace sim
