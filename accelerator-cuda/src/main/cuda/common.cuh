// What all kernels share: element types, loads and stores, sums in a fixed order, walks over strided arrays.
//
// Compiled by nvcc for the GPU and, with the emulator's shim.h in front, by g++ for the emulated driver. A function
// whose body is PTX has a twin in C++ that gives the same bits.
//
// Rules for kernels: every parameter is 8 bytes wide (a pointer, a long long, a double) or one struct of such fields;
// indexes are long long; sums follow an order that the shape alone fixes; blocks are whole warps (a multiple of 32
// threads, along x); no atomics on floating numbers.
#pragma once

#ifdef __CUDA_ARCH__
#define JAVELIN_ON_DEVICE 1
#else
#define JAVELIN_ON_DEVICE 0
#endif

// ---------------------------------------------------------------------------------------------- element types

typedef long long i64;
typedef unsigned long long u64;
typedef int i32;
typedef unsigned int u32;
typedef unsigned char u8;
typedef double f64;
typedef float f32;

/** The upper half of a float. */
struct bf16 {
    unsigned short bits;
};

/** IEEE 754 binary16. */
struct f16 {
    unsigned short bits;
};

/** JAVELIN_FLOATS(M) writes M(f64) M(f32) M(bf16) M(f16): one entry point for each floating type. */
#define JAVELIN_FLOATS(M) M(f64) M(f32) M(bf16) M(f16)

/** The type in which elements of type T are computed with: f64 for f64, f32 for f32, bf16 and f16. */
template <class T>
struct Arithmetic {
    typedef f32 type;
};
template <>
struct Arithmetic<f64> {
    typedef f64 type;
};
template <class T>
using Real = typename Arithmetic<T>::type;

/** The wider of two arithmetic types: f64 if either is. */
template <class A, class B>
struct Wider {
    typedef A type;
};
template <>
struct Wider<f32, f64> {
    typedef f64 type;
};

// ---------------------------------------------------------------------------------------------- 16-bit numbers

__device__ __forceinline__ f32 widen(bf16 x) {
    return __uint_as_float(static_cast<u32>(x.bits) << 16);
}

__device__ __forceinline__ f32 widen(f16 x) {
#if JAVELIN_ON_DEVICE
    f32 y;
    asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
    return y;
#else
    u32 sign = static_cast<u32>(x.bits & 0x8000) << 16;
    u32 exponent = (x.bits >> 10) & 31;
    u32 fraction = x.bits & 0x3ff;
    if (exponent == 31) {
        return __uint_as_float(sign | 0x7f800000 | (fraction << 13) | (fraction ? 0x400000 : 0));
    }
    if (exponent == 0) {
        f32 tiny = static_cast<f32>(fraction) * 0x1p-24f;
        return sign ? -tiny : tiny;
    }
    return __uint_as_float(sign | ((exponent + 112) << 23) | (fraction << 13));
#endif
}

/** To the nearest, of two to the even one. Any NaN becomes 0x7fff. */
__device__ __forceinline__ bf16 narrowB(f32 x) {
    bf16 y;
#if JAVELIN_ON_DEVICE
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
#else
    u32 bits = __float_as_uint(x);
    y.bits = x != x ? 0x7fff : static_cast<unsigned short>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
#endif
    return y;
}

/** To the nearest, of two to the even one. Any NaN becomes 0x7fff. */
__device__ __forceinline__ f16 narrowH(f32 x) {
    f16 y;
#if JAVELIN_ON_DEVICE
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
#else
    u32 bits = __float_as_uint(x);
    u32 sign = (bits >> 16) & 0x8000;
    u32 magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
        y.bits = 0x7fff;
    } else if (magnitude >= 0x477ff000) { // 65520 and more round to infinity
        y.bits = static_cast<unsigned short>(sign | 0x7c00);
    } else if (magnitude < 0x38800000) { // below 2^-14: subnormal; adding 0.5 lets the addition round
        u32 rounded = __float_as_uint(__uint_as_float(magnitude) + 0.5f) - 0x3f000000;
        y.bits = static_cast<unsigned short>(sign | rounded);
    } else {
        u32 rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1);
        y.bits = static_cast<unsigned short>(sign | (rounded >> 13));
    }
#endif
    return y;
}

/**
 * The float next to a number on the side of zero, its last bit set if anything was lost: rounding it to 16 bits rounds
 * as if from the number itself (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms
 * using rounding to odd", theorem 1).
 */
__device__ __forceinline__ f32 toOdd(f64 x) {
    f32 near = static_cast<f32>(x);
    if (static_cast<f64>(near) == x || x != x) {
        return near;
    }
    u32 bits = __float_as_uint(near);
    u32 below = fabs(static_cast<f64>(near)) > fabs(x) ? bits - 1 : bits;
    return __uint_as_float(below | 1);
}

// ---------------------------------------------------------------------------------------------- loads and stores

/** An element as the type that it is computed in. */
__device__ __forceinline__ f64 real(f64 x) {
    return x;
}
__device__ __forceinline__ f32 real(f32 x) {
    return x;
}
__device__ __forceinline__ f32 real(bf16 x) {
    return widen(x);
}
__device__ __forceinline__ f32 real(f16 x) {
    return widen(x);
}

/** element<T>(x): a number as an element of type T, rounded once. */
template <class T>
struct Element;
template <>
struct Element<f64> {
    static __device__ __forceinline__ f64 of(f64 x) {
        return x;
    }
};
template <>
struct Element<f32> {
    static __device__ __forceinline__ f32 of(f32 x) {
        return x;
    }
    static __device__ __forceinline__ f32 of(f64 x) {
        return static_cast<f32>(x);
    }
};
template <>
struct Element<bf16> {
    static __device__ __forceinline__ bf16 of(f32 x) {
        return narrowB(x);
    }
    static __device__ __forceinline__ bf16 of(f64 x) {
        return narrowB(toOdd(x));
    }
};
template <>
struct Element<f16> {
    static __device__ __forceinline__ f16 of(f32 x) {
        return narrowH(x);
    }
    static __device__ __forceinline__ f16 of(f64 x) {
        return narrowH(toOdd(x));
    }
};

template <class T>
__device__ __forceinline__ Real<T> load(const T* from, i64 index) {
    return real(from[index]);
}

template <class T, class V>
__device__ __forceinline__ void store(T* to, i64 index, V value) {
    to[index] = Element<T>::of(value);
}

// ---------------------------------------------------------------------------------------------- threads

/** This thread's number over the whole grid, along x. */
__device__ __forceinline__ i64 globalThread() {
    return static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x;
}

/** Threads of the whole grid, along x. */
__device__ __forceinline__ i64 globalThreads() {
    return static_cast<i64>(gridDim.x) * blockDim.x;
}

/** for (JAVELIN_EACH(i, n)) { ... }: this thread's share of 0 .. n - 1, neighbours side by side; grids may be smaller than n. */
#define JAVELIN_EACH(i, n) i64 i = globalThread(), i##Step = globalThreads(); i < (n); i += i##Step

// Dynamic shared memory: JAVELIN_DYNAMIC_SHARED(float, tile) declares `float* tile`, 16-byte aligned, once per kernel.
#if defined(__CUDACC__)
#define JAVELIN_DYNAMIC_SHARED(type, name)                               \
    extern __shared__ __align__(16) unsigned char javelinDynamicShared[]; \
    type* name = reinterpret_cast<type*>(javelinDynamicShared)
#else
#define JAVELIN_DYNAMIC_SHARED(type, name) type* name = static_cast<type*>(javelinDynamicShared())
#endif

// ---------------------------------------------------------------------------------------------- sums in a fixed order

#define JAVELIN_ALL_LANES 0xffffffffu

/** Sum over the 32 lanes of a warp, in every lane: neighbours at distance 16 first, then 8, 4, 2, 1. */
template <class V>
__device__ __forceinline__ V warpSum(V value) {
    for (int distance = 16; distance > 0; distance >>= 1) {
        value += __shfl_xor_sync(JAVELIN_ALL_LANES, value, distance);
    }
    return value;
}

/** Greatest over the lanes of a warp, in every lane; a NaN in any lane gives NaN. */
template <class V>
__device__ __forceinline__ V warpMax(V value) {
    for (int distance = 16; distance > 0; distance >>= 1) {
        V other = __shfl_xor_sync(JAVELIN_ALL_LANES, value, distance);
        value = other > value || other != other ? other : value;
    }
    return value;
}

/** Sum over the threads of a block along x, in every thread: by warps, then over the warps. Holds two barriers. */
template <class V>
__device__ __forceinline__ V blockSum(V value) {
    __shared__ V parts[32];
    int lane = threadIdx.x & 31;
    value = warpSum(value);
    __syncthreads(); // an earlier call's parts may still be read
    if (lane == 0) {
        parts[threadIdx.x >> 5] = value;
    }
    __syncthreads();
    return warpSum(lane < static_cast<int>(blockDim.x >> 5) ? parts[lane] : V(0));
}

/** Greatest over the threads of a block along x, in every thread; a NaN anywhere gives NaN. Holds two barriers. */
template <class V>
__device__ __forceinline__ V blockMax(V value) {
    __shared__ V parts[32];
    int lane = threadIdx.x & 31;
    value = warpMax(value);
    __syncthreads();
    if (lane == 0) {
        parts[threadIdx.x >> 5] = value;
    }
    __syncthreads();
    return warpMax(parts[lane < static_cast<int>(blockDim.x >> 5) ? lane : 0]);
}

// ---------------------------------------------------------------------------------------------- strided arrays

/**
 * A contiguous array of up to 8 dims beside OPERANDS arrays that are walked with strides of their own (0 = repeated).
 * Java writes 1 + 8 + 8 * OPERANDS longs: rank, the extents, then the strides of each operand, all in elements.
 */
template <int OPERANDS>
struct Walk {
    i64 rank;
    i64 size[8];
    i64 stride[OPERANDS][8];

    /** Offset of element `index` of the contiguous array in an operand. */
    __device__ __forceinline__ i64 offset(int operand, i64 index) const {
        i64 at = 0;
        for (int dim = static_cast<int>(rank) - 1; dim > 0; dim--) {
            i64 rest = index / size[dim];
            at += (index - rest * size[dim]) * stride[operand][dim];
            index = rest;
        }
        return rank > 0 ? at + index * stride[operand][0] : 0;
    }

    /** Offsets of element `index` in all operands at once. */
    __device__ __forceinline__ void offsets(i64 index, i64 (&at)[OPERANDS]) const {
        for (int operand = 0; operand < OPERANDS; operand++) {
            at[operand] = 0;
        }
        for (int dim = static_cast<int>(rank) - 1; dim >= 0; dim--) {
            i64 rest = dim > 0 ? index / size[dim] : 0;
            i64 digit = index - rest * size[dim];
            for (int operand = 0; operand < OPERANDS; operand++) {
                at[operand] += digit * stride[operand][dim];
            }
            index = rest;
        }
    }
};
