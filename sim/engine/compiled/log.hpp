// The rows of the log, packed as sim/engine/log.py says, in one block that is read in place.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace sim {

// clang-format off
enum class Kind : uint8_t {
    take = 1, start, finish, put, ship, dump, buy, draw, recover, overflow, scrap, loss, pass, fail, measure, down, up,
    setup, clean, block, wait, idle, hold, free, arrive, refuse, acquire, release, end_buffer, end_tank, end_charge,
    end_hold, end_outlet, carry, resume, quality,
};
// clang-format on

constexpr int64_t no_place = 0xFFFF, no_server = 0xFFFF;
constexpr uint32_t no_lot = 0;

class Rows {
  public:
    static constexpr size_t row = 27;  // bytes

    Rows() = default;
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() { std::free(bytes_); }

    void write(double time_h, double amount, uint32_t lot, int64_t step, int64_t server, int64_t place, Kind kind) {
        if (size_ + row > room_) grow();
        unsigned char* to = bytes_ + size_;
        const auto step_ = static_cast<uint16_t>(step), server_ = static_cast<uint16_t>(server);
        const auto place_ = static_cast<uint16_t>(place);
        std::memcpy(to, &time_h, 8);
        std::memcpy(to + 8, &amount, 8);
        std::memcpy(to + 16, &lot, 4);
        std::memcpy(to + 20, &step_, 2);
        std::memcpy(to + 22, &server_, 2);
        std::memcpy(to + 24, &place_, 2);
        std::memcpy(to + 26, &kind, 1);
        size_ += row;
    }

    const unsigned char* bytes() const { return bytes_; }
    size_t count() const { return size_ / row; }
    void clear() { size_ = 0; }

  private:
    unsigned char* bytes_ = nullptr;
    size_t size_ = 0, room_ = 0;

    void grow() {
        const size_t room = room_ ? 2 * room_ : 4096 * row;
        void* bytes = std::realloc(bytes_, room);
        if (!bytes) throw std::bad_alloc();
        bytes_ = static_cast<unsigned char*>(bytes);
        room_ = room;
    }
};

}  // namespace sim
