// Products of small tiles by a warp on the tensor cores, and what feeds them: 16-bit fragments out of shared memory, and
// copies into it that run beside the arithmetic. Each function that is PTX has a twin in C++.
//
// The instruction is mma.m16n8k16 (PTX ISA, "Matrix fragments for mma.m16n8k16"): lane l of a warp, with g = l / 4 and
// t = l % 4, holds of
//   a [16 rows, 16 k]:    a[0] (g, 2t..2t+1)  a[1] (g + 8, 2t..)  a[2] (g, 2t + 8..)  a[3] (g + 8, 2t + 8..)
//   b [16 k, 8 columns]:  b[0] (2t..2t+1, g)  b[1] (2t + 8.., g)
//   c [16 rows, 8 columns], f32:  c[0] (g, 2t)  c[1] (g, 2t + 1)  c[2] (g + 8, 2t)  c[3] (g + 8, 2t + 1)
// Two neighbouring tiles of c, narrowed, are thus the fragment a of a next product: see pair().
#pragma once

#include "common.cuh"

/** Two numbers as neighbouring 16-bit elements; the first has the lower address. */
template <class T>
__device__ __forceinline__ u32 pair(f32 first, f32 second);
template <>
__device__ __forceinline__ u32 pair<bf16>(f32 first, f32 second) {
#if JAVELIN_ON_DEVICE
    u32 both;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
    return both;
#else
    return narrowB(first).bits | static_cast<u32>(narrowB(second).bits) << 16;
#endif
}
template <>
__device__ __forceinline__ u32 pair<f16>(f32 first, f32 second) {
#if JAVELIN_ON_DEVICE
    u32 both;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
    return both;
#else
    return narrowH(first).bits | static_cast<u32>(narrowH(second).bits) << 16;
#endif
}

#if !JAVELIN_ON_DEVICE
/** What a lane brings to a product. */
struct ProductLane {
    f32* c;
    const u32* a;
    const u32* b;
};

template <class T>
inline f32 fragmentElement(const u32* registers, int index) {
    T element;
    element.bits = static_cast<unsigned short>(registers[index / 2] >> (16 * (index & 1)));
    return widen(element);
}

/** The last lane of a warp to arrive multiplies for all. */
template <class T>
inline void multiplyWarp(unsigned, void** lanes) {
    f32 a[16][16];
    f32 b[16][8];
    for (int l = 0; l < 32; l++) {
        const ProductLane* lane = static_cast<const ProductLane*>(lanes[l]);
        int g = l / 4;
        int t = l % 4;
        for (int i = 0; i < 8; i++) {
            a[g + 8 * ((i / 2) & 1)][2 * t + (i & 1) + 8 * (i / 4)] = fragmentElement<T>(lane->a, i);
        }
        for (int i = 0; i < 4; i++) {
            b[2 * t + (i & 1) + 8 * (i / 2)][g] = fragmentElement<T>(lane->b, i);
        }
    }
    for (int l = 0; l < 32; l++) {
        ProductLane* lane = static_cast<ProductLane*>(lanes[l]);
        for (int i = 0; i < 4; i++) {
            int row = l / 4 + 8 * (i / 2);
            int column = 2 * (l % 4) + (i & 1);
            f32 sum = 0;
            for (int k = 0; k < 16; k++) {
                sum += a[row][k] * b[k][column];
            }
            lane->c[i] += sum;
        }
    }
}
#endif

/** c += a b, for the whole warp. */
template <class T>
__device__ __forceinline__ void multiplyAdd(f32 (&c)[4], const u32 (&a)[4], const u32 (&b)[2]);

#if JAVELIN_ON_DEVICE
#define JAVELIN_MMA(T, NAME)                                                                                            \
    template <>                                                                                                         \
    __device__ __forceinline__ void multiplyAdd<T>(f32(&c)[4], const u32(&a)[4], const u32(&b)[2]) {                    \
        asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." NAME "." NAME ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, " \
            "{%8, %9}, {%0, %1, %2, %3};"                                                                               \
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])                                                            \
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));                                        \
    }
#else
#define JAVELIN_MMA(T, NAME)                                                                                      \
    template <>                                                                                                   \
    __device__ __forceinline__ void multiplyAdd<T>(f32(&c)[4], const u32(&a)[4], const u32(&b)[2]) {              \
        ProductLane mine = {c, a, b};                                                                             \
        javelinWarp(JAVELIN_ALL_LANES, &mine, multiplyWarp<T>, "a product of tiles");                             \
    }
#endif
JAVELIN_MMA(bf16, "bf16")
JAVELIN_MMA(f16, "f16")
#undef JAVELIN_MMA

// Fragments out of a tile in shared memory, row-major with `stride` elements from row to row. Rows begin at multiples of
// 16 bytes; a stride of 8 elements more than a multiple of 64 spreads them over the banks.

#if JAVELIN_ON_DEVICE
template <class T>
__device__ __forceinline__ u32 sharedAddress(const T* at) {
    return static_cast<u32>(__cvta_generic_to_shared(at));
}
#else
/** Two neighbouring elements. */
template <class T>
inline u32 both(const T* first, i64 step) {
    return first[0].bits | static_cast<u32>(first[step].bits) << 16;
}
#endif

/** The fragment a of rows row .. row + 15 and columns k .. k + 15 of a tile. */
template <class T>
__device__ __forceinline__ void fragmentA(u32 (&a)[4], const T* tile, int stride, int row, int k) {
    int lane = threadIdx.x & 31;
#if JAVELIN_ON_DEVICE
    u32 from = sharedAddress(tile + (row + (lane & 15)) * stride + k + (lane >> 4) * 8);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
                 : "r"(from)
                 : "memory");
#else
    for (int i = 0; i < 4; i++) {
        a[i] = both(tile + (row + lane / 4 + 8 * (i & 1)) * stride + k + 2 * (lane % 4) + 8 * (i / 2), 1);
    }
#endif
}

/** The fragments b of columns n .. n + 15 (two tiles of 8) and depths k .. k + 15 of the tile's transpose: row n is column n. */
template <class T>
__device__ __forceinline__ void fragmentsOfRows(u32 (&b)[2][2], const T* tile, int stride, int n, int k) {
    int lane = threadIdx.x & 31;
#if JAVELIN_ON_DEVICE
    u32 from = sharedAddress(tile + (n + (lane >> 4) * 8 + (lane & 7)) * stride + k + ((lane >> 3) & 1) * 8);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(b[0][0]), "=r"(b[0][1]), "=r"(b[1][0]), "=r"(b[1][1])
                 : "r"(from)
                 : "memory");
#else
    for (int i = 0; i < 4; i++) {
        b[i / 2][i & 1] = both(tile + (n + 8 * (i / 2) + lane / 4) * stride + k + 2 * (lane % 4) + 8 * (i & 1), 1);
    }
#endif
}

/** The fragments b of depths k .. k + 15 (rows of the tile) and columns n .. n + 15 (two tiles of 8) of a tile. */
template <class T>
__device__ __forceinline__ void fragmentsOfColumns(u32 (&b)[2][2], const T* tile, int stride, int k, int n) {
    int lane = threadIdx.x & 31;
#if JAVELIN_ON_DEVICE
    u32 from = sharedAddress(tile + (k + ((lane >> 3) & 1) * 8 + (lane & 7)) * stride + n + (lane >> 4) * 8);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(b[0][0]), "=r"(b[0][1]), "=r"(b[1][0]), "=r"(b[1][1])
                 : "r"(from)
                 : "memory");
#else
    for (int i = 0; i < 4; i++) {
        b[i / 2][i & 1] = both(tile + (k + 2 * (lane % 4) + 8 * (i & 1)) * stride + n + 8 * (i / 2) + lane / 4, stride);
    }
#endif
}

/** Copies 16 bytes to shared memory, or zeros if there is nothing to copy; done after awaitCopies(). Both are aligned. */
__device__ __forceinline__ void copyLater(void* to, const void* from, bool there) {
#if JAVELIN_ON_DEVICE
    u32 bytes = there ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(to)), "l"(from), "r"(bytes) : "memory");
#else
    if (there) {
        memcpy(to, from, 16);
    } else {
        memset(to, 0, 16);
    }
#endif
}

/** Waits for this thread's copies; a barrier after it makes them everyone's. */
__device__ __forceinline__ void awaitCopies() {
#if JAVELIN_ON_DEVICE
    asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}
