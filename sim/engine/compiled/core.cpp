// All of the compiled engine as one unit, and its plain C interface.
#include "core.h"

#include <memory>
#include <new>
#include <string>

#include "checks.hpp"
#include "deliveries.cpp"
#include "line.cpp"
#include "liveness.cpp"
#include "operations.cpp"
#include "places.cpp"
#include "resources.cpp"
#include "servers.cpp"
#include "slots.cpp"
#include "steps.cpp"

#ifndef SIM_CORE_SOURCES
#define SIM_CORE_SOURCES ""
#endif

#ifdef __wasm__
// WebAssembly has no exceptions yet: a plan that is none, or no memory left, traps.
extern "C" {
void* __cxa_allocate_exception(size_t) noexcept {
    __builtin_trap();
}
void __cxa_throw(void*, void*, void (*)(void*)) {
    __builtin_trap();
}
}
#endif

struct sim_run {
    int outcome = SIM_DONE;
    std::string problem;
    sim::Plan plan;
    std::unique_ptr<sim::Run> run;
    sim::Knot knot;
};

namespace {

// A knot lasts for ever, so looking now and then finds it; the same run under constant watch tells where it began.
void go(sim_run& it, uint64_t seed, uint64_t replication) {
    for (const bool watched : {false, true}) {
        it.run = std::make_unique<sim::Run>(it.plan, seed, replication, watched);
        const auto knot = it.run->go();
        it.outcome = knot ? SIM_DEADLOCK : SIM_DONE;
        if (!knot) return;
        it.knot = *knot;
    }
}

}  // namespace

sim_run* sim_run_plan(const unsigned char* plan, size_t size, uint64_t seed, uint64_t replication) {
    auto* it = new (std::nothrow) sim_run;
    if (!it) return nullptr;
    try {
        sim::Reader reader(plan, size);
        reader(it->plan);
        reader.finish();
        sim::Check(it->plan).all();
        go(*it, seed, replication);
    } catch (const sim::BadPlan& error) {
        it->outcome = SIM_BAD_PLAN;
        it->problem = error.what();
    } catch (const std::exception&) {
        it->outcome = SIM_NO_MEMORY;
    }
    return it;
}

void sim_run_free(sim_run* run) {
    delete run;
}

int sim_run_outcome(const sim_run* run) {
    return run->outcome;
}

const char* sim_run_problem(const sim_run* run) {
    return run->problem.c_str();
}

const unsigned char* sim_run_rows(const sim_run* run, size_t* rows) {
    *rows = run->run ? run->run->rows().count() : 0;
    return run->run ? run->run->rows().bytes() : nullptr;
}

const int64_t* sim_run_knot(const sim_run* run, size_t* numbers, double* time_h) {
    *numbers = run->knot.members.size();
    *time_h = run->knot.time_h;
    return run->knot.members.data();
}

const char* sim_core_sources() {
    return SIM_CORE_SOURCES;
}
