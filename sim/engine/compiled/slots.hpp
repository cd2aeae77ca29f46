// A machine with several slots, such as a pusher kiln: one pitch and one set of failures for all: sim/engine/slots.py.
#pragma once

#include <utility>
#include <vector>

#include "operations.hpp"
#include "places.hpp"
#include "servers.hpp"

namespace sim {

// The part of a machine that its slots share.
//
// Its clocks of run hours go while any slot runs. A failure stops all slots: their ends and the next start move by the
// time of the repair, and their crews leave meanwhile.
struct Machine : Actor {
    using Slots = std::vector<std::pair<Server*, double>>;

    bool starting = false;  // a slot has taken its charge but not started yet
    Slots stopped;          // stopped slots and how long their phase still takes

    Machine(Line& line, Step& step, const std::vector<Server*>& slots, std::vector<Mode> modes);

    bool is_free() const { return !down_ && !starting && line_.book.clock.now >= next_start_ - coincidence_h; }
    void started();
    void enter(Server& slot, double hours_h);

  private:
    Line& line_;
    int64_t priority_;
    const Hours* hours_;
    std::vector<Mode> modes_;
    Mode* failing_ = nullptr;  // what it is resumed with
    bool down_ = false;
    double next_start_ = 0.0;
    Slots ends_;           // running slots and when their phase ends
    double wound_ = 0.0;   // time up to which the clocks are right
    double fails_ = -1.0;  // time of the next failure by run hours, unless something happens before

    Life live();
    void fail(Mode& mode);
    void stop(const Mode& mode);
    void restart(double lost);
    void run(Server& slot, double hours_h);
    void end(Server& slot, double end_h);
    Mode* count(double amount);
    void settle();
    void wind();
    void alarm();
    double after(double hours_h) const;
    double between(double start, double end) const;
};

}  // namespace sim
