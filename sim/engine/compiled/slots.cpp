#include "slots.hpp"

#include <algorithm>

#include "steps.hpp"

namespace sim {

namespace {

Machine::Slots::iterator find(Machine::Slots& slots, const Server& slot) {
    return std::find_if(slots.begin(), slots.end(), [&](const auto& one) { return one.first == &slot; });
}

}  // namespace

Machine::Machine(Line& line, Step& at, const std::vector<Server*>& slots, std::vector<Mode> modes)
    : Actor(slots.front()->index, at.index, at, line.plan.resources.size()),
      line_(line),
      priority_(slots.front()->priority),
      hours_(at.plan.pause ? &line.hours[static_cast<size_t>(at.plan.calendar)] : nullptr),
      modes_(std::move(modes)) {
    for (Mode& mode : modes_) mode.machine = this;
    begin(live());
    resume();
}

// Note that a slot has started; the next may after the pitch.
void Machine::started() {
    starting = false;
    next_start_ = line_.book.clock.now + step->plan.pitch_h;
    alarm();
}

// Let *slot* run for some hours; it is resumed at the end.
void Machine::enter(Server& slot, double hours_h) {
    if (down_) {
        slot.write(Kind::down);
        stopped.emplace_back(&slot, hours_h);
        line_.pool.release(slot, *slot.crew);
        return;
    }
    if (ends_.empty()) wound_ = line_.book.clock.now;
    run(slot, hours_h);
    wind();
}

// Go from failure to failure.
Life Machine::live() {
    Clock& clock = line_.book.clock;
    while (true) {
        co_await wait();
        Mode& mode = *failing_;
        const double failed = clock.now;
        stop(mode);
        if (!line_.pool.acquire(*this, mode.resources, step->plan.held.empty() ? starter_rank : holder_rank)) {
            rest = Rest::resource;
            since = failed;
            co_await wait();
        }
        clock.at(mode.repaired(clock.now), priority_, ring, static_cast<Actor*>(this));
        co_await wait();
        line_.pool.release(*this, mode.resources);
        mode.left = mode.to_failure();
        restart(clock.now - failed);
    }
}

void Machine::fail(Mode& mode) {
    failing_ = &mode;
    resume();
}

void Machine::stop(const Mode& mode) {
    settle();
    down_ = true;
    for (const auto& [slot, end] : ends_) {
        slot->write(Kind::down, 0.0, no_lot, mode.index);
        stopped.emplace_back(slot, between(line_.book.clock.now, end));
        line_.pool.release(*slot, *slot->crew);
    }
    if (!ends_.empty()) {
        const auto before = [](const auto& one, const auto& other) {
            return one.second != other.second ? one.second < other.second : one.first->index < other.first->index;
        };
        std::min_element(ends_.begin(), ends_.end(), before)->first->add_losses(Event::failure);
    }
    ends_.clear();
    fails_ = -1.0;
}

void Machine::restart(double lost) {
    Book& book = line_.book;
    down_ = false;
    wound_ = book.clock.now;
    if (next_start_ > book.clock.now - lost) next_start_ += lost;
    for (const auto& [slot, left] : stopped) {
        slot->left = left;
        book.clock.ready.push_back(slot);
    }
    stopped.clear();
    alarm();
}

void Machine::run(Server& slot, double hours_h) {
    const double end_h = after(hours_h);
    ends_.emplace_back(&slot, end_h);
    const auto ring_end = [](void* whom, double set_h) {
        auto* slot = static_cast<Server*>(whom);
        slot->machine->end(*slot, set_h);
    };
    line_.book.clock.at(end_h, slot.priority, ring_end, &slot);
}

// End the phase of *slot*, unless its end has moved.
void Machine::end(Server& slot, double end_h) {
    const auto at = find(ends_, slot);
    if (at == ends_.end() || at->second != end_h) return;
    settle();
    ends_.erase(at);
    Mode* due = slot.charge && slot.in_last_phase ? count(slot.charge->amount) : nullptr;
    slot.resume();
    if (due && !down_) fail(*due);
    if (ends_.empty()) fails_ = -1.0;
}

// Move the clocks of amount and operations; return the mode that fails now.
Mode* Machine::count(double amount) {
    const std::vector<Outlet>& outlets = step->plan.outlets;
    for (Mode& mode : modes_) {
        if (mode.clock == Ticks::hours) continue;
        mode.left -= mode.clock == Ticks::amount ? amount * (outlets.empty() ? 1.0 : outlets.front().factor) : 1.0;
    }
    for (Mode& mode : modes_) {
        if (mode.clock != Ticks::hours && mode.left <= 0.0) return &mode;
    }
    return nullptr;
}

// Move the clocks of run hours to now.
void Machine::settle() {
    const double now = line_.book.clock.now;
    if (!ends_.empty()) {
        for (Mode& mode : modes_) {
            if (mode.clock == Ticks::hours) mode.left -= between(wound_, now);
        }
    }
    wound_ = now;
}

// Set the alarm for the next failure by run hours.
void Machine::wind() {
    if (ends_.empty() || down_ || fails_ >= 0.0) return;
    Mode* next = nullptr;
    for (Mode& mode : modes_) {
        if (mode.clock == Ticks::hours && (!next || mode.left < next->left)) next = &mode;
    }
    if (!next) return;
    fails_ = after(std::max(next->left, 0.0));
    const auto ring_failure = [](void* whom, double set_h) {
        auto* mode = static_cast<Mode*>(whom);
        if (mode->machine->fails_ == set_h) mode->machine->fail(*mode);
    };
    line_.book.clock.at(fails_, priority_, ring_failure, next);
}

// Let the step look again when the pitch is over.
void Machine::alarm() {
    Clock& clock = line_.book.clock;
    if (step->plan.pitch_h > 0.0 && next_start_ > clock.now + coincidence_h) {
        clock.at(
            next_start_, priority_, [](void* whom, double) { static_cast<Step*>(whom)->wake(); }, step);
    } else {
        step->wake();
    }
}

double Machine::after(double hours_h) const {
    const Clock& clock = line_.book.clock;
    return clock.exact(hours_ ? hours_->after(clock.now, hours_h) : clock.now + hours_h);
}

double Machine::between(double start, double end) const {
    return hours_ ? hours_->between(start, end) : end - start;
}

}  // namespace sim
