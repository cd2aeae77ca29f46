// Elementary functions whose every bit is the same on every machine: sim/engine/arithmetic.py, operation by operation.
#pragma once

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sim {

static_assert(std::numeric_limits<double>::is_iec559 && FLT_EVAL_METHOD == 0,
              "doubles must be rounded as IEEE 754 says");

constexpr double largest_exponent = 708.0;
constexpr double sqrt_half = 0.7071067811865476, log2_e = 1.4426950408889634;
constexpr double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;

// Series of artanh(s) / s - 1, doubled, in s squared.
constexpr double log_series[] = {2.0 / 21.0, 2.0 / 19.0, 2.0 / 17.0, 2.0 / 15.0, 2.0 / 13.0,
                                 2.0 / 11.0, 2.0 / 9.0,  2.0 / 7.0,  2.0 / 5.0,  2.0 / 3.0};
// Series of r coth(r / 2) - 2 in r squared.
constexpr double exp_series[] = {-691.0 / 653837184000.0, 1.0 / 23950080.0, -1.0 / 604800.0,
                                 1.0 / 15120.0,           -1.0 / 360.0,     1.0 / 6.0};
// Numerators and denominators of AS 241 in the centre, in the tails and far out.
constexpr double centre_above[] = {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853,
                                   45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
                                   133.14166789178437745, 3.3871328727963666080};
constexpr double centre_below[] = {
    5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867,
    5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0};
constexpr double tail_above[] = {7.74545014278341407640e-4, 0.0227238449892691845833, 0.241780725177450611770,
                                 1.27045825245236838258,    3.64784832476320460504,   5.76949722146069140550,
                                 4.63033784615654529590,    1.42343711074968357734};
constexpr double tail_below[] = {
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 0.0151986665636164571966, 0.148103976427480074590,
    0.689767334985100004550,   1.67638483018380384940,    2.05319162663775882187,   1.0};
constexpr double far_above[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
                                0.0265321895265761230930,  0.296560571828504891230,   1.78482653991729133580,
                                5.46378491116411436990,    6.65790464350110377720};
constexpr double far_below[] = {
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
    0.0148753612908506148525,   0.136929880922735805310,   0.599832206555887937690,   1.0};

// A polynomial, highest power first: the sum so far times x, plus the next coefficient, and so on.
template <size_t terms>
double horner(double x, const double (&coefficients)[terms]) {
    double total = coefficients[0] * x;
    for (size_t power = 1; power + 1 < terms; ++power) {
        total += coefficients[power];
        total *= x;
    }
    return total + coefficients[terms - 1];
}

// The natural logarithm of a positive normal number.
inline double log(double x) {
    const auto bits = std::bit_cast<uint64_t>(x);
    auto power = static_cast<int>(bits >> 52) - 1022;
    double fraction = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFF) | 0x3FE0000000000000);
    if (fraction < sqrt_half) {
        fraction += fraction;
        --power;
    }
    const double f = fraction - 1.0, k = power;
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double tail = z * horner(z, log_series);
    return k * ln2_high - ((s * (f - tail) - k * ln2_low) - f);
}

// The exponential; beyond the largest exponent that of the bound.
inline double exp(double x) {
    x = std::min(std::max(x, -largest_exponent), largest_exponent);
    const double k = std::floor(x * log2_e + 0.5);
    const double high = x - k * ln2_high;
    const double low = k * ln2_low;
    const double r = high - low;
    const double z = r * r;
    const double c = r - z * horner(z, exp_series);
    const double y = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    const auto power = static_cast<uint64_t>(static_cast<int64_t>(k) + 1023);
    return y * std::bit_cast<double>(power << 52);  // exact: 2 to the k is a normal number
}

// The quantile of the standard normal law at a probability strictly between 0 and 1.
inline double inverse_normal(double p) {
    const double q = p - 0.5;
    if (std::fabs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return horner(r, centre_above) * q / horner(r, centre_below);
    }
    const double r = std::sqrt(-log(q > 0.0 ? 1.0 - p : p));
    const double score = r > 5.0 ? horner(r - 5.0, far_above) / horner(r - 5.0, far_below)
                                 : horner(r - 1.6, tail_above) / horner(r - 1.6, tail_below);
    return q > 0.0 ? score : -score;
}

}  // namespace sim
