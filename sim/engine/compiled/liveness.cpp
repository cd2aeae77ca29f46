#include "liveness.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "servers.hpp"
#include "slots.hpp"
#include "steps.hpp"

namespace sim {

namespace {

size_t at(int64_t index) {
    return static_cast<size_t>(index);
}

// Return the buffers that *plan* can put lots into.
std::set<int64_t> targets(const PlanStep& plan) {
    std::set<int64_t> found;
    for (const Outlet& outlet : plan.outlets) found.insert(outlet.places.begin(), outlet.places.end());
    if (plan.inspection) {
        found.insert(plan.inspection->fail_place);
        if (plan.inspection->rework) found.insert(*plan.inspection->rework);
    }
    std::erase_if(found, [](int64_t place) { return place < 0; });
    return found;
}

}  // namespace

// One look at a line: from those who are busy to those whom they let go on, and so forth, each once.
class Look {
  public:
    explicit Look(const Watch& watch)
        : watch_(watch),
          line_(watch.line_),
          moving_(line_.steps.size()),
          outs_(line_.steps.size()),
          blocked_(line_.steps.size()),
          givers_(line_.plan.tanks.size()),
          takers_(line_.plan.tanks.size()),
          coming_(line_.pool.free) {
        survey();
        begin();
        while (!found_.empty()) {
            Actor* actor = found_.back();
            found_.pop_back();
            conclude(*actor);
        }
    }

    bool alive(const Actor* actor) const { return alive_.contains(actor); }

    // Return those who wait and can never go on.
    std::vector<Actor*> dead() const {
        std::vector<Actor*> found;
        for (Actor* actor : watch_.actors_) {
            if (actor->rest != Rest::busy && actor->rest != Rest::idle && !alive(actor)) found.push_back(actor);
        }
        return found;
    }

    // Return whether a lot in the hold of *step* is still held, or will find room.
    bool lets_out(const Step& step) const {
        const auto& ways = outs_[at(step.index)];
        return std::any_of(ways.begin(), ways.end(),
                           [&](const Places* way) { return way->empty() || can_leave(*way); });
    }

  private:
    const Watch& watch_;
    const Line& line_;
    std::unordered_set<const Actor*> alive_;
    std::vector<Actor*> found_;                     // those alive of whom it is not yet known whom they let go on
    std::vector<bool> moving_;                      // steps with a server that is alive
    std::vector<std::vector<const Places*>> outs_;  // of every step, the ways that lots in its hold wait for, each once
    std::unordered_map<const Actor*, Machine*> machines_;
    std::vector<std::vector<Actor*>> blocked_;  // those who wait for room in front of a step
    std::vector<std::vector<Actor*>> givers_;   // those who wait for room in a tank
    std::vector<std::vector<size_t>> takers_;  // those who wait for a tank, by their places in Tanks::draws, last first
    std::vector<int64_t> coming_;              // how many of each resource are free, or will be
    std::vector<const Request*> queue_;        // those who wait for resources that are on shift, the first one last

    // -- who waits for what -------------------------------------------------------------------------------------------

    void survey() {
        for (const auto& step : line_.steps) {
            auto& ways = outs_[at(step->index)];
            for (const auto& parcel : step->held) {
                if (std::find(ways.begin(), ways.end(), parcel->places) == ways.end()) ways.push_back(parcel->places);
            }
        }
        for (const auto& machine : line_.machines) machines_.emplace(machine.get(), machine.get());
        for (Actor* actor : watch_.actors_) {
            for (const auto& parcel : actor->parcels) {
                for (const Buffer* place : *parcel->places) blocked_[at(place->plan.consumer)].push_back(actor);
            }
        }
        for (const auto& gift : line_.tanks.gifts) givers_[at(gift.tank)].push_back(gift.actor);
        for (size_t number = line_.tanks.draws.size(); number-- > 0;) {
            for (int64_t tank : line_.tanks.awaited(line_.tanks.draws[number].wanted))
                takers_[at(tank)].push_back(number);
        }
        for (size_t number = line_.pool.queue.size(); number-- > 0;) {
            if (!line_.pool.asleep(line_.pool.queue[number])) queue_.push_back(&line_.pool.queue[number]);
        }
    }

    // Find those who need nobody else, or nothing but what is there.
    void begin() {
        for (Actor* actor : watch_.actors_) {
            const bool works = actor->rest == Rest::busy && !stopped(*actor);
            if (works || (actor->rest == Rest::shift && actor->step->hopeful)) revive(actor);
            try_to_leave(actor);
        }
        for (const Request& request : line_.pool.queue) {
            if (line_.pool.asleep(request) && awakes(request)) revive(request.actor);
        }
        for (const auto& step : line_.steps) try_to_charge(*step);
        for (size_t tank = 0; tank < takers_.size(); ++tank) try_to_draw(tank);
        try_to_get();
    }

    static bool stopped(const Actor& actor) {
        if (!actor.machine || actor.machine->rest == Rest::busy) return false;
        const Machine::Slots& slots = actor.machine->stopped;
        return std::any_of(slots.begin(), slots.end(), [&](const auto& one) { return one.first == &actor; });
    }

    // Return whether the shifts that *request* waits for will come.
    bool awakes(const Request& request) const {
        return request.actor->step->hopeful &&
               std::all_of(request.needs.begin(), request.needs.end(), [&](const auto& need) {
                   return line_.pool.hours[at(need.first)]->hopeful && line_.pool.most[at(need.first)] >= need.second;
               });
    }

    // -- what follows from one that can go on -------------------------------------------------------------------------

    void revive(Actor* actor) {
        if (alive_.insert(actor).second) found_.push_back(actor);
    }

    // Find those whom *actor* lets go on.
    void conclude(const Actor& actor) {
        for (size_t resource = 0; resource < coming_.size(); ++resource) coming_[resource] += actor.holds[resource];
        try_to_get();
        const auto machine = machines_.find(&actor);
        if (machine != machines_.end()) {
            for (const auto& [slot, left] : machine->second->stopped) revive(slot);
        } else if (!moving_[at(actor.number)]) {
            moving_[at(actor.number)] = true;
            move(*actor.step);
        }
    }

    // Find those whom a step with a server alive lets go on.
    void move(const Step& step) {
        for (Step* other : watch_.behind_[at(step.index)]) try_to_charge(*other);
        for (Actor* actor : blocked_[at(step.index)]) try_to_leave(actor);
        for (Step* other : watch_.before_[at(step.index)]) {
            if (other->held.empty()) continue;
            try_to_charge(*other);
            for (Step* fed : watch_.behind_[at(other->index)]) try_to_charge(*fed);
        }
        for (const auto& [tank, share] : step.plan.recoveries) try_to_draw(at(tank));
        for (const auto& [tank, share] : step.plan.draws) {
            for (Actor* actor : givers_[at(tank)]) revive(actor);
        }
    }

    // -- whether that is enough ---------------------------------------------------------------------------------------

    void try_to_charge(const Step& step) {
        if (step.idle.empty() || alive(step.idle.front()) || !can_charge(step)) return;
        for (Server* server : step.idle) revive(server);
    }

    bool can_charge(const Step& step) const {
        const auto is_fed = [this](const Buffer* buffer) { return this->is_fed(*buffer); };
        if (!step.hopeful) return false;
        if (step.stuck()) {
            const auto& ways = outs_[at(step.index)];
            return std::any_of(ways.begin(), ways.end(), [&](const Places* way) { return can_leave(*way); });
        }
        if (step.would_take() || std::any_of(step.rework.begin(), step.rework.end(), is_fed)) return true;
        if (step.inlets.empty()) return false;
        const std::vector<Buffer*> lacking = step.lacking();
        return std::all_of(lacking.begin(), lacking.end(), is_fed);
    }

    bool is_fed(const Buffer& buffer) const {
        const Steps& feeders = watch_.feeders_[at(buffer.index)];
        return std::any_of(feeders.begin(), feeders.end(), [&](const Step* step) {
            return moving_[at(step->index)] || lets_out(*step);
        });
    }

    bool can_leave(const Places& way) const {
        return std::any_of(way.begin(), way.end(), [&](const Buffer* place) {
            return moving_[at(place->plan.consumer)] || (place->expires && !place->lots.empty());
        });
    }

    void try_to_leave(Actor* actor) {
        if (actor->rest != Rest::outlet) return;
        const bool leaves = std::all_of(actor->parcels.begin(), actor->parcels.end(),
                                        [&](const auto& parcel) { return can_leave(*parcel->places); });
        if (leaves) revive(actor);
    }

    // Go along the queue for as long as what is wanted is free, or will be.
    void try_to_get() {
        const auto comes = [this](const auto& need) { return coming_[at(need.first)] >= need.second; };
        while (!queue_.empty()) {
            const Request& request = *queue_.back();
            if (!std::all_of(request.needs.begin(), request.needs.end(), comes)) return;
            queue_.pop_back();
            revive(request.actor);
        }
    }

    // Go along the line in front of a tank; who waits for several must be the first in front of each.
    void try_to_draw(size_t tank) {
        std::vector<size_t> ready{tank};
        while (!ready.empty()) {
            const std::vector<size_t>& line = takers_[ready.back()];
            ready.pop_back();
            if (line.empty()) continue;
            const size_t number = line.back();
            const Tanks::Draw& draw = line_.tanks.draws[number];
            const std::vector<int64_t> awaited = line_.tanks.awaited(draw.wanted);
            const bool first = std::all_of(awaited.begin(), awaited.end(),
                                           [&](int64_t other) { return takers_[at(other)].back() == number; });
            const bool filled = std::all_of(draw.wanted.begin(), draw.wanted.end(), [&](const auto& one) {
                return !line_.tanks.dry(one.first, one.second) || is_filled(one.first);
            });
            if (!first || !filled) continue;
            revive(draw.actor);
            for (int64_t other : awaited) {
                takers_[at(other)].pop_back();
                ready.push_back(at(other));
            }
        }
    }

    bool is_filled(int64_t tank) const {
        const Steps& steps = watch_.filling_[at(tank)];
        return std::any_of(steps.begin(), steps.end(), [&](const Step* step) { return moving_[at(step->index)]; });
    }
};

Watch::Watch(const Line& line)
    : line_(line),
      before_(line.steps.size()),
      behind_(line.steps.size()),
      feeders_(line.buffers.size()),
      filling_(line.plan.tanks.size()) {
    for (const auto& server : line.servers) actors_.push_back(server.get());
    for (const auto& machine : line.machines) actors_.push_back(machine.get());
    for (const auto& step : line.steps) {
        for (const auto& [tank, share] : step->plan.recoveries) filling_[at(tank)].push_back(step.get());
        std::set<int64_t> consumers;
        for (int64_t place : targets(step->plan)) {
            feeders_[at(place)].push_back(step.get());
            consumers.insert(line.plan.buffers[at(place)].consumer);
        }
        for (int64_t number : consumers) {
            behind_[at(step->index)].push_back(line.steps[at(number)].get());
            before_[at(number)].push_back(step.get());
        }
    }
}

// Return the knot that there is.
std::optional<Knot> Watch::check() const {
    const Look look(*this);
    const std::vector<Actor*> dead = look.dead();
    if (dead.empty()) return std::nullopt;
    return knot(dead, look);
}

// Return the knot that there is, or everything if nothing is left that could ever happen.
std::optional<Knot> Watch::check_end() const {
    const Look look(*this);
    const std::vector<Actor*> dead = look.dead();
    const bool moving =
        std::any_of(line_.servers.begin(), line_.servers.end(),
                    [&](const auto& one) { return look.alive(one.get()); }) ||
        std::any_of(line_.steps.begin(), line_.steps.end(), [&](const auto& step) { return look.lets_out(*step); });
    if (dead.empty() && moving) return std::nullopt;
    return knot(dead.empty() ? actors_ : dead, look);
}

Knot Watch::knot(const std::vector<Actor*>& dead, const Look& look) const {
    Knot knot;
    for (const Actor* actor : actors_) {
        if (!look.alive(actor)) knot.time_h = std::max(knot.time_h, actor->since);
    }
    for (const Actor* actor : dead) {
        std::vector<int64_t> full;
        for (const auto& parcel : actor->parcels) {
            for (const Buffer* place : *parcel->places) full.push_back(place->index);
        }
        knot.members.insert(knot.members.end(),
                            {actor->number, static_cast<int64_t>(actor->rest), static_cast<int64_t>(full.size())});
        knot.members.insert(knot.members.end(), full.begin(), full.end());
    }
    return knot;
}

}  // namespace sim
