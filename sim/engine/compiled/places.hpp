// Lots, buffers and tanks while a line runs: sim/engine/places.py.
#pragma once

#include <coroutine>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "log.hpp"
#include "plan.hpp"

namespace sim {

constexpr double tolerance = 1e-9;  // share of a charge that is as good as nothing

struct Actor;
struct Buffer;
struct Machine;
struct Server;
struct Step;

// An amount of one stream that moves as one piece.
struct Lot {
    uint32_t number;
    double amount, birth, quality = 1.0;
    int64_t passes = 0;  // how often it was sent to rework
    double since = 0.0;  // when it entered the buffer

    // Return a cut lot: birth, quality, passes and waiting time are those of the whole.
    Lot part(uint32_t other, double size) const {
        Lot lot = *this;
        lot.number = other;
        lot.amount = size;
        return lot;
    }
};

using Places = std::vector<Buffer*>;

// Lots of one outlet that could not leave; it stands in line at every place that may take them.
struct Parcel {
    Server* sender;
    int64_t outlet;
    std::deque<Lot> lots;
    const Places* places;
    bool held;  // the lots are in the hold after the step, not in the machine

    bool send();
    void step_out();
};

using Parcels = std::vector<std::unique_ptr<Parcel>>;

std::unique_ptr<Parcel> remove(Parcels& from, const Parcel* parcel);

enum class Rest : uint8_t { busy, idle, shift, outlet, resource, tank, recovery };

// Something that takes part with a life of its own: a server, or a machine that several slots share.
struct Actor {
    int64_t index;   // number of the server in the plan
    int64_t number;  // number of its step
    Step* step;
    Machine* machine = nullptr;
    Rest rest = Rest::busy;              // what it waits for without knowing for how long
    double since = 0.0;                  // when it came to rest
    Parcels parcels;                     // lots that wait to leave it
    std::vector<int64_t> holds;          // how many of each resource it holds
    std::coroutine_handle<> story = {};  // where its life goes on
    Life life;

    Actor(int64_t index, int64_t number, Step& step, size_t resources)
        : index(index), number(number), step(&step), holds(resources) {}

    void begin(Life begun) {
        life = std::move(begun);
        story = life.beginning();
    }

    // Go on with its life until it waits again.
    void resume() { story.resume(); }
    static void ring(void* whom, double) { static_cast<Actor*>(whom)->resume(); }

    // `co_await wait()` is where the Python engine yields.
    auto wait() {
        struct Wait {
            Actor& actor;
            bool await_ready() const noexcept { return false; }
            void await_suspend(std::coroutine_handle<> here) const noexcept { actor.story = here; }
            void await_resume() const noexcept {}
        };
        return Wait{*this};
    }
};

inline bool Clock::step() {
    if (alarms_.empty() || !(alarms_.front().time_h < end_h_)) return false;
    std::pop_heap(alarms_.begin(), alarms_.end(), std::greater());
    const Alarm alarm = alarms_.back();
    alarms_.pop_back();
    now = alarm.time_h;
    alarm.ring(alarm.whom, alarm.set_h);
    while (!ready.empty()) {
        Actor* actor = ready.front();
        ready.pop_front();
        actor->resume();
    }
    return true;
}

// What all parts of a running line share: the clock, the log and the lot numbers.
struct Book {
    Clock clock;
    Rows rows;

    Book(std::vector<double> marks, double end_h) : clock(std::move(marks), end_h) {}

    uint32_t number() { return ++lots_; }

    void write(double amount, uint32_t lot, int64_t step, int64_t server, int64_t place, Kind kind) {
        rows.write(clock.now, amount, lot, step, server, place, kind);
    }

    // What an actor has waited for is there: it goes on at this instant.
    void wake(Actor& actor) {
        actor.rest = Rest::busy;
        clock.ready.push_back(&actor);
    }

  private:
    uint32_t lots_ = 0;
};

// A place for lots in front of one step.
struct Buffer {
    int64_t index;
    const PlanBuffer& plan;
    Book& book;
    Step* consumer = nullptr;
    double patience_h;  // longest wait for a charge, after which the step behind starts with what is there
    bool expires;
    std::deque<Lot> lots;
    double level = 0.0;           // amount inside
    std::deque<Parcel*> waiting;  // for room, first come first served

    Buffer(int64_t index, const PlanBuffer& plan, double patience_h, Book& book);

    bool has_room(const Lot& lot) const;
    void put(const Lot& lot, const Server& sender, bool held);
    void admit();
    bool is_overdue() const;
    Lot take_lot();
    void take(double amount, std::vector<std::pair<uint32_t, Lot>>& pieces);

  private:
    bool in_lots_;
    bool armed_ = false;    // somebody will look when a lot expires ...
    bool patient_ = false;  // ... or when its longest wait is over
    double limit_;

    void arm(double time_h);
    void remind(double time_h);
    void lose_patience();
    void due();
    void expire();
    void age(Lot& lot) const;
    void let_go(Parcel& parcel);
};

// The bulk inventories of a line; draws that must wait and recoveries that find no room stand in line.
struct Tanks {
    struct Draw {
        Actor* actor;
        Shares wanted;
    };
    struct Gift {
        Actor* actor;
        int64_t tank;
        double amount;
    };

    std::vector<double> level;
    std::deque<Draw> draws;
    std::deque<Gift> gifts;

    Tanks(const std::vector<PlanTank>& plans, Book& book);

    bool draw(Actor& actor, const Shares& wanted);
    bool give(Actor& actor, int64_t tank, double amount);
    bool dry(int64_t tank, double amount) const;
    std::vector<int64_t> awaited(const Shares& wanted) const;

  private:
    const std::vector<PlanTank>& plans_;
    Book& book_;

    bool waits(int64_t tank) const { return plans_[static_cast<size_t>(tank)].on_empty == "wait"; }
    bool blocks(int64_t tank) const { return plans_[static_cast<size_t>(tank)].on_full == "block"; }
    bool full(int64_t tank, double amount) const;
    void pour(Actor& actor, const Shares& wanted);
    void fill(Actor& actor, int64_t tank, double amount);
    void serve_draws();
    void serve_gifts();
};

}  // namespace sim
