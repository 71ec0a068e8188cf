// Casts between all pairs of element types. Bytes moved: each operand once. A cast may work in place where both types have
// one size.
#include "conversions.cuh"

template <class S, class T>
struct Cast {
    __device__ __forceinline__ T operator()(S x) const {
        return To<T>::from(x);
    }
};

#define CAST(from, S, to, T)                                                        \
    extern "C" __global__ void cast_##from##_##to(const S* x, T* y, long long n) { \
        each(Cast<S, T>(), n, y, x);                                                \
    }
#define CASTS(from, S)         \
    CAST(from, S, f64, f64)    \
    CAST(from, S, f32, f32)    \
    CAST(from, S, bf16, bf16)  \
    CAST(from, S, f16, f16)    \
    CAST(from, S, i64, i64)    \
    CAST(from, S, i32, i32)    \
    CAST(from, S, u8, u8)      \
    CAST(from, S, bool, truth)
CASTS(f64, f64)
CASTS(f32, f32)
CASTS(bf16, bf16)
CASTS(f16, f16)
CASTS(i64, i64)
CASTS(i32, i32)
CASTS(u8, u8)
CASTS(bool, truth)
