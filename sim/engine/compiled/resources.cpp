#include "resources.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "steps.hpp"

namespace sim {

// Return the time at which *hours* of open time have elapsed since *now*.
//
// What would be left at closing time within the tolerance of coinciding instants is nothing: it is over then.
double Hours::after(double now, double hours) const {
    constexpr double never = std::numeric_limits<double>::infinity();
    if (switches_.empty()) return first_ ? now + hours : never;
    auto index = static_cast<size_t>(std::upper_bound(switches_.begin(), switches_.end(), now) - switches_.begin());
    while (true) {
        const double until = index < switches_.size() ? switches_[index] : never;
        if (first_ == (index % 2 == 0)) {
            if (now + hours <= until + coincidence_h) return std::min(now + hours, until);
            hours -= until - now;
        }
        if (until == never) return never;
        now = until;
        ++index;
    }
}

// Return the open time between *start* and *end*.
double Hours::between(double start, double end) const {
    if (switches_.empty()) return first_ ? end - start : 0.0;
    auto index = static_cast<size_t>(std::upper_bound(switches_.begin(), switches_.end(), start) - switches_.begin());
    double total = 0.0;
    while (true) {
        const double until = index < switches_.size() ? std::min(end, switches_[index]) : end;
        if (first_ == (index % 2 == 0)) total += until - start;
        if (until >= end) return total;
        start = until;
        ++index;
    }
}

Pool::Pool(const std::vector<PlanResource>& resources, const std::vector<Hours>& all, Book& book) : book_(book) {
    for (const PlanResource& resource : resources) {
        free.push_back(resource.capacity);
        there_.push_back(resource.capacity);
        most.push_back(resource.capacity);
        for (const auto& [time_h, number] : resource.changes) most.back() = std::max(most.back(), number);
        hours.push_back(&all[static_cast<size_t>(resource.calendar)]);
    }
}

// Give *needs* to *actor* at once, or put it into the queue and return false.
bool Pool::acquire(Actor& actor, const Needs& needs, int rank, bool starting) {
    if (needs.empty()) return true;
    const auto at = queue.begin() + static_cast<std::ptrdiff_t>(place(rank));
    const bool first = std::all_of(queue.begin(), at, [&](const Request& request) { return asleep(request); });
    if (first && grant(actor, needs)) return true;
    queue.insert(at, Request{&actor, needs, rank, starting});
    return false;
}

// Let there be *number* of a resource from now on.
void Pool::change(size_t resource, int64_t number) {
    const int64_t more = number - there_[resource];
    there_[resource] = number;
    free[resource] += more;
    if (more > 0 && !queue.empty()) serve();
}

// Take *needs* back from *actor* and serve the queue.
void Pool::release(Actor& actor, const Needs& needs) {
    if (needs.empty()) return;
    for (const auto& [resource, number] : needs) {
        const auto at = static_cast<size_t>(resource);
        free[at] += number;
        actor.holds[at] -= number;
        book_.write(static_cast<double>(number), no_lot, actor.number, actor.index, resource, Kind::release);
    }
    if (!queue.empty()) serve();
}

// Grant requests from the head of the queue for as long as they can be met.
void Pool::serve() {
    size_t place = 0;
    while (place < queue.size()) {
        Request& request = queue[place];
        if (asleep(request)) {
            ++place;
        } else if (grant(*request.actor, request.needs)) {
            book_.wake(*request.actor);
            queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(place));
        } else {
            return;
        }
    }
}

// Return whether a request waits for a shift to begin, its own or one with enough people.
bool Pool::asleep(const Request& request) const {
    if (request.starting && !request.actor->step->open) return true;
    return std::any_of(request.needs.begin(), request.needs.end(), [&](const auto& need) {
        const auto at = static_cast<size_t>(need.first);
        return !hours[at]->open || there_[at] < need.second;
    });
}

// Return where in the queue a request of a rank belongs.
size_t Pool::place(int rank) const {
    size_t place = queue.size();
    while (place > 0 && queue[place - 1].rank > rank) --place;
    return place;
}

// Give *needs* to *actor* if all of it is free and on shift.
bool Pool::grant(Actor& actor, const Needs& needs) {
    for (const auto& [resource, number] : needs) {
        const auto at = static_cast<size_t>(resource);
        if (free[at] < number || !hours[at]->open) return false;
    }
    for (const auto& [resource, number] : needs) {
        const auto at = static_cast<size_t>(resource);
        free[at] -= number;
        actor.holds[at] += number;
        book_.write(static_cast<double>(number), no_lot, actor.number, actor.index, resource, Kind::acquire);
    }
    return true;
}

Needs merged(const Needs& one, const Needs& other) {
    std::map<int64_t, int64_t> total;
    for (const Needs* part : {&one, &other}) {
        for (const auto& [resource, number] : *part) total[resource] += number;
    }
    Needs found;
    for (const auto& [resource, number] : total) {
        if (number > 0) found.emplace_back(resource, number);
    }
    return found;
}

}  // namespace sim
