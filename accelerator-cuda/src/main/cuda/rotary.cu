// Rotary positions: x [rows, heads * 2 * half], table [tableRows, 2 * half] of cosines, then sines; row r of x takes row
// r mod tableRows. In the first `turned` heads the pair (i, i + half) is turned, the others are copied.
//
// A block per row of x, a thread for each 16 bytes of a head's left half and those of its right half. Bytes moved: x read
// and written once; the table comes from cache. y may lie on x.
#include "rows.cuh"

template <class T, class S>
__device__ __forceinline__ void rotate(
        const T* x, const S* table, T* y, i64 tableRows, i64 heads, i64 turned, i64 half, f64 sign) {
    typedef Real<T> R;
    constexpr int N = Lanes<T>::count;
    i64 row = blockIdx.x;
    const S* cosines = table + row % tableRows * 2 * half;
    const S* sines = cosines + half;
    int vectors = static_cast<int>((half + N - 1) / N);
    int count = vectors * static_cast<int>(heads);
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
        int head = i / vectors;
        i64 first = static_cast<i64>(i - head * vectors) * N;
        i64 at = (row * heads + head) * 2 * half;
        Vector<T> left = loadVector(x + at, first, half);
        Vector<T> right = loadVector(x + at + half, first, half);
        if (head < turned) {
#pragma unroll
            for (int e = 0; e < N; e++) {
                bool inside = first + e < half;
                R c = inside ? static_cast<R>(load(cosines, first + e)) : R(0);
                R s = inside ? static_cast<R>(sign) * static_cast<R>(load(sines, first + e)) : R(0);
                R a = real(left.at[e]);
                R b = real(right.at[e]);
                left.at[e] = Element<T>::of(a * c - b * s);
                right.at[e] = Element<T>::of(b * c + a * s);
            }
        }
        storeVector(y + at, first, half, left);
        storeVector(y + at + half, first, half, right);
    }
}

#define ROTARY(NAME, T, S)                                                                                     \
    extern "C" __global__ void __launch_bounds__(256) rotary_##NAME(                                           \
            const T* x, const S* table, T* y, i64 tableRows, i64 heads, i64 turned, i64 half, f64 sign) {      \
        rotate<T, S>(x, table, y, tableRows, heads, turned, half, sign);                                       \
    }

ROTARY(f64, f64, f64)
ROTARY(f32, f32, f32)
ROTARY(bf16, bf16, bf16)
ROTARY(f16, f16, f16)
ROTARY(bf16_f32, bf16, f32)
ROTARY(f16_f32, f16, f32)
