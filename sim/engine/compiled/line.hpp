// One replication of one line: builds all parts and runs them: sim/engine/simulation.py.
#pragma once

#include <optional>
#include <vector>

#include "liveness.hpp"
#include "operations.hpp"
#include "steps.hpp"

namespace sim {

class Run {
  public:
    // *watched*: look for deadlocks after every event, not only now and then.
    Run(const Plan& plan, uint64_t seed, uint64_t replication, bool watched);

    // Let time go on until the end of the plan and write the log, or return the deadlock in which it ends.
    std::optional<Knot> go();

    Rows& rows() { return line_.book.rows; }

  private:
    struct Shift {
        Run* run;
        size_t index, next;  // of a calendar or a resource, and of the switch or change that comes next
    };

    Line line_;
    std::optional<Watch> watch_;  // knows all servers, so it comes last
    bool watched_;
    std::optional<Knot> found_;  // by a look
    std::vector<Shift> shifts_, crews_;

    void equip(Step& step);
    void keep_watch();
    void look();
    void keep_hours(size_t calendar);
    void wait_for_shift(Shift& shift);
    void change_shift(Shift& shift);
    void wait_for_crew(Shift& shift);
    void change_crew(Shift& shift);
    void count_stock();
};

}  // namespace sim
