#include "operations.hpp"

namespace sim {

Mode::Mode(const Line& line, const PlanStep& step, int64_t number, int64_t index)
    : index(index),
      clock(Ticks::hours),
      to_failure(line.sampler(step, number, "failure " + std::to_string(index),
                              step.failures[static_cast<size_t>(index)].to_failure)),
      repair(line.sampler(step, number, "repair " + std::to_string(index),
                          step.failures[static_cast<size_t>(index)].repair_h)),
      resources(merged(step.failures[static_cast<size_t>(index)].resources)),
      hours(nullptr),
      left(to_failure()) {
    const std::string& name = step.failures[static_cast<size_t>(index)].clock;
    if (name != "hours") clock = name == "amount" ? Ticks::amount : Ticks::operations;
    const int64_t calendar = step.failures[static_cast<size_t>(index)].calendar;
    if (calendar >= 0) hours = &line.hours[static_cast<size_t>(calendar)];
}

// Return when a repair that begins now is done.
double Mode::repaired(double now) {
    const double hours_h = repair();
    return hours ? hours->after(now, hours_h) : now + hours_h;
}

// Spread what an operation takes from a clock of amounts or operations evenly over its run time.
void Mode::set_pace(double amount, const std::vector<Stage>& stages) {
    const double quantity = clock == Ticks::amount ? amount : 1.0;
    double total_h = 0.0;
    for (const Stage& stage : stages) total_h += stage.hours;
    pace = total_h > 0.0 ? quantity / total_h : 0.0;
    toll = total_h > 0.0 ? 0.0 : quantity / static_cast<double>(stages.size());
}

// Return the phases of server *number* of *step*; a step without any has one that takes no time.
std::vector<Stage> Stage::all_of(const Line& line, const PlanStep& step, int64_t number) {
    static const Recipe at_once{static_cast<int64_t>(Form::fixed), {0.0}, {}};
    static const std::vector<Phase> none{{"none", &at_once, false, {}}};
    const std::vector<Phase>& phases = step.phases.empty() ? none : step.phases;
    const Needs held = merged(step.held);
    std::vector<Stage> stages;
    for (size_t index = 0; index < phases.size(); ++index) {
        const Phase& phase = phases[index];
        const Needs crew = merged(phase.resources), all = merged(held, crew);
        const bool begins = index == 0, ends = index == phases.size() - 1;
        stages.push_back({begins, line.sampler(step, number, "phase " + std::to_string(index), phase.duration_h),
                          phase.per_amount, step.held.empty() ? starter_rank : holder_rank, crew, begins ? all : crew,
                          ends ? all : crew});
    }
    return stages;
}

}  // namespace sim
