// Arrays that are computed from nothing: constants and indexes, in all element types. Bytes moved: those of the result.
#include "conversions.cuh"

/** y[i] = i / inner mod extent. Launch: ceil(n / LOOP_THREADS) blocks. */
template <class T>
__device__ __forceinline__ void iota(T* y, i64 n, i64 inner, i64 extent) {
    i64 i = globalThread();
    if (i < n) {
        y[i] = To<T>::from(i / inner % extent);
    }
}

/**
 * y[i] = value, converted once. Threads write 16 bytes each, and two of them what lies before the first and behind the
 * last 16 bytes. Launch: ceil((n · bytes / 16 + 2) / LOOP_THREADS) blocks. Bytes: those of y.
 */
template <class T>
__device__ __forceinline__ void fill(T* to, i64 n, f64 value) {
    T element = To<T>::from(value);
    u64 pattern = 0;
    for (int i = 0; i < static_cast<int>(sizeof(T)); i++) {
        pattern |= static_cast<u64>(reinterpret_cast<const u8*>(&element)[i]) << 8 * i;
    }
    for (int size = sizeof(T); size < 8; size *= 2) {
        pattern |= pattern << 8 * size;
    }
    u8* y = reinterpret_cast<u8*>(to);
    i64 bytes = n * static_cast<i64>(sizeof(T));
    i64 head = (16 - static_cast<i64>(reinterpret_cast<u64>(y) & 15)) & 15;
    if (head > bytes) {
        head = bytes;
    }
    i64 middle = (bytes - head) / 16;
    i64 thread = globalThread();
    if (thread < middle) {
        int turn = static_cast<int>(head & 7) * 8;
        u64 turned = turn == 0 ? pattern : pattern >> turn | pattern << (64 - turn);
        Vector<u64, 2> pair;
        pair.at[0] = turned;
        pair.at[1] = turned;
        pair.store(reinterpret_cast<u64*>(y + head + thread * 16));
    } else if (thread < middle + 2) {
        i64 at = thread == middle ? 0 : head + middle * 16;
        i64 end = thread == middle ? head : bytes;
#pragma unroll 1
        for (; at < end; at++) {
            y[at] = static_cast<u8>(pattern >> (at & 7) * 8);
        }
    }
}

#define ENTRIES(to, T)                                                                             \
    extern "C" __global__ void fill_##to(T* y, long long n, double value) {                       \
        fill(y, n, value);                                                                         \
    }                                                                                              \
    extern "C" __global__ void iota_##to(T* y, long long n, long long inner, long long extent) { \
        iota(y, n, inner, extent);                                                                 \
    }
ENTRIES(f64, f64)
ENTRIES(f32, f32)
ENTRIES(bf16, bf16)
ENTRIES(f16, f16)
ENTRIES(i64, i64)
ENTRIES(i32, i32)
ENTRIES(u8, u8)
ENTRIES(bool, truth)
