// Sums of squares without rounding, and their roots. An accumulator is 72 i64: limb i, 0 to 66, counts 2^(32·i − 1074) and
// is normalised to 0 ≤ limb < 2^32 (the last takes the rest); element 70 counts squares that are not finite. All sums are
// of integers, so no order of threads changes a bit.
#include "loops.cuh"

constexpr int SQUARE_THREADS = 64;
/** Elements of a tile that one thread takes. */
constexpr int SQUARE_ELEMENTS = 512;
constexpr i64 SQUARE_TILE = SQUARE_THREADS * SQUARE_ELEMENTS;
constexpr int LIMBS = 67;
constexpr int ACCUMULATOR = 72;
constexpr int NON_FINITE = 70;
constexpr u64 LOW = 0xffffffffULL;

/** Adds value · 2^(bit − 1074), value < 2^63, to limbs that other threads add to as well. */
__device__ __forceinline__ void addAt(u64* limbs, u64 value, int bit) {
    int limb = bit >> 5;
    int shift = bit & 31;
    u64 low = (value & LOW) << shift;
    u64 high = (value >> 32) << shift;
    atomicAdd(limbs + limb, low & LOW);
    atomicAdd(limbs + limb + 1, (low >> 32) + (high & LOW));
    atomicAdd(limbs + limb + 2, high >> 32);
}

/**
 * Squares of f32, bf16 and f16. A number is m · 2^(e − 150), m < 2^24, e from 1 to 254; with e = 4q + s its square is
 * (m · 2^s)² · 2^(8q − 300). Every thread adds these squares of at most 54 bits to bins of its own, one for each q: 512
 * of them fit 63 bits. A tile's bins go to limbs together.
 */
struct SinglePrecision {
    static constexpr int ROWS = 64;

    static __device__ __forceinline__ void add(u64* bins, f32 x, u64& nonFinite) {
        u32 bits = __float_as_uint(x);
        u32 e = bits >> 23 & 255;
        bool finite = e != 255;
        u32 m = finite ? (bits & 0x7fffff) | (e == 0 ? 0 : 0x800000) : 0;
        e = e == 0 ? 1 : e;
        nonFinite += finite ? 0 : 1;
        m <<= e & 3;
        bins[(e >> 2) * SQUARE_THREADS] += static_cast<u64>(m) * m;
    }

    static __device__ __forceinline__ void drain(u64* bins, u64* limbs) {
        for (int row = threadIdx.x; row < ROWS; row += SQUARE_THREADS) {
            u64 low = 0;
            u64 high = 0;
            for (int i = 0; i < SQUARE_THREADS; i++) { // each thread begins elsewhere, against conflicts of banks
                u64* bin = bins + row * SQUARE_THREADS + ((i + threadIdx.x) & (SQUARE_THREADS - 1));
                low += *bin & LOW;
                high += *bin >> 32;
                *bin = 0;
            }
            if ((low | high) != 0) {
                int bit = 8 * row - 300 + 1074;
                addAt(limbs, low, bit);
                addAt(limbs, high, bit + 32);
            }
        }
    }
};

/** Squares of f64, rounded to f64; every thread has limbs of its own. */
struct DoublePrecision {
    static constexpr int ROWS = LIMBS + 2;

    static __device__ __forceinline__ void add(u64* bins, f64 x, u64& nonFinite) {
        u64 bits = static_cast<u64>(__double_as_longlong(product(x, x)));
        u32 e = static_cast<u32>(bits >> 52);
        if (e == 2047) {
            nonFinite++;
            return;
        }
        u64 m = bits & 0xfffffffffffffULL;
        if (e == 0) {
            e = 1;
        } else {
            m |= 1ULL << 52;
        }
        u32 bit = e - 1; // the square is m · 2^(bit − 1074)
        int shift = bit & 31;
        u64* bin = bins + (bit >> 5) * SQUARE_THREADS;
        u64 low = (m & LOW) << shift;
        u64 high = (m >> 32) << shift;
        bin[0] += low & LOW;
        bin[SQUARE_THREADS] += (low >> 32) + (high & LOW);
        bin[2 * SQUARE_THREADS] += high >> 32;
    }

    static __device__ __forceinline__ void drain(u64* bins, u64* limbs) {
        for (int row = threadIdx.x; row < ROWS; row += SQUARE_THREADS) {
            u64 sum = 0;
            for (int i = 0; i < SQUARE_THREADS; i++) {
                u64* bin = bins + row * SQUARE_THREADS + ((i + threadIdx.x) & (SQUARE_THREADS - 1));
                sum += *bin;
                *bin = 0;
            }
            if (sum != 0) {
                addAt(limbs, sum, 32 * row);
            }
        }
    }
};

/** Vectors that are under way while as many are added. */
constexpr int SQUARE_BATCH = 4;

/** A whole tile of aligned numbers: the next vectors are loaded before the last ones are added. */
template <class Precision, class T>
__device__ __forceinline__ void addTile(const T* tile, u64* bins, u64& nonFinite) {
    constexpr int WIDTH = widthOf<T>();
    constexpr int STEP = SQUARE_THREADS * WIDTH;
    constexpr int BATCHES = SQUARE_ELEMENTS / (WIDTH * SQUARE_BATCH);
    const T* from = tile + threadIdx.x * WIDTH;
    Vector<T, WIDTH> next[SQUARE_BATCH];
#pragma unroll
    for (int v = 0; v < SQUARE_BATCH; v++) {
        next[v].load(from + v * STEP);
    }
#pragma unroll 1
    for (int batch = 0; batch < BATCHES; batch++) {
        Vector<T, WIDTH> values[SQUARE_BATCH];
#pragma unroll
        for (int v = 0; v < SQUARE_BATCH; v++) {
            values[v] = next[v];
        }
        if (batch + 1 < BATCHES) {
            from += SQUARE_BATCH * STEP;
#pragma unroll
            for (int v = 0; v < SQUARE_BATCH; v++) {
                next[v].load(from + v * STEP);
            }
        }
#pragma unroll
        for (int v = 0; v < SQUARE_BATCH; v++) {
#pragma unroll
            for (int i = 0; i < WIDTH; i++) {
                Precision::add(bins, real(values[v].at[i]), nonFinite);
            }
        }
    }
}

/**
 * Adds the squares of all elements to an accumulator, whose limbs are left to be normalised. Launch: min(1024, ceil(n /
 * SQUARE_TILE)) blocks of SQUARE_THREADS. Bytes: x once.
 */
template <class Precision, class T>
__device__ __forceinline__ void squareSum(const T* x, u64* accumulator, i64 n) {
    constexpr int WIDTH = widthOf<T>();
    __shared__ u64 bins[Precision::ROWS * SQUARE_THREADS];
    __shared__ u64 limbs[ACCUMULATOR];
    u64* own = bins + threadIdx.x;
    u64 nonFinite = 0;
#pragma unroll 4
    for (int row = 0; row < Precision::ROWS; row++) {
        own[row * SQUARE_THREADS] = 0;
    }
    for (int i = threadIdx.x; i < ACCUMULATOR; i += SQUARE_THREADS) {
        limbs[i] = 0;
    }
    for (i64 tile = static_cast<i64>(blockIdx.x) * SQUARE_TILE; tile < n; tile += gridDim.x * SQUARE_TILE) {
        __syncthreads(); // bins and limbs are clear
        i64 end = tile + SQUARE_TILE < n ? tile + SQUARE_TILE : n;
        if (end - tile == SQUARE_TILE && Vector<T, WIDTH>::fits(x)) {
            addTile<Precision>(x + tile, own, nonFinite);
        } else {
#pragma unroll 1
            for (i64 at = tile + threadIdx.x; at < end; at += SQUARE_THREADS) {
                Precision::add(own, real(x[at]), nonFinite);
            }
        }
        __syncthreads(); // all bins of the tile are there
        Precision::drain(bins, limbs);
    }
    if (nonFinite != 0) {
        atomicAdd(limbs + NON_FINITE, nonFinite);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < ACCUMULATOR; i += SQUARE_THREADS) {
        u64 limb = limbs[i];
        if (limb != 0 && i >= LIMBS) {
            atomicAdd(accumulator + i, limb);
        } else if (limb != 0) {
            bool last = i == LIMBS - 1;
            atomicAdd(accumulator + i, last ? limb : limb & LOW);
            if (!last && limb >> 32 != 0) {
                atomicAdd(accumulator + i + 1, limb >> 32);
            }
        }
    }
}

/** Brings every limb but the last into 0 to 2^32 − 1. */
__device__ __forceinline__ void carry(i64* limbs) {
    i64 over = 0;
    for (int i = 0; i < LIMBS - 1; i++) {
        i64 value = limbs[i] + over;
        limbs[i] = value & static_cast<i64>(LOW);
        over = value >> 32;
    }
    limbs[LIMBS - 1] += over;
}

/** Normalises an accumulator. Launch: one block of 32 threads. */
extern "C" __global__ void normalise(i64* accumulator) {
    __shared__ i64 limbs[LIMBS];
    for (int i = threadIdx.x; i < LIMBS; i += 32) {
        limbs[i] = accumulator[i];
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        carry(limbs);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < LIMBS; i += 32) {
        accumulator[i] = limbs[i];
    }
}

/** The largest r with r² ≤ high · 2^64 + low. */
__device__ __forceinline__ u64 integerRoot(u64 high, u64 low) {
    u64 root = 0;
    for (int bit = 63; bit >= 0; bit--) {
        u64 next = root | 1ULL << bit;
        u64 above = __umul64hi(next, next);
        if (above < high || (above == high && next * next <= low)) {
            root = next;
        }
    }
    return root;
}

/**
 * √(sum · 2^-1074), rounded once to the nearest f64. The upper bits of the sum, 127 or 128 of them and an even count of
 * bits below, have a root of 64 bits; whatever is left over only breaks ties.
 *
 * @param limbs normalised, with one more for what the last limb holds above 32 bits
 */
__device__ __forceinline__ f64 rootOf(const u64* limbs) {
    int top = LIMBS;
    while (top >= 0 && limbs[top] == 0) {
        top--;
    }
    if (top < 0) {
        return 0;
    }
    u64 words[3]; // the six upper limbs
    for (int i = 0; i < 3; i++) {
        int low = top - 1 - 2 * i;
        words[i] = (low + 1 >= 0 ? limbs[low + 1] << 32 : 0) | (low >= 0 ? limbs[low] : 0);
    }
    bool rest = false;
    for (int i = 0; i < top - 5; i++) {
        rest = rest || limbs[i] != 0;
    }
    int bits = 192 - __clzll(static_cast<i64>(words[0])); // 161 to 192
    int drop = (bits - 127) & ~1; // 34 to 64
    u64 high = drop == 64 ? words[0] : words[1] >> drop | words[0] << (64 - drop);
    u64 low = drop == 64 ? words[1] : words[2] >> drop | words[1] << (64 - drop);
    u64 dropped = drop == 64 ? words[2] : words[2] << (64 - drop);
    u64 root = integerRoot(high, low);
    bool inexact = rest || dropped != 0 || root * root != low || __umul64hi(root, root) != high;
    u64 kept = root >> 11;
    u64 fraction = root & 2047;
    if (fraction > 1024 || (fraction == 1024 && (inexact || (kept & 1) != 0))) {
        kept++;
    }
    int exponent = (32 * (top - 5) + drop - 1074) / 2 + 11; // √(2^even)
    return static_cast<f64>(kept) * __longlong_as_double(static_cast<i64>(1023 + exponent) << 52);
}

/** The root of an accumulator, NaN if it counted squares that are not finite. Launch: one block of 32 threads. */
template <class T>
__device__ __forceinline__ void exactNorm(const i64* accumulator, T* y) {
    __shared__ i64 limbs[LIMBS + 1];
    for (int i = threadIdx.x; i < LIMBS; i += 32) {
        limbs[i] = accumulator[i];
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        carry(limbs);
        limbs[LIMBS] = limbs[LIMBS - 1] >> 32;
        limbs[LIMBS - 1] &= static_cast<i64>(LOW);
        f64 root = rootOf(reinterpret_cast<const u64*>(limbs));
        y[0] = Element<T>::of(accumulator[NON_FINITE] == 0 ? root : static_cast<f64>(NAN));
    }
}

// ---------------------------------------------------------------------------------------------- entries

#define ENTRIES(T, Precision)                                                                                \
    extern "C" __global__ void square_sum_##T(const T* x, u64* accumulator, long long n) {                  \
        squareSum<Precision>(x, accumulator, n);                                                             \
    }                                                                                                        \
    extern "C" __global__ void exact_norm_##T(const i64* accumulator, T* y) {                               \
        exactNorm(accumulator, y);                                                                           \
    }
ENTRIES(f64, DoublePrecision)
ENTRIES(f32, SinglePrecision)
ENTRIES(bf16, SinglePrecision)
ENTRIES(f16, SinglePrecision)
