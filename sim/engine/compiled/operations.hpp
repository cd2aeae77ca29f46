// What one operation is, its phases and its failure modes, and what it needs of its line: sim/engine/operations.py.
#pragma once

#include <string>
#include <vector>

#include "draws.hpp"
#include "places.hpp"
#include "resources.hpp"

namespace sim {

// What a server needs of the line it stands in.
struct Line {
    const Plan& plan;
    uint64_t seed, replication;
    Book book;
    std::vector<Hours> hours;
    std::vector<std::unique_ptr<Buffer>> buffers;
    std::vector<std::unique_ptr<Step>> steps;
    Pool pool;
    Tanks tanks;
    std::vector<std::unique_ptr<Server>> servers;
    std::vector<std::unique_ptr<Machine>> machines;

    Line(const Plan& plan, uint64_t seed, uint64_t replication);
    ~Line();

    // Return the draws of the random stream of one purpose of one server or machine of a step.
    Draws sampler(const PlanStep& step, int64_t number, const std::string& purpose, Law law) const {
        return Draws(*law, key(seed, replication, step.name + "/" + std::to_string(number) + "/" + purpose));
    }
};

struct Stage;

enum class Ticks : uint8_t { hours, amount, operations };

// One failure mode of a machine and how far it is from its next failure, on its own clock.
struct Mode {
    int64_t index;
    Ticks clock;
    Draws to_failure, repair;
    Needs resources;
    const Hours* hours;  // in which repairs go on; none: always
    double left;
    double pace = 1.0;  // how fast the clock goes while the operation at hand runs
    double toll = 0.0;  // how far the clock goes in each phase of an operation that takes no time
    Machine* machine = nullptr;

    Mode(const Line& line, const PlanStep& step, int64_t number, int64_t index);

    double repaired(double now);
    void set_pace(double amount, const std::vector<Stage>& stages);
};

// One phase as a server sees it: its draws and its resources.
struct Stage {
    bool begins;  // it is the first one
    Draws draw;
    bool per_amount;
    int rank;            // of those who ask for something while it runs or before it begins, unless it is the first
    Needs crew;          // held during this phase only
    Needs first, last;   // wanted at its beginning, given back at its end
    double hours = 0.0;  // how long it takes in the operation at hand

    static std::vector<Stage> all_of(const Line& line, const PlanStep& step, int64_t number);
};

}  // namespace sim
