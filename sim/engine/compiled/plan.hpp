// The Plan as numbers, field by field in the order of sim/engine/plan.py, and how it is read from a flat buffer.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sim {

static_assert(std::endian::native == std::endian::little, "plans and rows are little-endian");

constexpr int64_t format_version = 5;   // the rules that this engine follows: FORMAT_VERSION of plan.py
constexpr double coincidence_h = 1e-7;  // instants closer to each other than this are one instant
constexpr int64_t ship = -1, waste = -2;

struct BadPlan : std::runtime_error {
    using std::runtime_error::runtime_error;
};

using Needs = std::vector<std::pair<int64_t, int64_t>>;  // (resource, number) of all that is wanted at once
using Shares = std::vector<std::pair<int64_t, double>>;  // (buffer or tank, amount per amount of the charge)

// A law as the engine draws from it: the recipe of sim/engine/draws.py.
struct Recipe {
    int64_t form;
    std::vector<double> numbers, table;
};

using Law = const Recipe*;

struct Calendar {
    std::string name;
    bool open_at_start;
    std::vector<double> switches_h;
};

struct Release {
    std::string kind;
    std::optional<Law> interval_h;
    int64_t room;
};

struct Phase {
    std::string name;
    Law duration_h;
    bool per_amount;
    Needs resources;
};

struct Loss {
    std::string per;
    double amount;
};

struct Clean {
    int64_t every;
    Law duration_h;
    Needs resources;
};

struct Failure {
    std::string clock;
    Law to_failure, repair_h;
    Needs resources;
    int64_t calendar;  // in whose open hours repairs go on; -1: always
};

struct Inspection {
    std::optional<double> pass_probability, limit;
    std::optional<Law> error;
    std::optional<int64_t> rework;
    int64_t max_passes, fail_place;
};

struct Outlet {
    std::vector<int64_t> places;
    double factor, lot_size;
};

struct PlanStep {
    std::string name;
    int64_t machines, slots;
    double pitch_h;
    Shares inlets;
    double charge_max, charge_min, start_after_h;
    bool one_lot;
    std::optional<Release> release;
    std::vector<Phase> phases;
    Needs held;
    std::optional<Law> setup_h;
    Needs setup_resources;
    std::optional<Clean> clean;
    std::vector<Failure> failures;
    std::vector<Loss> losses;
    std::vector<Outlet> outlets;
    std::optional<Law> hold_h;
    bool hold_fills;
    std::optional<Law> quality_set, quality_factor;
    std::optional<Inspection> inspection;
    Shares draws, recoveries;
    int64_t calendar;
    bool pause;
};

struct PlanBuffer {
    std::string name;
    int64_t consumer;
    double capacity;
    std::string unit;
    double max_wait_h, decay_per_h;
    bool rework;
};

struct PlanTank {
    std::string name;
    double capacity_kg, initial_kg;
    std::string on_full, on_empty;
};

struct PlanResource {
    std::string name;
    int64_t capacity, calendar;
    std::vector<std::pair<double, int64_t>> changes;  // (time, how many there are from then on)
};

struct Plan {
    std::vector<Recipe> recipes;  // of all laws, those that are equal once
    std::string line;
    double warm_up_h, horizon_h;
    std::vector<PlanStep> steps;
    std::vector<PlanBuffer> buffers;
    std::vector<PlanTank> tanks;
    std::vector<PlanResource> resources;
    std::vector<Calendar> calendars;
    int64_t version;

    double end_h() const { return warm_up_h + horizon_h; }
};

// Reads a flat buffer of words of 8 bytes; what does not fit is a BadPlan.
class Reader {
  public:
    Reader(const unsigned char* bytes, size_t size) : at_(bytes), left_(size) {}

    // Read fields one after another.
    template <class... Fields>
    void operator()(Fields&... fields) {
        (read(fields), ...);
    }

    void finish() const {
        if (left_ != 0) throw BadPlan("more bytes than the plan needs");
    }

  private:
    const unsigned char* at_;
    size_t left_;
    const std::vector<Recipe>* recipes_ = nullptr;

    void take(void* to, size_t size) {
        if (size > left_) throw BadPlan("fewer bytes than the plan needs");
        if (size) std::memcpy(to, at_, size);
        at_ += size;
        left_ -= size;
    }

    void skip(size_t size) {
        if (size > left_) throw BadPlan("fewer bytes than the plan needs");
        at_ += size;
        left_ -= size;
    }

    // How many items follow, each of at least some bytes.
    size_t count(size_t least) {
        int64_t number;
        read(number);
        if (number < 0 || static_cast<uint64_t>(number) > left_ / least) throw BadPlan("a list that is too long");
        return static_cast<size_t>(number);
    }

    void read(int64_t& it) { take(&it, sizeof it); }

    void read(double& it) {
        take(&it, sizeof it);
        if (it != it) throw BadPlan("a number that is none");
    }

    void read(bool& it) {
        int64_t number;
        read(number);
        if (number != 0 && number != 1) throw BadPlan("a truth that is neither 0 nor 1");
        it = number == 1;
    }

    void read(std::string& it) {
        it.resize(count(1));
        take(it.data(), it.size());
        skip((8 - it.size() % 8) % 8);
    }

    template <class T>
    void read(std::optional<T>& it) {
        bool there;
        read(there);
        it.reset();
        if (there) read(it.emplace());
    }

    template <class T>
    void read(std::vector<T>& it) {
        it.resize(count(8));
        for (T& item : it) read(item);
    }

    template <class A, class B>
    void read(std::pair<A, B>& it) {
        read(it.first);
        read(it.second);
    }

    void read(Recipe& it) { (*this)(it.form, it.numbers, it.table); }

    void read(Law& it) {
        int64_t number;
        read(number);
        if (number < 0 || static_cast<uint64_t>(number) >= recipes_->size()) throw BadPlan("a law without its recipe");
        it = &(*recipes_)[static_cast<size_t>(number)];
    }

    void read(Calendar& it) { (*this)(it.name, it.open_at_start, it.switches_h); }
    void read(Release& it) { (*this)(it.kind, it.interval_h, it.room); }
    void read(Phase& it) { (*this)(it.name, it.duration_h, it.per_amount, it.resources); }
    void read(Loss& it) { (*this)(it.per, it.amount); }
    void read(Clean& it) { (*this)(it.every, it.duration_h, it.resources); }
    void read(Failure& it) { (*this)(it.clock, it.to_failure, it.repair_h, it.resources, it.calendar); }
    void read(Inspection& it) {
        (*this)(it.pass_probability, it.limit, it.error, it.rework, it.max_passes, it.fail_place);
    }
    void read(Outlet& it) { (*this)(it.places, it.factor, it.lot_size); }
    void read(PlanStep& it) {
        (*this)(it.name, it.machines, it.slots, it.pitch_h, it.inlets, it.charge_max, it.charge_min, it.start_after_h,
                it.one_lot, it.release, it.phases, it.held, it.setup_h, it.setup_resources, it.clean, it.failures,
                it.losses, it.outlets, it.hold_h, it.hold_fills, it.quality_set, it.quality_factor, it.inspection,
                it.draws, it.recoveries, it.calendar, it.pause);
    }
    void read(PlanBuffer& it) {
        (*this)(it.name, it.consumer, it.capacity, it.unit, it.max_wait_h, it.decay_per_h, it.rework);
    }
    void read(PlanTank& it) { (*this)(it.name, it.capacity_kg, it.initial_kg, it.on_full, it.on_empty); }
    void read(PlanResource& it) { (*this)(it.name, it.capacity, it.calendar, it.changes); }
    void read(Plan& it) {
        read(it.recipes);
        recipes_ = &it.recipes;
        (*this)(it.line, it.warm_up_h, it.horizon_h, it.steps, it.buffers, it.tanks, it.resources, it.calendars,
                it.version);
    }
};

}  // namespace sim
