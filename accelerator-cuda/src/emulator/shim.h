// CUDA C for g++: what kernels may use of it, in C++. Put in front of a .cu file (g++ -x c++ -include shim.h).
//
// What is missing here does not exist for our kernels: add it with the results that CUDA documents, or do without.
// Left out on purpose: atomics on floating numbers, fast approximations (__expf), __activemask.
#pragma once

#include <math.h> // with the overloads for float
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <type_traits>

#include "block.h"

#define __global__
#define __device__
#define __host__
#define __constant__ static const
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __restrict__ __restrict
// One block at a time on a thread of the emulator, so shared memory is that thread's.
#define __shared__ static __thread

#define threadIdx (javelinThread->index)
#define blockIdx (javelinThread->block)
#define blockDim (javelinThread->blockSize)
#define gridDim (javelinThread->gridSize)
static constexpr int warpSize = 32;

inline void* javelinDynamicShared() {
    return javelinThread->dynamicShared;
}

// ---------------------------------------------------------------------------------------------- vector types

struct __align__(8) float2 { float x, y; };
struct __align__(16) float4 { float x, y, z, w; };
struct __align__(16) double2 { double x, y; };
struct __align__(8) int2 { int x, y; };
struct __align__(16) int4 { int x, y, z, w; };
struct __align__(8) uint2 { unsigned x, y; };
struct __align__(16) uint4 { unsigned x, y, z, w; };
struct __align__(16) longlong2 { long long x, y; };
struct __align__(16) ulonglong2 { unsigned long long x, y; };
struct __align__(4) ushort2 { unsigned short x, y; };
struct __align__(8) ushort4 { unsigned short x, y, z, w; };
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline ushort4 make_ushort4(unsigned short x, unsigned short y, unsigned short z, unsigned short w) { return {x, y, z, w}; }

// ---------------------------------------------------------------------------------------------- bits

template <class To, class From>
inline To javelinBits(From from) {
    static_assert(sizeof(To) == sizeof(From), "same width");
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}
inline float __uint_as_float(unsigned x) { return javelinBits<float>(x); }
inline unsigned __float_as_uint(float x) { return javelinBits<unsigned>(x); }
inline float __int_as_float(int x) { return javelinBits<float>(x); }
inline int __float_as_int(float x) { return javelinBits<int>(x); }
inline long long __double_as_longlong(double x) { return javelinBits<long long>(x); }
inline double __longlong_as_double(long long x) { return javelinBits<double>(x); }
inline int __double2hiint(double x) { return static_cast<int>(javelinBits<unsigned long long>(x) >> 32); }
inline int __double2loint(double x) { return static_cast<int>(javelinBits<unsigned long long>(x)); }
inline double __hiloint2double(int hi, int lo) {
    return javelinBits<double>((static_cast<unsigned long long>(static_cast<unsigned>(hi)) << 32) | static_cast<unsigned>(lo));
}
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(static_cast<unsigned>(x)); }
inline int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(x)); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline unsigned __umulhi(unsigned a, unsigned b) {
    return static_cast<unsigned>((static_cast<unsigned long long>(a) * b) >> 32);
}
inline int __mulhi(int a, int b) { return static_cast<int>((static_cast<long long>(a) * b) >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return static_cast<unsigned long long>((static_cast<unsigned __int128>(a) * b) >> 64);
}
inline long long __mul64hi(long long a, long long b) {
    return static_cast<long long>((static_cast<__int128>(a) * b) >> 64);
}
inline unsigned __funnelshift_l(unsigned lo, unsigned hi, unsigned by) {
    return static_cast<unsigned>((((static_cast<unsigned long long>(hi) << 32) | lo) << (by & 31)) >> 32);
}
inline unsigned __funnelshift_r(unsigned lo, unsigned hi, unsigned by) {
    return static_cast<unsigned>(((static_cast<unsigned long long>(hi) << 32) | lo) >> (by & 31));
}
inline unsigned __byte_perm(unsigned a, unsigned b, unsigned select) {
    unsigned long long bytes = (static_cast<unsigned long long>(b) << 32) | a;
    unsigned result = 0;
    for (int i = 0; i < 4; i++) {
        result |= static_cast<unsigned>((bytes >> (8 * ((select >> (4 * i)) & 7))) & 255) << (8 * i);
    }
    return result;
}

// ---------------------------------------------------------------------------------------------- arithmetic

inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double __fma_rn(double a, double b, double c) { return __builtin_fma(a, b, c); }
// Never contracted to fused multiply-adds, on the GPU by definition and here by -ffp-contract=off.
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __fsqrt_rn(float a) { return __builtin_sqrtf(a); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double a) { return __builtin_sqrt(a); }
inline float __double2float_rn(double a) { return static_cast<float>(a); }
inline float __ll2float_rn(long long a) { return static_cast<float>(a); }
inline float __int2float_rn(int a) { return static_cast<float>(a); }
inline float __uint2float_rn(unsigned a) { return static_cast<float>(a); }
inline double __ll2double_rn(long long a) { return static_cast<double>(a); }
inline float rsqrtf(float x) { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(x))); }
inline double rsqrt(double x) { return 1.0 / std::sqrt(x); }
inline float normcdff(float x) { return static_cast<float>(0.5 * std::erfc(-static_cast<double>(x) * 0.70710678118654752440)); }
inline double normcdf(double x) { return 0.5 * std::erfc(-x * 0.70710678118654752440); }
inline float __saturatef(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }
using std::isfinite;
using std::isinf;
using std::isnan;
using std::signbit;

#define JAVELIN_MIN_MAX(T)                                      \
    inline constexpr T min(T a, T b) { return b < a ? b : a; } \
    inline constexpr T max(T a, T b) { return a < b ? b : a; }
JAVELIN_MIN_MAX(int)
JAVELIN_MIN_MAX(unsigned)
JAVELIN_MIN_MAX(long)
JAVELIN_MIN_MAX(unsigned long)
JAVELIN_MIN_MAX(long long)
JAVELIN_MIN_MAX(unsigned long long)
#undef JAVELIN_MIN_MAX
// As on the GPU, of a number and a NaN these give the number.
inline float min(float a, float b) { return __builtin_fminf(a, b); }
inline float max(float a, float b) { return __builtin_fmaxf(a, b); }
inline double min(double a, double b) { return __builtin_fmin(a, b); }
inline double max(double a, double b) { return __builtin_fmax(a, b); }
inline long long min(int a, long long b) { return min(static_cast<long long>(a), b); }
inline long long min(long long a, int b) { return min(a, static_cast<long long>(b)); }
inline long long max(int a, long long b) { return max(static_cast<long long>(a), b); }
inline long long max(long long a, int b) { return max(a, static_cast<long long>(b)); }

template <class T>
inline T __ldg(const T* from) { return *from; }
template <class T>
inline T __ldcs(const T* from) { return *from; }
template <class T>
inline T __ldcg(const T* from) { return *from; }
template <class T>
inline void __stcs(T* to, T value) { *to = value; }

// ---------------------------------------------------------------------------------------------- barriers

#define __syncthreads() javelinBlockBarrier(0, __LINE__)
#define __syncthreads_count(predicate) javelinBlockBarrier((predicate) ? 1 : 0, __LINE__)
#define __syncthreads_or(predicate) (javelinBlockBarrier((predicate) ? 1 : 0, __LINE__) > 0)
#define __syncthreads_and(predicate) (javelinBlockBarrier((predicate) ? 0 : 1, __LINE__) == 0)
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

static inline void javelinNothing(unsigned, void**) {}
inline void __syncwarp(unsigned mask = 0xffffffffu) { javelinWarp(mask, nullptr, javelinNothing, "__syncwarp"); }

// ---------------------------------------------------------------------------------------------- warps

template <class V>
struct JavelinShuffle {
    V value;
    int source;
    V result;
};

// The last lane to arrive gives every lane its value; a lane that does not take part has none to give.
template <class V>
inline void javelinShuffle(unsigned mask, void** lanes) {
    for (int lane = 0; lane < 32; lane++) {
        if ((mask >> lane) & 1) {
            JavelinShuffle<V>* to = static_cast<JavelinShuffle<V>*>(lanes[lane]);
            if ((mask >> to->source) & 1) {
                to->result = static_cast<JavelinShuffle<V>*>(lanes[to->source])->value;
            } else {
                memset(&to->result, 0xff, sizeof to->result);
            }
        }
    }
}
template <class V>
inline V javelinShuffled(unsigned mask, V value, int source) {
    static_assert(std::is_arithmetic<V>::value && (sizeof(V) == 4 || sizeof(V) == 8), "CUDA shuffles 4 or 8 bytes");
    JavelinShuffle<V> mine = {value, source, value};
    javelinWarp(mask, &mine, javelinShuffle<V>, "a shuffle");
    return mine.result;
}
template <class V>
inline V __shfl_sync(unsigned mask, V value, int lane, int width = 32) {
    return javelinShuffled(mask, value, (javelinLane() & ~(width - 1)) | (lane & (width - 1)));
}
template <class V>
inline V __shfl_xor_sync(unsigned mask, V value, int bits, int width = 32) {
    int lane = javelinLane();
    int source = lane ^ bits;
    return javelinShuffled(mask, value, source < (lane & ~(width - 1)) + width && source < 32 ? source : lane);
}
template <class V>
inline V __shfl_up_sync(unsigned mask, V value, unsigned by, int width = 32) {
    int lane = javelinLane();
    int source = lane - static_cast<int>(by);
    return javelinShuffled(mask, value, source >= (lane & ~(width - 1)) ? source : lane);
}
template <class V>
inline V __shfl_down_sync(unsigned mask, V value, unsigned by, int width = 32) {
    int lane = javelinLane();
    int source = lane + static_cast<int>(by);
    return javelinShuffled(mask, value, source < (lane & ~(width - 1)) + width ? source : lane);
}

struct JavelinVote {
    unsigned value;
    unsigned result;
};
template <class Join>
inline unsigned javelinVoted(unsigned mask, unsigned value, void (*join)(unsigned, void**), const char* what) {
    JavelinVote mine = {value, 0};
    javelinWarp(mask, &mine, join, what);
    return mine.result;
}
inline void javelinSpread(unsigned mask, void** lanes, unsigned result) {
    for (int lane = 0; lane < 32; lane++) {
        if ((mask >> lane) & 1) {
            static_cast<JavelinVote*>(lanes[lane])->result = result;
        }
    }
}
inline void javelinBallot(unsigned mask, void** lanes) {
    unsigned bits = 0;
    for (int lane = 0; lane < 32; lane++) {
        if (((mask >> lane) & 1) && static_cast<JavelinVote*>(lanes[lane])->value) {
            bits |= 1u << lane;
        }
    }
    javelinSpread(mask, lanes, bits);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
    JavelinVote mine = {predicate ? 1u : 0u, 0};
    javelinWarp(mask, &mine, javelinBallot, "a vote");
    return mine.result;
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) == mask; }

// ---------------------------------------------------------------------------------------------- atomics on integers

#define JAVELIN_ATOMICS(T)                                                                                      \
    inline T atomicAdd(T* at, T value) { return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST); }            \
    inline T atomicExch(T* at, T value) { return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST); }          \
    inline T atomicAnd(T* at, T value) { return __atomic_fetch_and(at, value, __ATOMIC_SEQ_CST); }            \
    inline T atomicOr(T* at, T value) { return __atomic_fetch_or(at, value, __ATOMIC_SEQ_CST); }              \
    inline T atomicXor(T* at, T value) { return __atomic_fetch_xor(at, value, __ATOMIC_SEQ_CST); }            \
    inline T atomicCAS(T* at, T compare, T value) {                                                             \
        __atomic_compare_exchange_n(at, &compare, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);            \
        return compare;                                                                                         \
    }                                                                                                           \
    inline T atomicMax(T* at, T value) {                                                                        \
        T old = *at;                                                                                            \
        while (old < value && !__atomic_compare_exchange_n(at, &old, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) { \
        }                                                                                                       \
        return old;                                                                                             \
    }                                                                                                           \
    inline T atomicMin(T* at, T value) {                                                                        \
        T old = *at;                                                                                            \
        while (value < old && !__atomic_compare_exchange_n(at, &old, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) { \
        }                                                                                                       \
        return old;                                                                                             \
    }
JAVELIN_ATOMICS(int)
JAVELIN_ATOMICS(unsigned)
JAVELIN_ATOMICS(unsigned long long)
#undef JAVELIN_ATOMICS
