#include "deliveries.hpp"

#include <limits>

#include "servers.hpp"
#include "steps.hpp"

namespace sim {

Delivery::Delivery(Line& line, Server& server, int64_t number)
    : line_(line), server_(server), plan_(server.step->plan) {
    const auto sampler = [&](std::optional<Draws>& to, const char* purpose, const std::optional<Law>& law) {
        if (law) to.emplace(line.sampler(plan_, number, purpose, *law));
    };
    sampler(hold_, "hold", plan_.hold_h);
    sampler(quality_, "quality", plan_.quality_set);
    sampler(factor_, "quality factor", plan_.quality_factor);
    for (size_t index = 0; index < plan_.outlets.size(); ++index) {
        ways_.push_back(way(static_cast<int64_t>(index), plan_.outlets[index], Kind::dump));
    }
    if (!plan_.inspection) return;
    sampler(error_, "error", plan_.inspection->error);
    static const Recipe any_share{static_cast<int64_t>(Form::uniform), {0.0, 1.0}, {}};
    sampler(inspection_, "inspection", &any_share);
    constexpr double whole = std::numeric_limits<double>::infinity();
    scrap_ = way(0, {{plan_.inspection->fail_place}, 1.0, whole}, Kind::scrap);
    if (plan_.inspection->rework) rework_ = way(0, {{*plan_.inspection->rework}, 1.0, whole}, Kind::dump);
}

Way Delivery::way(int64_t number, const Outlet& outlet, Kind end) const {
    Places buffers;
    for (int64_t place : outlet.places) {
        if (place >= 0) buffers.push_back(line_.buffers[static_cast<size_t>(place)].get());
    }
    const double limit = outlet.lot_size * (1.0 + tolerance);
    return {buffers, limit, number, outlet.places.front() == ship ? Kind::ship : end};
}

// Send the product of an operation on its way; what finds no room joins the parcels of the server.
void Delivery::send(Lot& lot) {
    if (quality_) lot.quality = (*quality_)();
    if (factor_) lot.quality *= (*factor_)();
    if (hold_) {
        hold(lot);
    } else {
        judge(lot, false);
    }
}

// Let *lot* wait for its release beside the machine.
void Delivery::hold(const Lot& lot) {
    static const Places nowhere;
    server_.write(Kind::hold, lot.amount, lot.number);
    Parcels& held = server_.step->held;
    held.push_back(std::make_unique<Parcel>(Parcel{&server_, 0, {lot}, &nowhere, true}));
    const auto release = [](void* whom, double) {
        auto* parcel = static_cast<Parcel*>(whom);
        parcel->sender->delivery.let_out(parcel);
    };
    Clock& clock = line_.book.clock;
    clock.at(clock.now + (*hold_)(), server_.priority, release, held.back().get());
}

void Delivery::let_out(Parcel* parcel) {
    const std::unique_ptr<Parcel> mine = remove(server_.step->held, parcel);
    judge(mine->lots.front(), true);
}

// Inspect *lot* and send it where it belongs.
void Delivery::judge(Lot lot, bool held) {
    if (!plan_.inspection || passes(lot)) {
        emit(lot, ways_.front(), held);
    } else if (lot.passes < plan_.inspection->max_passes && plan_.inspection->rework) {
        ++lot.passes;
        emit(lot, rework_, held);
    } else {
        emit(lot, scrap_, held);
    }
}

bool Delivery::passes(const Lot& lot) {
    bool good;
    if (plan_.inspection->limit) {
        const double measured = error_ ? lot.quality * (*error_)() : lot.quality;
        server_.write(Kind::measure, measured, lot.number);
        good = measured >= *plan_.inspection->limit;
    } else {
        good = (*inspection_)() < plan_.inspection->pass_probability.value_or(0.0);
    }
    server_.write(good ? Kind::pass : Kind::fail, lot.amount, lot.number, lot.passes);
    return good;
}

// Send *lot* out, cut if it is too large.
void Delivery::emit(Lot lot, const Way& way, bool held) {
    if (way.buffers.empty()) {
        for (const Lot& item : cut(lot, way)) leave(item, way, held);
        return;
    }
    if (lot.amount <= way.limit) {
        Buffer& first = *way.buffers.front();
        if (first.waiting.empty() && first.has_room(lot)) {
            first.put(lot, server_, held);
            return;
        }
    }
    auto parcel = std::make_unique<Parcel>(Parcel{&server_, way.outlet, cut(lot, way), &way.buffers, held});
    if (parcel->send()) return;
    (held ? server_.step->held : server_.parcels).push_back(std::move(parcel));
    if (held) server_.step->stop();
}

// Note that *lot* leaves the line.
void Delivery::leave(const Lot& lot, const Way& way, bool held) {
    if (held) server_.write(Kind::free, lot.amount, lot.number);
    server_.write(way.end, lot.amount, lot.number, way.end == Kind::dump ? way.outlet : no_place);
    if (way.end == Kind::ship) {
        server_.write(Kind::carry, lot.birth, lot.number);
        server_.write(Kind::quality, lot.quality, lot.number);
    }
}

// Return *lot* in pieces of the size of the outlet's lots; the last one keeps its number.
std::deque<Lot> Delivery::cut(Lot lot, const Way& way) const {
    std::deque<Lot> pieces;
    while (lot.amount > way.limit) {
        const double size = plan_.outlets[static_cast<size_t>(way.outlet)].lot_size;
        pieces.push_back(lot.part(line_.book.number(), size));
        if (!(lot.amount - size < lot.amount)) throw BadPlan("lots without end");
        lot.amount -= size;
    }
    pieces.push_back(lot);
    return pieces;
}

}  // namespace sim
