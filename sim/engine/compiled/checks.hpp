// What a plan must be for the engine to touch no memory but its own; whether it makes sense was checked before.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string>

#include "draws.hpp"
#include "plan.hpp"

namespace sim {

class Check {
  public:
    explicit Check(const Plan& plan) : plan_(plan) {}

    void all() const {
        if (plan_.version != format_version) fail("another version of the rules");
        if (!(plan_.end_h() < std::numeric_limits<double>::infinity())) fail("no end");
        if (std::max({plan_.buffers.size(), plan_.tanks.size(), plan_.resources.size()}) > most)
            fail("too many places");
        for (const Recipe& recipe : plan_.recipes) {
            if (!Draws::knows(recipe)) fail("an unknown recipe");
        }
        int64_t servers = 0;
        for (size_t index = 0; index < plan_.steps.size(); ++index) {
            step(plan_.steps[index], static_cast<int64_t>(index));
            servers += plan_.steps[index].machines * plan_.steps[index].slots;
            if (servers > most || index >= most) fail("too many machines");
        }
        for (size_t index = 0; index < plan_.buffers.size(); ++index) buffer(static_cast<int64_t>(index));
        for (const PlanTank& tank : plan_.tanks) {
            word(tank.on_full, {"waste", "block"});
            word(tank.on_empty, {"buy", "wait"});
        }
        for (const PlanResource& resource : plan_.resources) {
            within(resource.calendar, plan_.calendars.size());
            for (size_t index = 1; index < resource.changes.size(); ++index) {
                if (!(resource.changes[index - 1].first < resource.changes[index].first)) fail("shifts out of order");
            }
        }
        for (const Calendar& calendar : plan_.calendars) {
            for (size_t index = 1; index < calendar.switches_h.size(); ++index) {
                if (!(calendar.switches_h[index - 1] < calendar.switches_h[index])) fail("switches out of order");
            }
        }
    }

  private:
    static constexpr int64_t most = 0xFFFE;  // rows hold numbers of 16 bits, of which the greatest means none
    const Plan& plan_;

    [[noreturn]] static void fail(const std::string& text) { throw BadPlan(text); }

    static void within(int64_t index, size_t size) {
        if (index < 0 || static_cast<uint64_t>(index) >= size) fail("an index without its item");
    }

    static void word(const std::string& found, std::initializer_list<const char*> allowed) {
        for (const char* one : allowed) {
            if (found == one) return;
        }
        fail("an unknown word: " + found);
    }

    void needs(const Needs& it) const {
        for (const auto& [resource, number] : it) within(resource, plan_.resources.size());
    }

    void place(int64_t index, int64_t least) const {
        if (index < least || index >= static_cast<int64_t>(plan_.buffers.size())) fail("an outlet to nowhere");
    }

    void step(const PlanStep& it, int64_t index) const {
        if (it.machines < 1 || it.slots < 1 || it.machines > most || it.slots > most) fail("a step without machines");
        within(it.calendar, plan_.calendars.size());
        for (const auto& [place, ratio] : it.inlets) {
            within(place, plan_.buffers.size());
            if (plan_.buffers[static_cast<size_t>(place)].consumer != index) fail("an inlet of another step");
        }
        for (const auto& [tank, share] : it.draws) within(tank, plan_.tanks.size());
        for (const auto& [tank, share] : it.recoveries) within(tank, plan_.tanks.size());
        needs(it.held);
        needs(it.setup_resources);
        for (const Phase& phase : it.phases) {
            needs(phase.resources);
        }
        for (const Failure& failure : it.failures) {
            word(failure.clock, {"hours", "amount", "operations"});
            needs(failure.resources);
            if (failure.calendar != -1) within(failure.calendar, plan_.calendars.size());
        }
        for (const Loss& loss : it.losses) word(loss.per, {"start", "clean", "failure", "lot"});
        if (it.clean) {
            if (it.clean->every < 1) fail("a cleaning after no operation");
            needs(it.clean->resources);
        }
        outlets(it);
    }

    void outlets(const PlanStep& it) const {
        for (const Outlet& outlet : it.outlets) {
            if (outlet.places.empty() || !(outlet.lot_size > 0.0)) fail("an outlet without a place or a lot");
            for (int64_t index : outlet.places) place(index, waste);
        }
        if (it.outlets.size() > most) fail("too many outlets");
        if (it.inspection) {
            place(it.inspection->fail_place, waste);
            if (it.inspection->rework) place(*it.inspection->rework, 0);
            if (it.outlets.empty()) fail("an inspection of nothing");
        }
    }

    void buffer(int64_t index) const {
        const PlanBuffer& it = plan_.buffers[static_cast<size_t>(index)];
        word(it.unit, {"amount", "lots"});
        within(it.consumer, plan_.steps.size());
        const PlanStep& consumer = plan_.steps[static_cast<size_t>(it.consumer)];
        bool found = it.rework;
        for (const auto& [place, ratio] : consumer.inlets) found = found || place == index;
        if (!found) fail("a buffer that nothing takes from");
    }
};

}  // namespace sim
