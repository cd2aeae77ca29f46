// What happens to a product: quality, hold, inspection, and the way out: sim/engine/deliveries.py.
#pragma once

#include <optional>
#include <vector>

#include "draws.hpp"
#include "operations.hpp"
#include "places.hpp"

namespace sim {

// A way out of a server.
struct Way {
    Places buffers;  // where lots go, in order of preference; none if they leave the line
    double limit;    // what is larger is cut to the lots of the outlet
    int64_t outlet;
    Kind end;  // how lots leave the line: ship, dump or scrap
};

// The way of lots out of one server.
class Delivery {
  public:
    Delivery(Line& line, Server& server, int64_t number);

    void send(Lot& lot);
    void send_aside(const Lot& lot, size_t outlet) { emit(lot, ways_[outlet], false); }

  private:
    Line& line_;
    Server& server_;
    const PlanStep& plan_;
    std::optional<Draws> hold_, quality_, factor_, error_, inspection_;
    std::vector<Way> ways_;
    Way rework_, scrap_;

    Way way(int64_t number, const Outlet& outlet, Kind end) const;
    void hold(const Lot& lot);
    void let_out(Parcel* parcel);
    void judge(Lot lot, bool held);
    bool passes(const Lot& lot);
    void emit(Lot lot, const Way& way, bool held);
    void leave(const Lot& lot, const Way& way, bool held);
    std::deque<Lot> cut(Lot lot, const Way& way) const;
};

}  // namespace sim
