#include "places.hpp"

#include <algorithm>
#include <limits>

#include "draws.hpp"
#include "servers.hpp"
#include "steps.hpp"

namespace sim {

std::unique_ptr<Parcel> remove(Parcels& from, const Parcel* parcel) {
    const auto at = std::find_if(from.begin(), from.end(), [&](const auto& one) { return one.get() == parcel; });
    std::unique_ptr<Parcel> found = std::move(*at);
    from.erase(at);
    return found;
}

// -- the clock --------------------------------------------------------------------------------------------------------

Clock::Clock(std::vector<double> marks, double end_h) : marks_(std::move(marks)), end_h_(end_h) {
    marks_.push_back(std::numeric_limits<double>::infinity());
}

double Clock::exact(double time_h) const {
    const double mark = *std::lower_bound(marks_.begin(), marks_.end(), time_h - coincidence_h);
    return mark <= time_h + coincidence_h ? mark : time_h;
}

double Clock::next(int64_t priority) const {
    double time_h = end_h_;
    for (const Alarm& alarm : alarms_) {
        if (alarm.priority < priority) time_h = std::min(time_h, alarm.time_h);
    }
    return time_h;
}

// -- parcels ----------------------------------------------------------------------------------------------------------

// Put the lots into the first places with room; return false if some must wait for it.
bool Parcel::send() {
    while (!lots.empty()) {
        const Lot lot = lots.front();
        const auto place = std::find_if(places->begin(), places->end(),
                                        [&](Buffer* one) { return one->waiting.empty() && one->has_room(lot); });
        if (place == places->end()) {
            for (Buffer* one : *places) one->waiting.push_back(this);
            return false;
        }
        lots.pop_front();
        (*place)->put(lot, *sender, held);
    }
    return true;
}

// Leave every line it stands in, now that its last lot goes.
void Parcel::step_out() {
    for (Buffer* place : *places) {
        place->waiting.erase(std::find(place->waiting.begin(), place->waiting.end(), this));
    }
}

// -- buffers ----------------------------------------------------------------------------------------------------------

Buffer::Buffer(int64_t index, const PlanBuffer& plan, double patience_h, Book& book)
    : index(index),
      plan(plan),
      book(book),
      patience_h(patience_h),
      expires(plan.max_wait_h < std::numeric_limits<double>::infinity()),
      in_lots_(plan.unit == "lots"),
      limit_(plan.capacity * (1.0 + tolerance)) {}

// Return whether a lot fits, be it because a machine would take it at once.
bool Buffer::has_room(const Lot& lot) const {
    if (in_lots_) {
        return static_cast<double>(lots.size() + 1) <= plan.capacity || (lots.empty() && consumer->awaits(*this, lot));
    }
    return level + lot.amount <= limit_;
}

// Put a lot in and let the step behind take it.
void Buffer::put(const Lot& lot, const Server& sender, bool held) {
    const double now = book.clock.now;
    if (held) book.write(lot.amount, lot.number, sender.number, sender.index, index, Kind::free);
    book.write(lot.amount, lot.number, sender.number, sender.index, index, Kind::put);
    lots.push_back(lot);
    lots.back().since = now;
    level += lot.amount;
    if (expires && !armed_) {
        armed_ = true;
        arm(now + plan.max_wait_h);
    }
    if (patience_h < std::numeric_limits<double>::infinity() && !patient_) {
        patient_ = true;
        remind(now + patience_h);
    }
    if (!consumer->idle.empty()) consumer->dispatch();
}

// Let waiting parcels in for as long as there is room, and tell their senders.
void Buffer::admit() {
    while (!waiting.empty()) {
        Parcel& parcel = *waiting.front();
        const Lot lot = parcel.lots.front();
        if (!has_room(lot)) return;
        parcel.lots.pop_front();
        const bool last = parcel.lots.empty();
        if (last) parcel.step_out();
        put(lot, *parcel.sender, parcel.held);
        if (last) let_go(parcel);
    }
}

// Return whether the first lot has waited for a charge as long as it may.
bool Buffer::is_overdue() const {
    return !lots.empty() && lots.front().since + patience_h <= book.clock.now + coincidence_h;
}

// Take out the first lot, whole and aged.
Lot Buffer::take_lot() {
    Lot lot = lots.front();
    lots.pop_front();
    level = lots.empty() ? 0.0 : level - lot.amount;
    if (plan.decay_per_h != 0.0) age(lot);
    return lot;
}

// Take out an amount as (number of the lot it came from, lot); no shred of the charge is left behind.
void Buffer::take(double amount, std::vector<std::pair<uint32_t, Lot>>& pieces) {
    const double shred = tolerance * amount;
    while (!lots.empty() && amount > shred) {
        Lot& first = lots.front();
        if (first.amount - amount <= shred) {
            const Lot lot = take_lot();
            pieces.emplace_back(lot.number, lot);
            amount -= lot.amount;
        } else {
            Lot piece = first.part(book.number(), amount);
            first.amount -= amount;
            level -= amount;
            if (plan.decay_per_h != 0.0) age(piece);
            pieces.emplace_back(first.number, piece);
            return;
        }
    }
}

// Scrap the lots that have waited too long.
void Buffer::expire() {
    const double now = book.clock.now;
    while (!lots.empty() && lots.front().since + plan.max_wait_h <= now + coincidence_h) {
        const Lot lot = lots.front();
        lots.pop_front();
        level = lots.empty() ? 0.0 : level - lot.amount;
        book.write(lot.amount, lot.number, consumer->index, no_server, index, Kind::scrap);
    }
    armed_ = !lots.empty();
    if (armed_) arm(lots.front().since + plan.max_wait_h);
    admit();
}

void Buffer::arm(double time_h) {
    const auto ring = [](void* whom, double) { static_cast<Buffer*>(whom)->due(); };
    book.clock.at(time_h, expiry_class + index, ring, this);
}

// Scrap what has waited too long after all else that is due at that instant.
void Buffer::due() {
    const double others = book.clock.next(expiry_class);
    if (!lots.empty() && others <= lots.front().since + plan.max_wait_h + coincidence_h) {
        arm(others);
    } else {
        expire();
    }
}

void Buffer::remind(double time_h) {
    const auto ring = [](void* whom, double) { static_cast<Buffer*>(whom)->lose_patience(); };
    book.clock.at(time_h, patience_class + index, ring, this);
}

// Let the step behind start with what is there, after all else that is due at that instant.
void Buffer::lose_patience() {
    const double later = book.clock.now + coincidence_h, others = book.clock.next(patience_class);
    const auto waits = [&](const Lot& lot) {
        return lot.since + patience_h <= later && others <= lot.since + patience_h + coincidence_h;
    };
    if (std::any_of(lots.begin(), lots.end(), waits)) {
        remind(others);
        return;
    }
    if (!consumer->idle.empty()) {
        consumer->dispatch();
        consumer->relieve();
    }
    const auto next = std::find_if(lots.begin(), lots.end(), [&](auto& lot) { return lot.since + patience_h > later; });
    patient_ = next != lots.end();
    if (patient_) remind(next->since + patience_h);
}

void Buffer::age(Lot& lot) const {
    lot.quality *= exp(-plan.decay_per_h * (book.clock.now - lot.since));
}

void Buffer::let_go(Parcel& parcel) {
    Server& sender = *parcel.sender;
    const Places& places = *parcel.places;
    if (parcel.held) {
        remove(sender.step->held, &parcel);
        sender.step->go_on();
    } else {
        remove(sender.parcels, &parcel);
        // not while it is still handing on
        if (sender.parcels.empty() && sender.rest == Rest::outlet) book.wake(sender);
    }
    for (Buffer* other : places) {
        if (other != this) other->admit();
    }
}

// -- tanks ------------------------------------------------------------------------------------------------------------

Tanks::Tanks(const std::vector<PlanTank>& plans, Book& book) : plans_(plans), book_(book) {
    for (const PlanTank& plan : plans) level.push_back(plan.initial_kg);
}

// Draw all that is wanted at once, or stand in line and return false.
bool Tanks::draw(Actor& actor, const Shares& wanted) {
    const auto is_wanted = [&](int64_t tank) {
        return std::any_of(draws.begin(), draws.end(), [&](const Draw& draw) {
            return std::any_of(draw.wanted.begin(), draw.wanted.end(), [&](auto& one) { return one.first == tank; });
        });
    };
    for (const auto& [tank, amount] : wanted) {
        if (waits(tank) && (dry(tank, amount) || is_wanted(tank))) {
            draws.push_back({&actor, wanted});
            return false;
        }
    }
    pour(actor, wanted);
    return true;
}

// Return an amount to a tank, or stand in line and return false if it blocks when full.
bool Tanks::give(Actor& actor, int64_t tank, double amount) {
    const auto same = [&](const Gift& gift) { return gift.tank == tank; };
    if (blocks(tank) && (full(tank, amount) || std::any_of(gifts.begin(), gifts.end(), same))) {
        gifts.push_back({&actor, tank, amount});
        return false;
    }
    fill(actor, tank, amount);
    return true;
}

bool Tanks::dry(int64_t tank, double amount) const {
    return waits(tank) && level[static_cast<size_t>(tank)] < amount * (1.0 - tolerance);
}

// Return the tanks in front of which those stand in line who want *wanted*, each once.
std::vector<int64_t> Tanks::awaited(const Shares& wanted) const {
    std::vector<int64_t> found;
    for (const auto& [tank, amount] : wanted) {
        if (waits(tank) && std::find(found.begin(), found.end(), tank) == found.end()) found.push_back(tank);
    }
    return found;
}

bool Tanks::full(int64_t tank, double amount) const {
    const auto at = static_cast<size_t>(tank);
    return blocks(tank) && level[at] + amount > plans_[at].capacity_kg * (1.0 + tolerance);
}

void Tanks::pour(Actor& actor, const Shares& wanted) {
    for (const auto& [tank, amount] : wanted) {
        double& inside = level[static_cast<size_t>(tank)];
        const double missing = amount - inside;
        if (missing > 0.0 && !waits(tank)) book_.write(missing, no_lot, actor.number, actor.index, tank, Kind::buy);
        book_.write(amount, no_lot, actor.number, actor.index, tank, Kind::draw);
        inside = missing < 0.0 ? inside - amount : 0.0;
    }
    if (!gifts.empty()) serve_gifts();
}

void Tanks::fill(Actor& actor, int64_t tank, double amount) {
    double& inside = level[static_cast<size_t>(tank)];
    const double capacity = plans_[static_cast<size_t>(tank)].capacity_kg;
    book_.write(amount, no_lot, actor.number, actor.index, tank, Kind::recover);
    inside += amount;
    if (inside > capacity && !blocks(tank)) {
        book_.write(inside - capacity, no_lot, actor.number, actor.index, tank, Kind::overflow);
        inside = capacity;
    }
    if (!draws.empty()) serve_draws();
}

void Tanks::serve_draws() {
    std::vector<bool> passed(plans_.size());
    std::vector<Actor*> line;
    for (const Draw& draw : draws) line.push_back(draw.actor);
    for (Actor* actor : line) {
        const auto at = std::find_if(draws.begin(), draws.end(), [&](const Draw& one) { return one.actor == actor; });
        if (at == draws.end()) continue;  // served meanwhile, because a gift found room
        const Shares wanted = at->wanted;
        const bool must_wait = std::any_of(wanted.begin(), wanted.end(), [&](auto& one) {
            return dry(one.first, one.second) || passed[static_cast<size_t>(one.first)];
        });
        if (must_wait) {
            for (const auto& [tank, amount] : wanted) {
                if (waits(tank)) passed[static_cast<size_t>(tank)] = true;
            }
            continue;
        }
        draws.erase(at);
        book_.wake(*actor);
        pour(*actor, wanted);
    }
}

void Tanks::serve_gifts() {
    std::vector<bool> passed(plans_.size());
    std::vector<Actor*> line;
    for (const Gift& gift : gifts) line.push_back(gift.actor);
    for (Actor* actor : line) {
        const auto at = std::find_if(gifts.begin(), gifts.end(), [&](const Gift& one) { return one.actor == actor; });
        if (at == gifts.end()) continue;  // served meanwhile, because a draw was
        const Gift gift = *at;
        if (passed[static_cast<size_t>(gift.tank)] || full(gift.tank, gift.amount)) {
            passed[static_cast<size_t>(gift.tank)] = true;
            continue;
        }
        gifts.erase(at);
        book_.wake(*actor);
        fill(*actor, gift.tank, gift.amount);
    }
}

}  // namespace sim
