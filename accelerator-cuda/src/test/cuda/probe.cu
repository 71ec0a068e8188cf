// Kernels that test the emulated driver: some are wrong on purpose.
#include "common.cuh"

/** y = x backwards within blocks, by shared memory, without the barrier that it needs. */
extern "C" __global__ void reverse_without_barrier(const f32* x, f32* y) {
    __shared__ f32 tile[256];
    tile[threadIdx.x] = x[globalThread()];
    y[globalThread()] = tile[blockDim.x - 1 - threadIdx.x];
}

/** The same, right. */
extern "C" __global__ void reverse(const f32* x, f32* y) {
    __shared__ f32 tile[256];
    tile[threadIdx.x] = x[globalThread()];
    __syncthreads();
    y[globalThread()] = tile[blockDim.x - 1 - threadIdx.x];
}

/** y = x + 1 for n elements, whether or not they are there. */
extern "C" __global__ void increment(const f32* x, f32* y, i64 n) {
    for (JAVELIN_EACH(i, n)) {
        y[i] = x[i] + 1.0f;
    }
}

/** A barrier for the first half of a block. */
extern "C" __global__ void half_barrier(f32* y) {
    if (threadIdx.x < blockDim.x / 2) {
        __syncthreads();
    }
    y[globalThread()] = 1.0f;
}

/** A barrier in each branch, at different places. */
extern "C" __global__ void two_barriers(f32* y) {
    if (threadIdx.x % 2 == 0) {
        y[globalThread()] = 1.0f;
        __syncthreads();
    } else {
        __syncthreads();
        y[globalThread()] = 2.0f;
    }
}

/** A shuffle of all lanes that the upper half of each warp leaves out. */
extern "C" __global__ void half_shuffle(f32* y) {
    f32 value = static_cast<f32>(threadIdx.x);
    if ((threadIdx.x & 31) < 16) {
        value = warpSum(value);
    }
    y[globalThread()] = value;
}

/** What nobody has written to shared memory. */
extern "C" __global__ void unwritten(f32* fixed, f32* dynamic) {
    __shared__ f32 tile[256];
    JAVELIN_DYNAMIC_SHARED(f32, wide);
    fixed[globalThread()] = tile[threadIdx.x];
    dynamic[globalThread()] = wide[threadIdx.x];
    __syncthreads();
    tile[threadIdx.x] = 1.0f;
    wide[threadIdx.x] = 1.0f;
}

/** Shared memory behind what the launch asked for. */
extern "C" __global__ void past_shared(f32* y, i64 index) {
    JAVELIN_DYNAMIC_SHARED(f32, wide);
    wide[index] = 1.0f;
    y[globalThread()] = wide[index];
}

/** Seven warp operations of one number per thread: [7, n]. */
extern "C" __global__ void lanes(const i64* x, i64* y) {
    i64 n = globalThreads();
    i64 at = globalThread();
    i64 value = x[at];
    y[at] = __shfl_sync(JAVELIN_ALL_LANES, value, 5);
    y[n + at] = __shfl_up_sync(JAVELIN_ALL_LANES, value, 3);
    y[2 * n + at] = __shfl_down_sync(JAVELIN_ALL_LANES, value, 4, 8);
    y[3 * n + at] = __shfl_xor_sync(JAVELIN_ALL_LANES, value, 17);
    y[4 * n + at] = __ballot_sync(JAVELIN_ALL_LANES, value % 3 == 0);
    y[5 * n + at] = warpSum(value);
    y[6 * n + at] = blockSum(value) + __syncthreads_count(value % 2 == 0);
}

/** Every 16-bit pattern widened, and numbers narrowed. */
extern "C" __global__ void widen_all(const bf16* b, const f16* h, f32* fromB, f32* fromH, i64 n) {
    for (JAVELIN_EACH(i, n)) {
        fromB[i] = load(b, i);
        fromH[i] = load(h, i);
    }
}

extern "C" __global__ void narrow_all(const f32* x, const f64* wide, bf16* b, f16* h, bf16* wideB, f16* wideH, i64 n) {
    for (JAVELIN_EACH(i, n)) {
        store(b, i, x[i]);
        store(h, i, x[i]);
        store(wideB, i, wide[i]);
        store(wideH, i, wide[i]);
    }
}

/** A walk over two strided arrays: y[i] = x[offset 0] + 1000 * x[offset 1]. */
extern "C" __global__ void walk(const f64* x, f64* y, Walk<2> walk, i64 n, f64 factor) {
    for (JAVELIN_EACH(i, n)) {
        i64 at[2];
        walk.offsets(i, at);
        y[i] = x[at[0]] + factor * x[walk.offset(1, i)];
    }
}

/** The sum of all threads' numbers within their blocks. */
extern "C" __global__ void counted(u64* total) {
    atomicAdd(reinterpret_cast<unsigned long long*>(total), static_cast<unsigned long long>(threadIdx.x));
}
