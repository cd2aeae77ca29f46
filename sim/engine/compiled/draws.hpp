// Draws: from the recipe of a law and the uniform numbers of a stream to values: sim/engine/draws.py.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "arithmetic.hpp"
#include "plan.hpp"
#include "random.hpp"

namespace sim {

// clang-format off
enum class Form : uint8_t {
    fixed, uniform, triangular, exponential, weibull, lognormal, normal, truncnormal, table, measured
};
// clang-format on

constexpr size_t table_knots = 529;  // value and slope each

class Draws {
  public:
    Draws(const Recipe& recipe, const Key& key) : recipe_(&recipe), uniforms_(key) {}

    // Return the next value; a fixed law takes no number for it.
    double operator()() {
        const double* n = recipe_->numbers.data();
        return static_cast<Form>(recipe_->form) == Form::fixed ? n[0] : value(n, uniforms_());
    }

    // Whether a recipe has all the numbers that it needs.
    static bool knows(const Recipe& it) {
        constexpr size_t wanted[] = {1, 2, 3, 1, 2, 3, 2, 3, 2, 1};
        if (it.form < 0 || it.form > static_cast<int64_t>(Form::measured)) return false;
        if (it.numbers.size() != wanted[it.form]) return false;
        if (static_cast<Form>(it.form) == Form::table) return it.table.size() == 2 * table_knots;
        if (static_cast<Form>(it.form) != Form::measured) return it.table.empty();
        return it.table.size() >= 2 && it.numbers[0] == static_cast<double>(it.table.size());
    }

  private:
    const Recipe* recipe_;
    Uniforms uniforms_;

    double value(const double* n, double u) const {
        switch (static_cast<Form>(recipe_->form)) {
            case Form::uniform:
                return n[0] + (n[1] - n[0]) * u;
            case Form::triangular:
                return triangular(n[0], n[1], n[2], u);
            case Form::exponential:
                return n[0] * -log(1.0 - u);
            case Form::weibull:
                return n[1] * exp(log(-log(1.0 - u)) / n[0]);
            case Form::lognormal:
                return n[0] * exp(n[1] * inverse_normal(u) - n[2]);
            case Form::normal:
                return std::max(n[0] + n[1] * inverse_normal(u), 0.0);
            case Form::truncnormal:
                return std::max(n[0] - n[1] * inverse_normal((1.0 - u) * n[2]), 0.0);
            case Form::table:
                return n[0] + n[1] * looked_up(u);
            case Form::measured:
                return measured(n[0], u);
            case Form::fixed:
                break;
        }
        return n[0];
    }

    static double triangular(double low, double mode, double high, double u) {
        const double width = high - low, rise = mode - low, w = width * u;
        const double found =
            w < rise ? low + std::sqrt(w * rise) : high - std::sqrt(((1.0 - u) * width) * (high - mode));
        return std::min(std::max(found, low), high);
    }

    // Interpolate between the knots of a table, which lie evenly in normal scores.
    double looked_up(double u) const {
        const double place = (inverse_normal(u) + 8.25) * 32.0;
        const double whole = std::floor(place), t = place - whole;
        const double* knot = recipe_->table.data() + 2 * static_cast<size_t>(whole);
        const double y0 = knot[0], d0 = knot[1], y1 = knot[2], d1 = knot[3];
        const double rise = y1 - y0;
        const double b = (d0 + d1) - (rise + rise);
        const double a = (rise - d0) - b;
        const double y = y0 + t * (d0 + t * (a + t * b));
        return std::min(std::max(y, y0), y1);
    }

    double measured(double number, double u) const {
        const double t = std::min(std::max(u * number - 0.5, 0.0), number - 1.0);
        const double at = std::min(std::floor(t), number - 2.0);
        const double* v = recipe_->table.data() + static_cast<size_t>(at);
        return v[0] + (v[1] - v[0]) * (t - at);
    }
};

}  // namespace sim
