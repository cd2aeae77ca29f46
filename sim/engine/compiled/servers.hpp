// The life of a server: take a charge, set up, run, hand on, clean: sim/engine/servers.py.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "deliveries.hpp"
#include "operations.hpp"
#include "places.hpp"

namespace sim {

enum class Event : uint8_t { start, clean, failure, lot };

// One server of a step: an ordinary machine, or one slot of a machine with several.
struct Server : Actor {
    Line& line;
    Book& book;
    int64_t priority;
    const Hours* hours;          // none if it works on when the shift ends
    std::optional<Lot> given;    // the charge that it is resumed with
    std::optional<double> left;  // what is left of its phase, when it is resumed after a failure of its machine
    std::optional<Lot> charge;   // what is inside between taking and finishing
    std::vector<Stage> stages;
    std::vector<Mode> modes;
    std::vector<double> pending;  // losses per event that the next operation will bear
    const Needs* crew = nullptr;  // who leaves while the machine that it shares is repaired
    bool in_last_phase = false;
    bool starved = true;  // the log says that it is starved, unless it says that it runs
    Delivery delivery;

    Server(Line& line, Step& step, int64_t index, int64_t number, int64_t priority);

    void animate();
    const Lot* inside() const;
    void note_idle();
    void add_losses(Event event);

    void write(Kind kind, double amount = 0.0, uint32_t lot = no_lot, int64_t place = no_place) {
        book.write(amount, lot, number, index, place, kind);
    }

  private:
    std::optional<Draws> setup_h_, clean_h_;
    Needs setup_crew_, clean_crew_;
    std::array<std::vector<std::pair<size_t, double>>, 4> costs_;  // by event: (place in pending, amount)
    Mode* failing_ = nullptr;
    double factor_ = 1.0, ended_;  // when the last operation ended
    int64_t operations_ = 0;

    Life live();
    Life draw_tanks(double amount);
    Life set_up(double hours);
    Life run();
    Life share_machine(Stage& stage);
    Life repair(Stage& stage);
    Life recover(double amount);
    Life clean(double hours);

    std::optional<Lot> take();
    void start();
    double work(double hours);
    void hand_on();
    void be_blocked();
    bool is_dirty();
    void spend(double hours);
    bool lacks(const Needs& needs, int rank, bool starting = false);
    void stand_in_line();
    void come_to(Rest reason);
    void spoil(Lot& lot);
};

}  // namespace sim
