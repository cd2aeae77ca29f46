#include "line.hpp"

#include <algorithm>

#include "servers.hpp"
#include "slots.hpp"

namespace sim {

constexpr double looks = 50.0;  // how often a line is looked at for deadlocks, beside the look at its end

// Return the times that others coincide with: all switches of calendars, all changes of shifts, and begin and end of
// the window.
static std::vector<double> marks(const Plan& plan) {
    std::vector<double> found{plan.warm_up_h, plan.end_h()};
    for (const Calendar& calendar : plan.calendars) {
        found.insert(found.end(), calendar.switches_h.begin(), calendar.switches_h.end());
    }
    for (const PlanResource& resource : plan.resources) {
        for (const auto& [time_h, number] : resource.changes) found.push_back(time_h);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

Line::Line(const Plan& plan, uint64_t seed, uint64_t replication)
    : plan(plan),
      seed(seed),
      replication(replication),
      book(marks(plan), plan.end_h()),
      hours(plan.calendars.begin(), plan.calendars.end()),
      pool(plan.resources, hours, book),
      tanks(plan.tanks, book) {
    for (size_t index = 0; index < plan.buffers.size(); ++index) {
        const auto number = static_cast<int64_t>(index);
        const double patience_h = plan.steps[static_cast<size_t>(plan.buffers[index].consumer)].start_after_h;
        buffers.push_back(std::make_unique<Buffer>(number, plan.buffers[index], patience_h, book));
    }
    for (size_t index = 0; index < plan.steps.size(); ++index) {
        steps.push_back(std::make_unique<Step>(static_cast<int64_t>(index), plan.steps[index], buffers, book));
    }
}

Line::~Line() = default;

Run::Run(const Plan& plan, uint64_t seed, uint64_t replication, bool watched)
    : line_(plan, seed, replication), watched_(watched) {
    shifts_.reserve(plan.calendars.size());
    for (size_t index = 0; index < plan.calendars.size(); ++index) keep_hours(index);
    crews_.reserve(plan.resources.size());
    for (size_t index = 0; index < plan.resources.size(); ++index) {
        crews_.push_back({this, index, 0});
        wait_for_crew(crews_.back());
    }
    for (const auto& step : line_.steps) equip(*step);
    watch_.emplace(line_);
    if (!watched_) keep_watch();
}

std::optional<Knot> Run::go() {
    const double end_h = line_.plan.end_h();
    if (!(end_h > 0.0)) return std::nullopt;
    Clock& clock = line_.book.clock;
    clock.at(
        0.0, 0, [](void*, double) {}, nullptr);
    while (!found_ && clock.step()) {
        if (watched_) found_ = watch_->check();
    }
    if (found_) return found_;
    clock.now = end_h;
    found_ = watch_->check_end();
    if (!found_) count_stock();
    return found_;
}

// Place the servers of *step* and begin their lives.
void Run::equip(Step& step) {
    const PlanStep& plan = step.plan;
    for (int64_t number = 0; number < plan.machines; ++number) {
        std::vector<Server*> slots;
        for (int64_t slot = 0; slot < plan.slots; ++slot) {
            const auto index = static_cast<int64_t>(line_.servers.size());
            line_.servers.push_back(
                std::make_unique<Server>(line_, step, index, number * plan.slots + slot, server_class + index));
            step.servers.push_back(line_.servers.back().get());
            slots.push_back(line_.servers.back().get());
        }
        std::vector<Mode> modes;
        for (size_t index = 0; index < plan.failures.size(); ++index) {
            modes.emplace_back(line_, plan, number, static_cast<int64_t>(index));
        }
        if (plan.slots > 1 || plan.pitch_h > 0.0) {
            line_.machines.push_back(std::make_unique<Machine>(line_, step, slots, std::move(modes)));
            for (Server* server : slots) server->machine = line_.machines.back().get();
        } else {
            slots.front()->modes = std::move(modes);
        }
    }
    for (Server* server : step.servers) server->animate();
    if (!plan.inlets.empty()) return;
    std::optional<Draws> draw;
    if (plan.release && plan.release->interval_h) {
        draw.emplace(line_.sampler(plan, 0, "release", *plan.release->interval_h));
    }
    const Hours& hours = line_.hours[static_cast<size_t>(plan.calendar)];
    step.yard = std::make_unique<Yard>(step, arrival_class + step.index, std::move(draw), hours);
}

// Look for deadlocks at regular times.
void Run::keep_watch() {
    Clock& clock = line_.book.clock;
    const double pause_h = line_.plan.end_h() / looks;
    clock.at(
        clock.now + pause_h, look_class, [](void* whom, double) { static_cast<Run*>(whom)->look(); }, this);
}

void Run::look() {
    found_ = watch_->check();
    keep_watch();
}

// Open and close a calendar at its switches.
void Run::keep_hours(size_t calendar) {
    const Hours& hours = line_.hours[calendar];
    for (const auto& step : line_.steps) {
        if (step->plan.calendar != static_cast<int64_t>(calendar)) continue;
        step->open = hours.open;
        step->hopeful = hours.hopeful;
    }
    shifts_.push_back({this, calendar, 0});
    wait_for_shift(shifts_.back());
}

void Run::wait_for_shift(Shift& shift) {
    const std::vector<double>& switches_h = line_.plan.calendars[shift.index].switches_h;
    if (shift.next == switches_h.size()) return;
    const auto ring = [](void* whom, double) {
        auto* shift = static_cast<Shift*>(whom);
        shift->run->change_shift(*shift);
    };
    const auto priority = calendar_class + static_cast<int64_t>(shift.index);
    line_.book.clock.at(switches_h[shift.next++], priority, ring, &shift);
}

void Run::change_shift(Shift& shift) {
    Hours& hours = line_.hours[shift.index];
    hours.open = !hours.open;
    const auto mine = [&](const Step& step) { return step.plan.calendar == static_cast<int64_t>(shift.index); };
    for (const auto& step : line_.steps) {
        if (mine(*step)) step->open = hours.open;
    }
    if (hours.open) {
        for (const auto& step : line_.steps) {
            if (mine(*step)) step->wake();
        }
        line_.pool.serve();
    }
    wait_for_shift(shift);
}

// Let there be as many of a resource as its shifts say.
void Run::wait_for_crew(Shift& shift) {
    const auto& changes = line_.plan.resources[shift.index].changes;
    if (shift.next == changes.size()) return;
    const auto ring = [](void* whom, double) {
        auto* shift = static_cast<Shift*>(whom);
        shift->run->change_crew(*shift);
    };
    const auto order = static_cast<int64_t>(line_.plan.calendars.size() + shift.index);
    line_.book.clock.at(changes[shift.next++].first, calendar_class + order, ring, &shift);
}

void Run::change_crew(Shift& shift) {
    line_.pool.change(shift.index, line_.plan.resources[shift.index].changes[shift.next - 1].second);
    wait_for_crew(shift);
}

// Write down what is inside at the end.
void Run::count_stock() {
    Book& book = line_.book;
    for (const auto& buffer : line_.buffers) {
        book.write(buffer->level, no_lot, buffer->plan.consumer, no_server, buffer->index, Kind::end_buffer);
    }
    for (size_t tank = 0; tank < line_.tanks.level.size(); ++tank) {
        book.write(line_.tanks.level[tank], no_lot, 0, no_server, static_cast<int64_t>(tank), Kind::end_tank);
    }
    for (const auto& server : line_.servers) {
        if (const Lot* charge = server->inside()) server->write(Kind::end_charge, charge->amount, charge->number);
        for (const auto& parcel : server->parcels) {
            for (const Lot& lot : parcel->lots) {
                server->write(Kind::end_outlet, lot.amount, lot.number, parcel->outlet);
            }
        }
    }
    for (const auto& step : line_.steps) {
        for (const auto& parcel : step->held) {
            for (const Lot& lot : parcel->lots) parcel->sender->write(Kind::end_hold, lot.amount, lot.number);
        }
    }
}

}  // namespace sim
