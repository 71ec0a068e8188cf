// Conversions between all element types.
#pragma once
#include "loops.cuh"

/** What an integer of an array stands for: truths are 0 and 1. */
__device__ __forceinline__ i64 integer(i64 x) {
    return x;
}
__device__ __forceinline__ i64 integer(i32 x) {
    return x;
}
__device__ __forceinline__ i64 integer(u8 x) {
    return x;
}
__device__ __forceinline__ i64 integer(truth x) {
    return x.bits != 0;
}

/** Rounded towards zero, at most and at least what an i64 holds; NaN becomes 0. */
template <class R>
__device__ __forceinline__ i64 truncated(R x) {
    if (x != x) {
        return 0;
    }
    if (x >= R(9223372036854775808.0)) {
        return 0x7fffffffffffffffLL;
    }
    return x < R(-9223372036854775808.0) ? -0x7fffffffffffffffLL - 1 : static_cast<i64>(x);
}

__device__ __forceinline__ i64 clamped(i64 x, i64 least, i64 most) {
    return x < least ? least : x > most ? most : x;
}

/**
 * To<T>::from(x) converts any element: floating to integer truncates and saturates, NaN becomes 0; integer to integer
 * keeps the low bits; to a truth asks whether the value differs from 0; to floating rounds to nearest even.
 */
template <class T>
struct To {
    template <class S>
    static __device__ __forceinline__ T from(S x) {
        return floating(real(x));
    }
    static __device__ __forceinline__ T from(i64 x) {
        return whole(x);
    }
    static __device__ __forceinline__ T from(i32 x) {
        return whole(x);
    }
    static __device__ __forceinline__ T from(u8 x) {
        return whole(x);
    }
    static __device__ __forceinline__ T from(truth x) {
        return whole(integer(x));
    }

   private:
    template <class R>
    static __device__ __forceinline__ T floating(R x) {
        return Element<T>::of(x);
    }
    static __device__ __forceinline__ T whole(i64 x) {
        return Element<T>::of(static_cast<f64>(x));
    }
};
template <>
__device__ __forceinline__ f32 To<f32>::whole(i64 x) {
    return static_cast<f32>(x);
}
template <>
template <class R>
__device__ __forceinline__ i64 To<i64>::floating(R x) {
    return truncated(x);
}
template <>
__device__ __forceinline__ i64 To<i64>::whole(i64 x) {
    return x;
}
template <>
template <class R>
__device__ __forceinline__ i32 To<i32>::floating(R x) {
    return static_cast<i32>(clamped(truncated(x), -2147483648LL, 2147483647LL));
}
template <>
__device__ __forceinline__ i32 To<i32>::whole(i64 x) {
    return static_cast<i32>(x);
}
template <>
template <class R>
__device__ __forceinline__ u8 To<u8>::floating(R x) {
    return static_cast<u8>(clamped(truncated(x), 0, 255));
}
template <>
__device__ __forceinline__ u8 To<u8>::whole(i64 x) {
    return static_cast<u8>(x);
}
template <>
template <class R>
__device__ __forceinline__ truth To<truth>::floating(R x) {
    return truth{static_cast<u8>(x != R(0))};
}
template <>
__device__ __forceinline__ truth To<truth>::whole(i64 x) {
    return truth{static_cast<u8>(x != 0)};
}
