// Products of matrices for the stand-ins for cuBLAS: packed tiles, sums in the order of k, in the compute type's width.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

extern "C" {
int cuLaunchHostFunc(void* stream, void (*function)(void*), void* data);
int cuMemAlloc_v2(unsigned long long* address, size_t bytes);
int cuMemFree_v2(unsigned long long address);
int cuCtxGetCurrent(void** context);
int cuCtxSynchronize(void);
int emulatedDriverHolds(const void* address, size_t bytes);
void emulatedDriverBreak(const char* why);
int emulatedDriverFailure(const char* function);
}

namespace emulated {

enum Type { R_32F = 0, R_64F = 1, R_16F = 2, R_16BF = 14 };

inline size_t bytesOf(int type) {
    return type == R_64F ? 8 : type == R_32F ? 4 : 2;
}

inline float floatOf(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

inline uint32_t bitsOf(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

inline float fromHalf(uint16_t x) {
    uint32_t sign = static_cast<uint32_t>(x & 0x8000) << 16;
    uint32_t exponent = (x >> 10) & 31;
    uint32_t fraction = x & 0x3ff;
    if (exponent == 31) {
        return floatOf(sign | 0x7f800000 | (fraction << 13));
    }
    if (exponent == 0) {
        float tiny = static_cast<float>(fraction) * 0x1p-24f;
        return sign ? -tiny : tiny;
    }
    return floatOf(sign | ((exponent + 112) << 23) | (fraction << 13));
}

inline uint16_t toHalf(float x) {
    uint32_t bits = bitsOf(x);
    uint32_t sign = (bits >> 16) & 0x8000;
    uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
        return 0x7fff;
    }
    if (magnitude >= 0x477ff000) {
        return static_cast<uint16_t>(sign | 0x7c00);
    }
    if (magnitude < 0x38800000) {
        return static_cast<uint16_t>(sign | (bitsOf(floatOf(magnitude) + 0.5f) - 0x3f000000));
    }
    return static_cast<uint16_t>(sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13));
}

inline uint16_t toBrain(float x) {
    uint32_t bits = bitsOf(x);
    return x != x ? 0x7fff : static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

inline double get(const void* from, int type, int64_t index) {
    switch (type) {
    case R_64F: return static_cast<const double*>(from)[index];
    case R_32F: return static_cast<const float*>(from)[index];
    case R_16F: return fromHalf(static_cast<const uint16_t*>(from)[index]);
    default: return floatOf(static_cast<uint32_t>(static_cast<const uint16_t*>(from)[index]) << 16);
    }
}

inline void put(void* to, int type, int64_t index, double value) {
    switch (type) {
    case R_64F: static_cast<double*>(to)[index] = value; break;
    case R_32F: static_cast<float*>(to)[index] = static_cast<float>(value); break;
    case R_16F: static_cast<uint16_t*>(to)[index] = toHalf(static_cast<float>(value)); break;
    default: static_cast<uint16_t*>(to)[index] = toBrain(static_cast<float>(value)); break;
    }
}

/** Element (r, c) of batch b lies at b * batch + r * row + c * column. */
struct Matrix {
    void* at;
    int type;
    int64_t row;
    int64_t column;
    int64_t batch;
};

enum class Rounding { NONE, TF32, BF16, F16 };

/** What happens to a result before it is stored; the numbers of cublasLtEpilogue_t. */
struct Epilogue {
    int kind = 1;
    void* bias = nullptr;
    int biasType = R_32F;
    int64_t biasBatch = 0;
    void* aux = nullptr;
    int auxType = R_32F;
    int64_t auxLead = 0;
    int64_t auxBatch = 0;
};

/** d = epilogue(alpha * a * b + beta * c), all [m, k], [k, n], [m, n]. */
struct Product {
    int64_t m;
    int64_t n;
    int64_t k;
    int64_t batches;
    Matrix a;
    Matrix b;
    Matrix c;
    Matrix d;
    bool wide; // sums in 64 bits
    Rounding rounding = Rounding::NONE;
    int scaleType = R_32F;
    bool scalesOnDevice = false;
    const void* alphaAt = nullptr;
    const void* betaAt = nullptr;
    double alpha = 1;
    double beta = 0;
    Epilogue epilogue;
    void* workspace = nullptr;
    size_t workspaceBytes = 0;
};

constexpr int64_t TILE_M = 64;
constexpr int64_t TILE_N = 32;
constexpr int64_t TILE_K = 256;

// sums[j][i] += over k of a[k][i] * b[k][j], for 16 or 8 rows i and 4 columns j at a time.
#define EMULATED_TILE(NAME, NUMBER, LANES, TARGET)                                                          \
    TARGET inline void NAME(const NUMBER* a, const NUMBER* b, NUMBER* sums, int64_t depth) {                \
        typedef NUMBER Vector __attribute__((vector_size(32), aligned(32)));                                \
        for (int64_t i = 0; i < TILE_M; i += 2 * LANES) {                                                   \
            for (int64_t j = 0; j < TILE_N; j += 4) {                                                       \
                Vector s[4][2];                                                                             \
                for (int q = 0; q < 4; q++) {                                                               \
                    s[q][0] = *reinterpret_cast<Vector*>(sums + (j + q) * TILE_M + i);                      \
                    s[q][1] = *reinterpret_cast<Vector*>(sums + (j + q) * TILE_M + i + LANES);              \
                }                                                                                           \
                for (int64_t k = 0; k < depth; k++) {                                                       \
                    Vector x = *reinterpret_cast<const Vector*>(a + k * TILE_M + i);                        \
                    Vector y = *reinterpret_cast<const Vector*>(a + k * TILE_M + i + LANES);                \
                    const NUMBER* column = b + k * TILE_N + j;                                              \
                    for (int q = 0; q < 4; q++) {                                                           \
                        s[q][0] += x * column[q];                                                           \
                        s[q][1] += y * column[q];                                                           \
                    }                                                                                       \
                }                                                                                           \
                for (int q = 0; q < 4; q++) {                                                               \
                    *reinterpret_cast<Vector*>(sums + (j + q) * TILE_M + i) = s[q][0];                      \
                    *reinterpret_cast<Vector*>(sums + (j + q) * TILE_M + i + LANES) = s[q][1];              \
                }                                                                                           \
            }                                                                                               \
        }                                                                                                   \
    }

// The same operations in the same order with and without wide registers, so the same bits.
EMULATED_TILE(tileFloat, float, 8, )
EMULATED_TILE(tileDouble, double, 4, )
#if defined(__x86_64__)
EMULATED_TILE(tileFloatWide, float, 8, __attribute__((target("avx2"))))
EMULATED_TILE(tileDoubleWide, double, 4, __attribute__((target("avx2"))))
#endif

inline void tile(const float* a, const float* b, float* sums, int64_t depth) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        tileFloatWide(a, b, sums, depth);
        return;
    }
#endif
    tileFloat(a, b, sums, depth);
}

inline void tile(const double* a, const double* b, double* sums, int64_t depth) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        tileDoubleWide(a, b, sums, depth);
        return;
    }
#endif
    tileDouble(a, b, sums, depth);
}

inline double rounded(double x, Rounding rounding) {
    float value = static_cast<float>(x);
    switch (rounding) {
    case Rounding::TF32: {
        uint32_t bits = bitsOf(value);
        return (bits & 0x7f800000) == 0x7f800000 ? value : floatOf((bits + 0x1000) & 0xffffe000);
    }
    case Rounding::BF16: return floatOf(static_cast<uint32_t>(toBrain(value)) << 16);
    case Rounding::F16: return fromHalf(toHalf(value));
    default: return x;
    }
}

/** Copies [outer, inner] of a matrix to rows of `width` numbers, with zeros beyond its edge. */
template <class S>
void pack(const void* from, int type, int64_t outer, int64_t outerStride, int64_t inner, int64_t innerStride, int64_t width,
        Rounding rounding, S* to) {
    for (int64_t o = 0; o < outer; o++) {
        S* row = to + o * width;
        if (type == R_32F && rounding == Rounding::NONE) {
            const float* source = static_cast<const float*>(from) + o * outerStride;
            for (int64_t i = 0; i < inner; i++) {
                row[i] = static_cast<S>(source[i * innerStride]);
            }
        } else {
            for (int64_t i = 0; i < inner; i++) {
                row[i] = static_cast<S>(rounded(get(from, type, o * outerStride + i * innerStride), rounding));
            }
        }
        for (int64_t i = inner; i < width; i++) {
            row[i] = 0;
        }
    }
}

inline const void* element(const Matrix& x, int64_t batch, int64_t row, int64_t column) {
    return static_cast<const char*>(x.at)
            + static_cast<int64_t>(bytesOf(x.type)) * (batch * x.batch + row * x.row + column * x.column);
}

inline double gelu(double x) {
    return 0.5 * x * (1 + std::tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)));
}

inline double geluSlope(double x) {
    double t = std::tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * 0.79788456080286535588 * (1 + 3 * 0.044715 * x * x);
}

/** One result through the epilogue; `value` before it is rounded to the type of d. */
inline double finished(const Product& p, int64_t batch, int64_t row, int64_t column, double value) {
    const Epilogue& e = p.epilogue;
    if (e.kind & 4) {
        value += get(e.bias, e.biasType, batch * e.biasBatch + row);
    }
    int64_t aux = batch * e.auxBatch + column * e.auxLead + row;
    if ((e.kind & 0xc0) == 0xc0) { // gradient of GELU
        return value * geluSlope(get(e.aux, e.auxType, aux));
    }
    uint8_t* mask = static_cast<uint8_t*>(e.aux) + aux / 8;
    if ((e.kind & 0x88) == 0x88) { // gradient of ReLU
        return (*mask >> (aux % 8)) & 1 ? value : 0;
    }
    if (e.kind & 32) {
        if (e.kind & 128) {
            put(e.aux, e.auxType, aux, value);
        }
        return gelu(value);
    }
    if (e.kind & 2) {
        if (e.kind & 128) {
            uint8_t bit = static_cast<uint8_t>(1u << (aux % 8));
            *mask = static_cast<uint8_t>(value > 0 ? *mask | bit : *mask & ~bit);
        }
        return value > 0 ? value : 0;
    }
    return value;
}

/** Sums that go to the bias: of d's rows, of a's or of b's columns. */
inline void biasGradients(const Product& p, int64_t batch) {
    const Epilogue& e = p.epilogue;
    bool ofD = (e.kind & 16) != 0;
    int64_t count = e.kind == 512 ? p.n : p.m;
    int64_t length = ofD ? p.n : p.k;
    for (int64_t i = 0; i < count; i++) {
        double sum = 0;
        for (int64_t s = 0; s < length; s++) {
            const void* from = ofD ? element(p.d, batch, i, s) : e.kind == 256 ? element(p.a, batch, i, s) : element(p.b, batch, s, i);
            sum += get(from, ofD ? p.d.type : e.kind == 256 ? p.a.type : p.b.type, 0);
        }
        put(e.bias, e.biasType, batch * e.biasBatch + i, sum);
    }
}

template <class S>
void multiply(const Product& p) {
    std::vector<S> memory(static_cast<size_t>(TILE_K * (TILE_M + TILE_N) + TILE_M * TILE_N + 16));
    S* a = reinterpret_cast<S*>((reinterpret_cast<uintptr_t>(memory.data()) + 63) / 64 * 64);
    S* b = a + TILE_K * TILE_M;
    S* sums = b + TILE_K * TILE_N;
    for (int64_t batch = 0; batch < p.batches; batch++) {
        for (int64_t column = 0; column < p.n; column += TILE_N) {
            int64_t columns = p.n - column < TILE_N ? p.n - column : TILE_N;
            for (int64_t row = 0; row < p.m; row += TILE_M) {
                int64_t rows = p.m - row < TILE_M ? p.m - row : TILE_M;
                memset(sums, 0, sizeof(S) * TILE_M * TILE_N);
                for (int64_t k = 0; k < p.k; k += TILE_K) {
                    int64_t depth = p.k - k < TILE_K ? p.k - k : TILE_K;
                    pack(element(p.a, batch, row, k), p.a.type, depth, p.a.column, rows, p.a.row, TILE_M, p.rounding, a);
                    pack(element(p.b, batch, k, column), p.b.type, depth, p.b.row, columns, p.b.column, TILE_N, p.rounding, b);
                    tile(a, b, sums, depth);
                }
                for (int64_t j = 0; j < columns; j++) {
                    for (int64_t i = 0; i < rows; i++) {
                        S value = static_cast<S>(p.alpha) * sums[j * TILE_M + i];
                        if (p.beta != 0) { // otherwise c is not read
                            value += static_cast<S>(p.beta) * static_cast<S>(get(element(p.c, batch, row + i, column + j), p.c.type, 0));
                        }
                        put(const_cast<void*>(element(p.d, batch, row + i, column + j)), p.d.type, 0,
                                finished(p, batch, row + i, column + j, value));
                    }
                }
            }
        }
        if (p.epilogue.kind & (16 | 256 | 512)) {
            biasGradients(p, batch);
        }
    }
}

inline void run(void* data) {
    Product* p = static_cast<Product*>(data);
    if (p->scalesOnDevice) {
        p->alpha = get(p->alphaAt, p->scaleType, 0);
        p->beta = get(p->betaAt, p->scaleType, 0);
    }
    if (p->workspaceBytes > 0) {
        // Nothing in it is kept, and nobody else may use it meanwhile.
        memset(p->workspace, 0x7f, p->workspaceBytes < (64u << 10) ? p->workspaceBytes : 64u << 10);
    }
    if (p->wide) {
        multiply<double>(*p);
    } else {
        multiply<float>(*p);
    }
    delete p;
}

/** Whether all elements of a matrix lie in memory of a device. */
inline bool held(const Matrix& x, int64_t rows, int64_t columns, int64_t batches) {
    int64_t last = (rows - 1) * x.row + (columns - 1) * x.column + (batches - 1) * x.batch;
    return rows == 0 || columns == 0 || batches == 0
            || emulatedDriverHolds(x.at, static_cast<size_t>(last + 1) * bytesOf(x.type));
}

/** Puts the product into the stream's order; a status of cuBLAS. */
inline int submit(const Product& p, void* stream, const char* function) {
    if (!held(p.a, p.m, p.k, p.batches) || !held(p.b, p.k, p.n, p.batches) || !held(p.d, p.m, p.n, p.batches)
            || (!p.scalesOnDevice && p.beta != 0 && !held(p.c, p.m, p.n, p.batches))) {
        emulatedDriverBreak((std::string(function) + ": a matrix reaches beyond memory of a device").c_str());
        return 0; // as on a device, later calls tell
    }
    return cuLaunchHostFunc(stream, run, new Product(p)) == 0 ? 0 : 13;
}

/** The rounding of inputs and the width of sums for a compute type, and whether these types go together. */
inline bool supported(int compute, int a, int b, int c, bool tf32, Product& p) {
    p.wide = compute == 70 || compute == 71;
    p.rounding = Rounding::NONE;
    p.scaleType = p.wide ? R_64F : R_32F;
    if (a != b) {
        return false;
    }
    switch (compute) {
    case 70: case 71: return a == R_64F && c == R_64F;
    case 68: case 69:
        p.rounding = a == R_32F && tf32 && compute == 68 ? Rounding::TF32 : Rounding::NONE;
        return (a == R_32F && c == R_32F) || ((a == R_16F || a == R_16BF) && (c == a || c == R_32F));
    case 74: p.rounding = Rounding::F16; return a == R_32F && c == R_32F;
    case 75: p.rounding = Rounding::BF16; return a == R_32F && c == R_32F;
    case 77: p.rounding = Rounding::TF32; return a == R_32F && c == R_32F;
    case 64: case 65:
        p.scaleType = R_16F;
        return a == R_16F && c == R_16F;
    default: return false;
    }
}

} // namespace emulated
