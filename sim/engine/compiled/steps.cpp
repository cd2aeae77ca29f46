#include "steps.hpp"

#include <algorithm>
#include <limits>

#include "servers.hpp"
#include "slots.hpp"

namespace sim {

Step::Step(int64_t index, const PlanStep& plan, std::vector<std::unique_ptr<Buffer>>& buffers, Book& book)
    : index(index), plan(plan), book(book), least_(plan.charge_min * (1.0 - tolerance)) {
    for (const auto& [place, ratio] : plan.inlets)
        inlets.emplace_back(buffers[static_cast<size_t>(place)].get(), ratio);
    for (const auto& buffer : buffers) {
        if (!buffer->plan.rework || buffer->plan.consumer != index) continue;
        rework.push_back(buffer.get());
        reworks_.emplace_back(buffer.get(), 1.0);
    }
    feeding = rework;
    for (const auto& [buffer, ratio] : inlets) feeding.push_back(buffer);
    for (Buffer* buffer : feeding) buffer->consumer = this;
    if (plan.one_lot && inlets.size() == 1 && rework.empty()) whole_ = inlets.front().first;
}

// Take a charge for *server*, rework first; none if there is no full one. Then call relieve.
std::optional<Lot> Step::take(Server& server) {
    std::optional<Lot> charge;
    if (stuck()) return charge;
    if (whole_) {
        if (!whole_->lots.empty()) {
            charge = whole_->take_lot();
            note(*charge, charge->number, *whole_, server);
        }
    } else {
        charge = gather(server);
    }
    if (charge && server.machine) server.machine->starting = true;
    return charge;
}

// Put a charge together from rework, or else from all inlets, or from the yard of a source.
std::optional<Lot> Step::gather(const Server& server) {
    for (const auto& one : reworks_) {
        if (one.first->lots.empty()) continue;
        if (auto charge = draw(&one, 1, server)) return charge;
    }
    if (!inlets.empty()) return draw(inlets.data(), inlets.size(), server);
    return yard ? yard->take() : std::nullopt;
}

// Use the room that a charge has left, or that an idle server offers.
void Step::relieve() {
    for (Buffer* buffer : feeding) {
        if (!buffer->waiting.empty()) buffer->admit();
    }
}

// Let *server* wait for a charge.
void Step::stand_by(Server& server) {
    server.rest = Rest::idle;
    server.since = book.clock.now;
    const auto before = [](const Server* one, const Server* other) {
        return one->since != other->since ? one->since < other->since : one->index < other->index;
    };
    idle.insert(std::upper_bound(idle.begin(), idle.end(), &server, before), &server);
    relieve();
}

// Let idle servers take charges for as long as there are both.
void Step::dispatch() {
    while (!idle.empty() && open) {
        const std::ptrdiff_t place = next();
        if (place < 0) return;
        Server& server = *idle[static_cast<size_t>(place)];
        std::optional<Lot> charge = take(server);
        if (!charge) return;
        idle.erase(idle.begin() + place);
        server.given = charge;
        book.wake(server);
        relieve();
    }
}

// Try again: the shift has begun, or a slot may take its next charge.
void Step::wake() {
    if (!open) return;
    for (Server* server : sleepers) book.wake(*server);
    sleepers.clear();
    if (!idle.empty()) {
        dispatch();
        relieve();
    }
}

// Return whether an idle server would take *lot* at once if it were put into *buffer*.
bool Step::awaits(const Buffer& buffer, const Lot& lot) const {
    if (!has_idle()) return false;
    if (buffer.plan.rework) return true;
    if (&buffer != inlets.front().first) return false;
    return std::all_of(inlets.begin() + 1, inlets.end(), [&](const auto& other) {
        return other.first->level >= lot.amount * other.second * (1.0 - tolerance);
    });
}

// Return a lot that fills the hold because it finds no room behind it: then nothing new is started.
const Parcel* Step::stuck() const {
    if (!plan.hold_fills) return nullptr;
    const auto at = std::find_if(held.begin(), held.end(), [](const auto& parcel) { return !parcel->places->empty(); });
    return at == held.end() ? nullptr : at->get();
}

// Note that idle servers are blocked from now on, because the hold is full.
void Step::stop() {
    if (!stuck()) return;
    for (Server* server : idle) server->note_idle();
}

// Let idle servers start again if a lot that has left the hold was the last to fill it.
void Step::go_on() {
    if (!plan.hold_fills || idle.empty() || stuck()) return;
    for (Server* server : idle) server->note_idle();
    dispatch();
    relieve();
}

// Return whether an idle server could take a charge now if its shift were on.
bool Step::would_take() const {
    for (const auto& one : reworks_) {
        if (share(&one, 1) > 0.0) return true;
    }
    return inlets.empty() ? yard != nullptr : share(inlets.data(), inlets.size()) > 0.0;
}

// Return the inlets that do not hold their share of the least charge.
std::vector<Buffer*> Step::lacking() const {
    const Buffer& primary = *inlets.front().first;
    if (plan.one_lot && primary.lots.empty()) return {inlets.front().first};
    // with a longest wait whatever is there will start in the end
    const double any =
        plan.start_after_h == std::numeric_limits<double>::infinity() ? least_ : tolerance * plan.charge_max;
    const double least = plan.one_lot ? primary.lots.front().amount : any;
    std::vector<Buffer*> found;
    for (const auto& [buffer, ratio] : inlets) {
        if (buffer->lots.empty() || buffer->level < least * ratio) found.push_back(buffer);
    }
    return found;
}

// Return the place in line of the first server that may take a charge, -1 if there is none.
std::ptrdiff_t Step::next() const {
    if (stuck()) return -1;
    const auto at = std::find_if(idle.begin(), idle.end(),
                                 [](const Server* server) { return !server->machine || server->machine->is_free(); });
    return at == idle.end() ? -1 : at - idle.begin();
}

// Return the charge that all inlets can give at once, 0 if it is not a full one.
double Step::share(const std::pair<Buffer*, double>* from, size_t number) const {
    const Buffer& primary = *from->first;
    if (primary.lots.empty()) return 0.0;
    if (plan.one_lot) {
        const double amount = primary.lots.front().amount;
        for (size_t place = 1; place < number; ++place) {
            if (from[place].first->level < amount * from[place].second * (1.0 - tolerance)) return 0.0;
        }
        return amount;
    }
    double amount = std::min(primary.level, plan.charge_max);
    for (size_t place = 1; place < number; ++place)
        amount = std::min(amount, from[place].first->level / from[place].second);
    if (amount >= least_) return amount;
    // what is less than a shred of a charge is a rounding and no charge
    return amount > tolerance * plan.charge_max && primary.is_overdue() ? amount : 0.0;
}

// Take a charge out of all inlets at once, if they hold a full one.
std::optional<Lot> Step::draw(const std::pair<Buffer*, double>* from, size_t number, const Server& server) {
    const double amount = share(from, number);
    if (amount <= 0.0) return std::nullopt;
    Buffer& primary = *from->first;
    pieces_.clear();
    if (plan.one_lot) {
        const Lot lot = primary.take_lot();
        pieces_.emplace_back(lot.number, lot);
    } else {
        primary.take(amount, pieces_);
    }
    for (const auto& [origin, lot] : pieces_) note(lot, origin, primary, server);
    const Lot charge = pieces_.size() == 1 ? pieces_.front().second : mixed();
    for (size_t place = 1; place < number; ++place) {
        pieces_.clear();
        from[place].first->take(charge.amount * from[place].second, pieces_);
        for (const auto& [origin, lot] : pieces_) note(lot, origin, *from[place].first, server);
    }
    return charge;
}

// Note that *lot* was taken, whole or cut from lot *number*.
void Step::note(const Lot& lot, uint32_t number, const Buffer& buffer, const Server& server) {
    book.write(lot.amount, number, index, server.index, buffer.index, Kind::take);
}

// Return one lot of many: birth and quality weighted by amount, the highest pass count.
Lot Step::mixed() const {
    double amount = 0.0, birth = 0.0, quality = 0.0;
    int64_t passes = 0;
    for (const auto& [origin, lot] : pieces_) {
        amount += lot.amount;
        birth += lot.amount * lot.birth;
        quality += lot.amount * lot.quality;
        passes = std::max(passes, lot.passes);
    }
    return {book.number(), amount, birth / amount, quality / amount, passes};
}

// -- the yard ---------------------------------------------------------------------------------------------------------

Yard::Yard(Step& step, int64_t priority, std::optional<Draws> draw, const Hours& hours)
    : step_(step),
      priority_(priority),
      draw_(std::move(draw)),
      hours_(hours),
      room_(step.plan.release && step.plan.release->room >= 0 ? step.plan.release->room
                                                              : std::numeric_limits<int64_t>::max()) {
    wait();
}

// Return a new charge, none if none has arrived.
std::optional<Lot> Yard::take() {
    Book& book = step_.book;
    if (!draw_) return Lot{book.number(), step_.plan.charge_max, book.clock.now};
    if (births_.empty()) return std::nullopt;
    const double birth = births_.front();
    births_.pop_front();
    return Lot{book.number(), step_.plan.charge_max, birth};
}

void Yard::wait() {
    if (!draw_) return;
    Clock& clock = step_.book.clock;
    clock.at(
        hours_.after(clock.now, (*draw_)()), priority_, [](void* whom, double) { static_cast<Yard*>(whom)->arrive(); },
        this);
}

void Yard::arrive() {
    Book& book = step_.book;
    book.write(step_.plan.charge_max, no_lot, step_.index, no_server, no_place, Kind::arrive);
    if (static_cast<int64_t>(births_.size()) < room_ || step_.has_idle()) {
        births_.push_back(book.clock.now);
        if (!step_.idle.empty()) step_.dispatch();
    } else {
        book.write(step_.plan.charge_max, no_lot, step_.index, no_server, no_place, Kind::refuse);
    }
    wait();
}

}  // namespace sim
