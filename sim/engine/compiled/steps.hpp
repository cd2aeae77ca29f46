// How the servers of a step come by their charges: sim/engine/steps.py.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "draws.hpp"
#include "places.hpp"
#include "resources.hpp"

namespace sim {

using Inlets = std::vector<std::pair<Buffer*, double>>;

// The charges of a source: always there, or arriving one by one.
class Yard {
  public:
    Yard(Step& step, int64_t priority, std::optional<Draws> draw, const Hours& hours);

    std::optional<Lot> take();

  private:
    Step& step_;
    int64_t priority_;
    std::optional<Draws> draw_;  // the open hours to the next arrival; none if there is always material
    const Hours& hours_;
    int64_t room_;
    std::deque<double> births_;

    void wait();
    void arrive();
};

// One step of a running line: its inlets and the servers that wait for a charge.
struct Step {
    int64_t index;
    const PlanStep& plan;
    Book& book;
    bool open = true, hopeful = true;  // may operations start now, or ever
    Inlets inlets;
    std::vector<Buffer*> rework, feeding;
    std::vector<Server*> idle;  // idle longest first, then lowest index
    std::vector<Server*> servers;
    std::vector<Server*> sleepers;  // with a charge, waiting for the shift to start it
    std::unique_ptr<Yard> yard;     // where the charges of a source come from
    Parcels held;  // lots in hold, and those whose hold is over and that wait for room; these have places to go to

    Step(int64_t index, const PlanStep& plan, std::vector<std::unique_ptr<Buffer>>& buffers, Book& book);

    std::optional<Lot> take(Server& server);
    void relieve();
    void stand_by(Server& server);
    void dispatch();
    void wake();
    bool awaits(const Buffer& buffer, const Lot& lot) const;
    const Parcel* stuck() const;
    void stop();
    void go_on();
    bool has_idle() const { return open && next() >= 0; }
    bool would_take() const;
    std::vector<Buffer*> lacking() const;

  private:
    double least_;
    Buffer* whole_ = nullptr;  // where whole lots come from if they come from one place only
    Inlets reworks_;           // each as if it were the only inlet
    std::vector<std::pair<uint32_t, Lot>> pieces_;

    std::optional<Lot> gather(const Server& server);
    std::ptrdiff_t next() const;
    double share(const std::pair<Buffer*, double>* inlets, size_t number) const;
    std::optional<Lot> draw(const std::pair<Buffer*, double>* inlets, size_t number, const Server& server);
    void note(const Lot& lot, uint32_t number, const Buffer& buffer, const Server& server);
    Lot mixed() const;
};

}  // namespace sim
