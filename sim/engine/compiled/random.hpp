// Random numbers: a stream of its own for every purpose: sim/engine/random.py.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

namespace sim {

using Key = std::array<uint64_t, 2>;

// The first 16 bytes of the BLAKE2b digest of a text (RFC 7693, no key).
inline std::array<unsigned char, 16> digest(const std::string& text) {
    constexpr std::array<uint64_t, 8> start = {0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B,
                                               0xA54FF53A5F1D36F1, 0x510E527FADE682D1, 0x9B05688C2B3E6C1F,
                                               0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179};
    constexpr unsigned char order[10][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
        {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
        {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
        {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};
    std::array<uint64_t, 8> state = start;
    state[0] ^= 0x01010000 ^ 16;
    size_t done = 0;
    bool last = false;
    while (!last) {
        last = text.size() - done <= 128;
        const size_t size = last ? text.size() - done : 128;
        std::array<uint64_t, 16> words{};
        if (size > 0) std::memcpy(words.data(), text.data() + done, size);
        done += size;
        std::array<uint64_t, 16> v;
        for (size_t i = 0; i < 8; ++i) {
            v[i] = state[i];
            v[i + 8] = start[i];
        }
        v[12] ^= done;
        if (last) v[14] = ~v[14];
        const auto mix = [&v](size_t a, size_t b, size_t c, size_t d, uint64_t x, uint64_t y) {
            v[a] = v[a] + v[b] + x;
            v[d] = std::rotr(v[d] ^ v[a], 32);
            v[c] = v[c] + v[d];
            v[b] = std::rotr(v[b] ^ v[c], 24);
            v[a] = v[a] + v[b] + y;
            v[d] = std::rotr(v[d] ^ v[a], 16);
            v[c] = v[c] + v[d];
            v[b] = std::rotr(v[b] ^ v[c], 63);
        };
        for (size_t round = 0; round < 12; ++round) {
            const unsigned char* at = order[round % 10];
            for (size_t i = 0; i < 4; ++i) mix(i, i + 4, i + 8, i + 12, words[at[2 * i]], words[at[2 * i + 1]]);
            for (size_t i = 0; i < 4; ++i) {
                mix(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, words[at[8 + 2 * i]], words[at[9 + 2 * i]]);
            }
        }
        for (size_t i = 0; i < 8; ++i) state[i] ^= v[i] ^ v[i + 8];
    }
    std::array<unsigned char, 16> found;
    std::memcpy(found.data(), state.data(), found.size());
    return found;
}

// The key of a stream.
inline Key key(uint64_t seed, uint64_t replication, const std::string& name) {
    const auto bytes = digest(std::to_string(seed) + "/" + std::to_string(replication) + "/" + name);
    Key found{};
    for (size_t i = 0; i < bytes.size(); ++i) found[i / 8] = found[i / 8] << 8 | bytes[i];
    return found;
}

// The uniform numbers of a stream, strictly between 0 and 1: Philox4x64-10, four numbers a block.
class Uniforms {
  public:
    explicit Uniforms(const Key& key) : key_(key) {}

    double operator()() {
        const size_t place = taken_ % 4;
        if (place == 0) fill(taken_ / 4);
        ++taken_;
        return (static_cast<double>(raw_[place] >> 12) + 0.5) * 0x1p-52;
    }

  private:
    Key key_;
    uint64_t taken_ = 0;
    std::array<uint64_t, 4> raw_{};

    // Return the upper and the lower half of a product.
    static std::array<uint64_t, 2> product(uint64_t a, uint64_t b) {
        const uint64_t low = (a & 0xFFFFFFFF) * (b & 0xFFFFFFFF);
        const uint64_t across = (a >> 32) * (b & 0xFFFFFFFF) + (low >> 32);
        const uint64_t other = (a & 0xFFFFFFFF) * (b >> 32) + (across & 0xFFFFFFFF);
        return {(a >> 32) * (b >> 32) + (across >> 32) + (other >> 32), a * b};
    }

    void fill(uint64_t block) {
        std::array<uint64_t, 4> c = {block, 0, 0, 0};
        Key k = key_;
        for (int round = 0; round < 10; ++round) {
            const auto [high0, low0] = product(0xD2E7470EE14C6C93, c[0]);
            const auto [high1, low1] = product(0xCA5A826395121157, c[2]);
            c = {high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0};
            k[0] += 0x9E3779B97F4A7C15;
            k[1] += 0xBB67AE8584CAA73B;
        }
        raw_ = c;
    }
};

}  // namespace sim
