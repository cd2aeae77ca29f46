// Deadlocks: who waits for what can never come: sim/engine/liveness.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "operations.hpp"
#include "places.hpp"
#include "resources.hpp"

namespace sim {

// Machines that wait for each other for ever.
struct Knot {
    double time_h = 0.0;
    std::vector<int64_t> members;  // for each: its step, what it waits for, how many places are full, those places
};

using Steps = std::vector<Step*>;

class Look;

// Looks for deadlocks in one line.
class Watch {
  public:
    explicit Watch(const Line& line);

    std::optional<Knot> check() const;
    std::optional<Knot> check_end() const;

  private:
    friend class Look;

    const Line& line_;
    std::vector<Actor*> actors_;
    std::vector<Steps> before_, behind_;  // of every step, those that can put lots in front of it, and the reverse
    std::vector<Steps> feeders_;          // of every buffer, the steps that can put lots into it
    std::vector<Steps> filling_;          // of every tank, the steps that return something to it

    Knot knot(const std::vector<Actor*>& dead, const Look& look) const;
};

}  // namespace sim
