// SHA-256 (FIPS 180-4) of a text, as 64 hexadecimal digits.
#pragma once

#include <cstdint>
#include <string>

namespace emulated {

inline std::string sha256(const std::string& text) {
    static const uint32_t k[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
            0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
            0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152,
            0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138,
            0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70,
            0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
            0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa,
            0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    auto turn = [](uint32_t x, int by) { return (x >> by) | (x << (32 - by)); };
    std::string padded = text;
    padded += static_cast<char>(0x80);
    padded.append((120 - padded.size() % 64) % 64, '\0');
    uint64_t bits = static_cast<uint64_t>(text.size()) * 8;
    for (int i = 7; i >= 0; i--) {
        padded += static_cast<char>(bits >> (8 * i));
    }
    for (size_t at = 0; at < padded.size(); at += 64) {
        uint32_t w[64];
        for (int i = 0; i < 16; i++) {
            w[i] = 0;
            for (int b = 0; b < 4; b++) {
                w[i] = (w[i] << 8) | static_cast<unsigned char>(padded[at + static_cast<size_t>(4 * i + b)]);
            }
        }
        for (int i = 16; i < 64; i++) {
            uint32_t a = w[i - 15];
            uint32_t b = w[i - 2];
            w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >> 10));
        }
        uint32_t v[8];
        for (int i = 0; i < 8; i++) {
            v[i] = h[i];
        }
        for (int i = 0; i < 64; i++) {
            uint32_t e = v[4];
            uint32_t a = v[0];
            uint32_t first = v[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & v[5]) ^ (~e & v[6])) + k[i] + w[i];
            uint32_t second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
            for (int j = 7; j > 0; j--) {
                v[j] = v[j - 1];
            }
            v[4] += first;
            v[0] = first + second;
        }
        for (int i = 0; i < 8; i++) {
            h[i] += v[i];
        }
    }
    std::string hex;
    for (uint32_t x : h) {
        for (int i = 7; i >= 0; i--) {
            hex += "0123456789abcdef"[(x >> (4 * i)) & 15];
        }
    }
    return hex;
}

} // namespace emulated
