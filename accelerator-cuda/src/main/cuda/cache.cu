// Caches of keys and values: rows written at run-time positions, and attention of new queries over them.
//
// Shapes: cache [B, K, S, D], rows [B, T, K * D], queries and y [B, T, H * D], positions I32 [B, T].
//
// Writing moves each row once. Attention reads every cached row that is seen once for each 8 of the T * H / K queries of
// its head: the seen positions are cut into parts of 256 that blocks take side by side, each with a running greatest,
// sum and result of its own, which a second kernel joins in order (Dao et al., "Flash-decoding for long-context
// inference", 2023).
#include "rows.cuh"

// ---------------------------------------------------------------------------------------------- writing

/** A warp per row; of rows with one position the last one stays, so a row looks for later ones with its position. */
template <class T>
__device__ __forceinline__ void cacheWrite(
        T* cache, const T* rows, const i32* positions, i64 count, i64 tokens, i64 heads, i64 capacity, i64 width) {
    constexpr int N = Lanes<T>::count;
    i64 row = globalThread() >> 5;
    int lane = threadIdx.x & 31;
    if (row >= count) { // whole warps
        return;
    }
    i64 batch = row / tokens;
    i64 token = row - batch * tokens;
    i64 position = positions[row];
    if (position < 0 || position >= capacity) {
        return;
    }
    int later = 0;
    for (i64 other = token + 1 + lane; other < tokens; other += 32) {
        later |= positions[batch * tokens + other] == position;
    }
    if (__any_sync(JAVELIN_ALL_LANES, later)) {
        return;
    }
    for (i64 head = 0; head < heads; head++) {
        const T* from = rows + (row * heads + head) * width;
        T* to = cache + ((batch * heads + head) * capacity + position) * width;
        for (i64 first = static_cast<i64>(lane) * N; first < width; first += 32 * N) {
            storeVector(to, first, width, loadVector(from, first, width));
        }
    }
}

// ---------------------------------------------------------------------------------------------- attention

/** The extents; group = H / K. */
struct CacheExtents {
    i64 batches;
    i64 tokens;
    i64 kvHeads;
    i64 group;
    i64 capacity;
    i64 width;
};

/** Queries that a block takes. */
static constexpr int QUERIES = 8;
/** Positions that a block takes. */
static constexpr int PART = 256;
/** Threads of a block. */
static constexpr int THREADS = 128;

/** How many positions query n of key/value head k sees; query n is token n / group, head k * group + n % group. */
__device__ __forceinline__ i64 seen(const CacheExtents& x, const i32* positions, i64 batch, i64 n) {
    i64 position = positions[batch * x.tokens + n / x.group];
    return position < 0 ? 0 : min(position + 1, x.capacity);
}

/** The head's row of a query, counted over [B, T, H]. */
__device__ __forceinline__ i64 queryRow(const CacheExtents& x, i64 batch, i64 k, i64 n) {
    i64 token = n / x.group;
    return ((batch * x.tokens + token) * x.kvHeads + k) * x.group + (n - token * x.group);
}

/**
 * Grid: (parts of B * K caches, tiles of queries). Writes for each query and part the greatest score, the sum of exponentials and
 * the sum of exponentials times values: partial [B * T * H][parts][2 + D].
 *
 * dynamic shared memory: queries [8][D], then the sums of the values [4 warps][8][columns of a tile]
 */
template <class T>
__device__ __forceinline__ void cachedAttention(
        const T* queries, const T* keys, const T* values, const i32* positions, Real<T>* partial, CacheExtents x,
        Real<T> scale) {
    typedef Real<T> R;
    constexpr int N = Lanes<T>::count;
    __shared__ R scores[QUERIES][PART];
    __shared__ i64 sees[QUERIES];
    JAVELIN_DYNAMIC_SHARED(R, shared);
    R* q = shared;
    R* joined = shared + QUERIES * x.width;
    i64 parts = (x.capacity + PART - 1) / PART;
    i64 cache = blockIdx.x / parts;
    i64 part = blockIdx.x - cache * parts;
    i64 batch = cache / x.kvHeads;
    i64 k = cache - batch * x.kvHeads;
    i64 firstQuery = static_cast<i64>(blockIdx.y) * QUERIES;
    int count = static_cast<int>(min(static_cast<i64>(QUERIES), x.tokens * x.group - firstQuery));
    i64 start = part * PART;
    if (static_cast<int>(threadIdx.x) < QUERIES) {
        int n = threadIdx.x;
        i64 all = n < count ? seen(x, positions, batch, firstQuery + n) : 0;
        sees[n] = max(static_cast<i64>(0), min(all - start, static_cast<i64>(PART)));
    }
    for (i64 i = threadIdx.x; i < QUERIES * x.width; i += THREADS) {
        int n = static_cast<int>(i / x.width);
        q[i] = n < count ? load(queries, queryRow(x, batch, k, firstQuery + n) * x.width + (i - n * x.width)) * scale : R(0);
    }
    __syncthreads();
    int most = 0;
    for (int n = 0; n < QUERIES; n++) {
        most = max(most, static_cast<int>(sees[n]));
    }
    // A subgroup of lanes, a power of two, reads a row of keys or values; the block has THREADS / lanes of them.
    int lanes = 1;
    while (lanes < 32 && lanes * N < x.width) {
        lanes *= 2;
    }
    int subgroups = THREADS / lanes;
    int subgroup = threadIdx.x / lanes;
    int lane = threadIdx.x & (lanes - 1);
    i64 cached = cache * x.capacity + start;
    for (int base = 0; base < most; base += subgroups) {
        int j = base + subgroup;
        R dots[QUERIES] = {};
        for (i64 first = static_cast<i64>(lane) * N; first < x.width && j < most; first += lanes * N) {
            Vector<T> key = loadVector(keys + (cached + j) * x.width, first, x.width);
#pragma unroll
            for (int e = 0; e < N; e++) {
                R value = real(key.at[e]);
                i64 c = min(first + e, x.width - 1); // the value is 0 outside
#pragma unroll
                for (int n = 0; n < QUERIES; n++) {
                    dots[n] += q[n * x.width + c] * value;
                }
            }
        }
#pragma unroll
        for (int n = 0; n < QUERIES; n++) {
            for (int distance = lanes / 2; distance > 0; distance >>= 1) {
                dots[n] += __shfl_xor_sync(JAVELIN_ALL_LANES, dots[n], distance);
            }
            if (lane == 0 && j < most) {
                scores[n][j] = dots[n];
            }
        }
    }
    __syncthreads();
    for (int n = threadIdx.x >> 5; n < count; n += THREADS / 32) { // a warp per query
        int length = static_cast<int>(sees[n]);
        R greatest = Special<R>::lowest();
        for (int j = threadIdx.x & 31; j < length; j += 32) {
            greatest = scores[n][j] > greatest ? scores[n][j] : greatest;
        }
        for (int distance = 16; distance > 0; distance >>= 1) {
            R other = __shfl_xor_sync(JAVELIN_ALL_LANES, greatest, distance);
            greatest = other > greatest ? other : greatest;
        }
        R sum = 0;
        for (int j = threadIdx.x & 31; j < length; j += 32) {
            R p = exponential(scores[n][j] - greatest);
            scores[n][j] = p;
            sum += p;
        }
        for (int j = length + (threadIdx.x & 31); j < most; j += 32) {
            scores[n][j] = 0;
        }
        sum = warpSum(sum);
        if ((threadIdx.x & 31) == 0) {
            R* to = partial + (queryRow(x, batch, k, firstQuery + n) * parts + part) * (2 + x.width);
            to[0] = greatest;
            to[1] = sum;
        }
    }
    for (int n = count + (threadIdx.x >> 5); n < QUERIES; n += THREADS / 32) {
        for (int j = threadIdx.x & 31; j < most; j += 32) {
            scores[n][j] = 0;
        }
    }
    __syncthreads();
    int columns = lanes * N;
    for (i64 tile = 0; tile < x.width; tile += columns) {
        i64 first = tile + lane * N;
        R sums[QUERIES][N] = {};
        for (int j = subgroup; j < most; j += subgroups) {
            Vector<T> value = loadVector(values + (cached + j) * x.width, first, x.width);
#pragma unroll
            for (int n = 0; n < QUERIES; n++) {
                R p = scores[n][j];
#pragma unroll
                for (int e = 0; e < N; e++) {
                    sums[n][e] += p * real(value.at[e]);
                }
            }
        }
        // The subgroups of a warp join in registers, the four warps in shared memory.
#pragma unroll
        for (int n = 0; n < QUERIES; n++) {
#pragma unroll
            for (int e = 0; e < N; e++) {
                for (int distance = lanes; distance < 32; distance <<= 1) {
                    sums[n][e] += __shfl_xor_sync(JAVELIN_ALL_LANES, sums[n][e], distance);
                }
                if (static_cast<int>(threadIdx.x & 31) < lanes) {
                    joined[((threadIdx.x >> 5) * QUERIES + n) * columns + lane * N + e] = sums[n][e];
                }
            }
        }
        __syncthreads();
        for (int i = threadIdx.x; i < count * columns; i += THREADS) {
            int n = i / columns;
            i64 c = tile + i - n * columns;
            if (c < x.width) {
                R sum = joined[i];
                for (int warp = 1; warp < THREADS / 32; warp++) {
                    sum += joined[warp * QUERIES * columns + i];
                }
                partial[(queryRow(x, batch, k, firstQuery + n) * parts + part) * (2 + x.width) + 2 + c] = sum;
            }
        }
        __syncthreads();
    }
}

/** Joins the parts of a query in order; one that sees nothing gives 0. A warp per query. */
template <class T>
__device__ __forceinline__ void cachedAttentionJoin(const Real<T>* partial, T* y, i64 queries, i64 parts, i64 width) {
    typedef Real<T> R;
    i64 query = globalThread() >> 5;
    if (query >= queries) {
        return;
    }
    const R* from = partial + query * parts * (2 + width);
    R greatest = Special<R>::lowest();
    for (i64 part = 0; part < parts; part++) {
        R other = from[part * (2 + width)];
        greatest = other > greatest ? other : greatest;
    }
    R sum = 0;
    for (i64 part = 0; part < parts; part++) {
        const R* at = from + part * (2 + width);
        sum += at[1] == R(0) ? R(0) : at[1] * exponential(at[0] - greatest);
    }
    for (i64 c = threadIdx.x & 31; c < width; c += 32) {
        R value = 0;
        for (i64 part = 0; part < parts; part++) {
            const R* at = from + part * (2 + width);
            value += at[1] == R(0) ? R(0) : at[2 + c] * exponential(at[0] - greatest);
        }
        store(y, query * width + c, sum == R(0) ? R(0) : value / sum);
    }
}

#define CACHES(T)                                                                                                      \
    extern "C" __global__ void __launch_bounds__(256) cache_write_##T(                                                 \
            T* cache, const T* rows, const i32* positions, i64 count, i64 tokens, i64 heads, i64 capacity,             \
            i64 width) {                                                                                               \
        cacheWrite<T>(cache, rows, positions, count, tokens, heads, capacity, width);                                  \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(THREADS) cached_attention_##T(                                        \
            const T* queries, const T* keys, const T* values, const i32* positions, Real<T>* partial, CacheExtents x,  \
            f64 scale) {                                                                                               \
        cachedAttention<T>(queries, keys, values, positions, partial, x, static_cast<Real<T>>(scale));                 \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256) cached_attention_join_##T(                                       \
            const Real<T>* partial, T* y, i64 queries, i64 parts, i64 width) {                                         \
        cachedAttentionJoin<T>(partial, y, queries, parts, width);                                                     \
    }

JAVELIN_FLOATS(CACHES)
