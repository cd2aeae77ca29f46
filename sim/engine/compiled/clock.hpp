// The clock with its alarms, the queue of those who may go on at this instant, and what a life is.
#pragma once

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <utility>
#include <vector>

namespace sim {

// A story that waits now and then: begun by the engine, or awaited by the story of which it is a part.
class Life {
  public:
    struct promise_type;
    using Handle = std::coroutine_handle<promise_type>;

    struct promise_type {
        std::coroutine_handle<> whole = std::noop_coroutine();  // goes on when this part ends

        Life get_return_object() { return Life(Handle::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept {
            struct End {
                bool await_ready() noexcept { return false; }
                std::coroutine_handle<> await_suspend(Handle ended) noexcept { return ended.promise().whole; }
                void await_resume() noexcept {}
            };
            return End{};
        }
        void return_void() {}
        void unhandled_exception() { throw; }
    };

    Life() = default;
    Life(Life&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Life& operator=(Life&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Life() {
        if (handle_) handle_.destroy();
    }

    std::coroutine_handle<> beginning() const { return handle_; }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> whole) noexcept {
        handle_.promise().whole = whole;
        return handle_;
    }
    void await_resume() const noexcept {}

  private:
    explicit Life(Handle handle) : handle_(handle) {}
    Handle handle_;
};

struct Actor;

// Classes of alarms at one instant, by priority.
constexpr int64_t calendar_class = 1 << 20, arrival_class = 2 << 20, server_class = 3 << 20, patience_class = 4 << 20,
                  expiry_class = 5 << 20, look_class = 6 << 20;

// An alarm: it calls a function with whom it is for and the time that it was set to, of which its own is the exact one.
struct Alarm {
    double time_h;
    int64_t priority;
    uint64_t ticket;
    void (*ring)(void* whom, double set_h);
    void* whom;
    double set_h;

    bool operator>(const Alarm& other) const {
        if (time_h != other.time_h) return time_h > other.time_h;
        if (priority != other.priority) return priority > other.priority;
        return ticket > other.ticket;
    }
};

class Clock {
  public:
    double now = 0.0;          // simulated time [h]
    std::deque<Actor*> ready;  // who may go on at this instant, first come first served

    // *marks*: exact times, in order; what is due within the tolerance of one of them is due at it.
    Clock(std::vector<double> marks, double end_h);

    // Return the exact time that *time_h* misses by roundings, or else *time_h* itself.
    double exact(double time_h) const;

    // Set an alarm to the exact time of *time_h*; least priority first at one instant, then the one that was set first.
    void at(double time_h, int64_t priority, void (*ring)(void*, double), void* whom) {
        alarms_.push_back({exact(time_h), priority, ++tickets_, ring, whom, time_h});
        std::push_heap(alarms_.begin(), alarms_.end(), std::greater());
    }

    // Return when the next alarm of less than a priority rings, or the run ends.
    double next(int64_t priority) const;

    // Go on to the next alarm; return false if the run ends before it.
    bool step();

  private:
    std::vector<double> marks_;
    double end_h_;
    std::vector<Alarm> alarms_;  // a heap, the next one first
    uint64_t tickets_ = 0;
};

}  // namespace sim
