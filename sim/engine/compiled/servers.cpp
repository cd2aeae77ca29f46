#include "servers.hpp"

#include <algorithm>

#include "slots.hpp"
#include "steps.hpp"

namespace sim {

constexpr double never_h = -1.0;  // time before all times

Server::Server(Line& line, Step& at, int64_t index, int64_t number, int64_t priority)
    : Actor(index, at.index, at, line.plan.resources.size()),
      line(line),
      book(line.book),
      priority(priority),
      hours(at.plan.pause ? &line.hours[static_cast<size_t>(at.plan.calendar)] : nullptr),
      stages(Stage::all_of(line, at.plan, number)),
      pending(at.plan.losses.size()),
      delivery(line, *this, number),
      ended_(never_h) {
    const PlanStep& plan = at.plan;
    for (size_t place = 0; place < plan.losses.size(); ++place) {
        const std::string& per = plan.losses[place].per;
        const Event event = per == "start"     ? Event::start
                            : per == "clean"   ? Event::clean
                            : per == "failure" ? Event::failure
                                               : Event::lot;
        costs_[static_cast<size_t>(event)].emplace_back(place, plan.losses[place].amount);
    }
    if (!plan.outlets.empty()) factor_ = plan.outlets.front().factor;
    if (plan.setup_h) setup_h_.emplace(line.sampler(plan, number, "setup", *plan.setup_h));
    setup_crew_ = merged(plan.setup_resources);
    if (plan.clean) {
        clean_h_.emplace(line.sampler(plan, number, "clean", plan.clean->duration_h));
        clean_crew_ = merged(plan.clean->resources);
    }
}

// Begin its life; it goes on when the line starts.
void Server::animate() {
    begin(live());
    book.clock.ready.push_back(this);
}

// Return the charge of an unfinished operation.
const Lot* Server::inside() const {
    const bool empty = rest == Rest::idle || rest == Rest::outlet || rest == Rest::recovery;
    return empty || !charge ? nullptr : &*charge;
}

// -- the story: what waits, waits for the own alarm or for another actor
// -----------------------------------------------

// Live through one operation after another.
Life Server::live() {
    const PlanStep& plan = step->plan;
    while (true) {
        charge = take();
        if (!charge) {
            co_await wait();
            charge = given;
        }
        const double amount = charge->amount;
        if (!plan.draws.empty()) co_await draw_tanks(amount);
        if (setup_h_ && book.clock.now - ended_ > coincidence_h) co_await set_up((*setup_h_)());
        co_await run();
        hand_on();
        if (!parcels.empty()) {
            be_blocked();
            co_await wait();
        }
        if (!plan.recoveries.empty()) co_await recover(amount);
        if (clean_h_ && is_dirty()) co_await clean((*clean_h_)());
    }
}

// Draw what the operation needs from the tanks.
Life Server::draw_tanks(double amount) {
    Shares wanted;
    for (const auto& [tank, share] : step->plan.draws) wanted.emplace_back(tank, amount * share);
    if (line.tanks.draw(*this, wanted)) co_return;
    write(Kind::wait);
    come_to(Rest::tank);
    co_await wait();
    if (!step->open) {
        step->sleepers.push_back(this);
        come_to(Rest::shift);
        co_await wait();
    }
}

// Set up, because the last operation has not only just ended; what is set up may start off shift.
Life Server::set_up(double hours_h) {
    if (lacks(setup_crew_, starter_rank, true)) co_await wait();
    write(Kind::setup);
    spend(hours_h);
    co_await wait();
    line.pool.release(*this, setup_crew_);
    ended_ = never_h;
}

// Go through the phases, each with its crew.
Life Server::run() {
    Pool& pool = line.pool;
    const double amount = charge->amount;
    for (Stage& stage : stages) stage.hours = stage.per_amount ? stage.draw() * amount : stage.draw();
    for (Mode& mode : modes) {
        if (mode.clock != Ticks::hours) mode.set_pace(amount * factor_, stages);
    }
    for (Stage& stage : stages) {
        if (stage.begins) {
            const bool is_set_up = setup_h_ && ended_ == never_h;
            if (!pool.acquire(*this, stage.first, starter_rank, !is_set_up)) {
                stand_in_line();
                co_await wait();
            }
            start();
        } else if (!pool.acquire(*this, stage.first, stage.rank)) {
            stand_in_line();
            co_await wait();
            write(Kind::resume);
        }
        if (machine) {
            co_await share_machine(stage);
        } else {
            double to_do = work(stage.hours);
            co_await wait();
            while (to_do > 0.0) {
                co_await repair(stage);
                to_do = work(to_do);
                co_await wait();
            }
        }
        pool.release(*this, stage.last);
    }
}

// Run in a slot; after a failure of the machine the crew has to come back.
Life Server::share_machine(Stage& stage) {
    crew = &stage.crew;
    in_last_phase = &stage == &stages.back();
    std::optional<double> to_do = stage.hours;
    while (to_do) {
        left.reset();
        machine->enter(*this, *to_do);
        co_await wait();
        to_do = left;
        if (to_do) {
            if (lacks(stage.crew, first_rank)) co_await wait();
            write(Kind::up);
        }
    }
}

// Be down: the crew leaves, the repairers come, the crew returns before all others.
Life Server::repair(Stage& stage) {
    Mode& mode = *failing_;
    write(Kind::down, 0.0, no_lot, mode.index);
    add_losses(Event::failure);
    line.pool.release(*this, stage.crew);
    if (!line.pool.acquire(*this, mode.resources, stage.rank)) {
        come_to(Rest::resource);
        co_await wait();
    }
    book.clock.at(mode.repaired(book.clock.now), priority, ring, static_cast<Actor*>(this));
    co_await wait();
    line.pool.release(*this, mode.resources);
    if (lacks(stage.crew, first_rank)) co_await wait();
    write(Kind::up);
    mode.left = mode.to_failure();
}

// Return what is recovered to the tanks.
Life Server::recover(double amount) {
    for (const auto& [tank, share] : step->plan.recoveries) {
        if (line.tanks.give(*this, tank, amount * share)) continue;
        if (starved) {
            write(Kind::block);
            starved = false;
        }
        come_to(Rest::recovery);
        co_await wait();
    }
}

// Clean, and let the next operation bear what that costs.
Life Server::clean(double hours_h) {
    starved = false;
    if (lacks(clean_crew_, starter_rank)) co_await wait();
    write(Kind::clean);
    spend(hours_h);
    co_await wait();
    line.pool.release(*this, clean_crew_);
    add_losses(Event::clean);
}

// -- its scenes: what happens at once ---------------------------------------------------------------------------------

// Take a charge; none if one has to be waited for.
std::optional<Lot> Server::take() {
    if (step->open && (!machine || machine->is_free())) {
        if (auto found = step->take(*this)) {
            step->relieve();
            return found;
        }
    }
    note_idle();
    step->stand_by(*this);
    return std::nullopt;
}

// Note that the server waits for a charge, or for room in the hold behind it.
void Server::note_idle() {
    if (const Parcel* stuck = step->stuck()) {
        write(Kind::block, 0.0, no_lot, stuck->places->front()->index);
        starved = false;
    } else if (!starved) {
        write(Kind::idle);
        starved = true;
    }
}

// Note the start, and what it will cost if it follows anything but a run.
void Server::start() {
    write(Kind::start, charge->amount, charge->number);
    if (!pending.empty()) {
        add_losses(Event::lot);
        if (book.clock.now - ended_ > coincidence_h) add_losses(Event::start);
    }
    if (machine) machine->started();
}

// Set out to run for some hours, or until a failure; return what is left to run after that one.
//
// A failure that would come at the end of the operation comes at the beginning of the next.
double Server::work(double hours_h) {
    double run_h = hours_h;
    for (Mode& mode : modes) {
        if (mode.pace > 0.0 && mode.left / mode.pace < run_h - coincidence_h) {
            run_h = std::max(0.0, mode.left / mode.pace);
            failing_ = &mode;
        }
    }
    for (Mode& mode : modes) mode.left -= run_h * mode.pace + mode.toll;
    spend(run_h);
    return hours_h - run_h;
}

// End the operation: the charge becomes the product and goes its way.
void Server::hand_on() {
    Lot lot = *charge;
    const double amount = lot.amount;
    ended_ = book.clock.now;
    write(Kind::finish, amount, lot.number);
    starved = true;
    charge.reset();
    const int64_t passes = lot.passes;
    lot.amount = amount * factor_;
    if (!pending.empty()) spoil(lot);
    const std::vector<Outlet>& outlets = step->plan.outlets;
    if (!outlets.empty() && lot.amount > 0.0) delivery.send(lot);
    for (size_t index = 1; index < outlets.size(); ++index) {
        const Lot share{book.number(), amount * outlets[index].factor, lot.birth, lot.quality, passes};
        if (share.amount > 0.0) delivery.send_aside(share, index);
    }
}

void Server::be_blocked() {
    write(Kind::block, 0.0, no_lot, parcels.front()->places->front()->index);
    starved = false;
    come_to(Rest::outlet);
}

// Count the operations; return whether it is time to clean.
bool Server::is_dirty() {
    return ++operations_ % step->plan.clean->every == 0;
}

// -- waiting, before a co_await ---------------------------------------------------------------------------------------

// Set the alarm to the end of some hours, on shift if the step pauses.
void Server::spend(double hours_h) {
    const double now = book.clock.now;
    book.clock.at(hours ? hours->after(now, hours_h) : now + hours_h, priority, ring, static_cast<Actor*>(this));
}

// Get resources; return whether they have to be waited for.
bool Server::lacks(const Needs& needs, int rank, bool starting) {
    if (line.pool.acquire(*this, needs, rank, starting)) return false;
    stand_in_line();
    return true;
}

// Wait for resources.
void Server::stand_in_line() {
    come_to(Rest::resource);
    write(Kind::wait);
}

// Rest until another actor does what this one waits for.
void Server::come_to(Rest reason) {
    rest = reason;
    since = book.clock.now;
}

// -- what an operation costs ------------------------------------------------------------------------------------------

// Let the next operation bear the losses of an event.
void Server::add_losses(Event event) {
    for (const auto& [place, amount] : costs_[static_cast<size_t>(event)]) pending[place] += amount;
}

// Take from *lot* the losses that it has to bear.
void Server::spoil(Lot& lot) {
    for (size_t place = 0; place < pending.size(); ++place) {
        if (!(pending[place] > 0.0)) continue;
        const double lost = std::min(pending[place], lot.amount);
        if (lost > 0.0) {
            write(Kind::loss, lost, no_lot, static_cast<int64_t>(place));
            lot.amount -= lost;
        }
        pending[place] = 0.0;
    }
}

}  // namespace sim
