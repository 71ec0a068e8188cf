// Attention by tiles, 16-bit elements on the tensor cores, sums in fp32: no matrix of scores in memory.
//
// Sources: Dao et al., "FlashAttention", arXiv:2205.14135, algorithms 1 and 4; Dao, "FlashAttention-2",
// arXiv:2307.08691, section 3.1 (loop over keys inside, rows split among warps). Different here: the gradient takes two
// passes, one over queries for each block of keys and one over keys for each block of queries, so that each sum has one
// owner and one order, without atomics; both compute the scores again.
//
// A head has W elements in memory and D >= W in a tile, the rest zeros. Rows of a tile lie D + 8 elements apart.
#include "tensor.cuh"

/** Extents of an attention; the fields of spi's AttentionShape. Positions lie (heads + 2 kvHeads) * width apart. */
struct Extents {
    i64 positions;
    i64 heads;
    i64 kvHeads;
    i64 width;
    i64 causal;
};

#define LOG2E 1.4426950408889634f
#define LN2 0.6931471805599453f

static constexpr int WARPS = 4;
static constexpr int THREADS = 32 * WARPS;
static constexpr int KEYS = 64; // of a tile

/**
 * Rows first .. first + ROWS - 1 of a matrix into a tile, zeros beyond the last row and the width. Done for all after
 * awaitCopies() and a barrier.
 */
template <int ROWS, int D, class T>
__device__ __forceinline__ void loadTile(T* tile, const T* from, i64 first, i64 rows, i64 step, int width) {
    constexpr int CHUNKS = D / 8;
    bool aligned = (reinterpret_cast<u64>(from) & 15) == 0 && width % 8 == 0;
    for (int i = threadIdx.x; i < ROWS * CHUNKS; i += THREADS) {
        int row = i / CHUNKS;
        int column = i % CHUNKS * 8;
        T* to = tile + row * (D + 8) + column;
        const T* source = from + (first + row) * step + column;
        bool there = first + row < rows && column < width;
        if (aligned) {
            copyLater(to, there ? source : from, there);
        } else {
            for (int k = 0; k < 8; k++) {
                to[k].bits = there && column + k < width ? source[k].bits : 0;
            }
        }
    }
}

/** Two neighbouring elements of a row, where the width has them. */
template <class T>
__device__ __forceinline__ void storePair(T* to, int column, int width, f32 first, f32 second) {
    if (column + 1 < width && (reinterpret_cast<u64>(to + column) & 3) == 0) {
        *reinterpret_cast<u32*>(to + column) = pair<T>(first, second);
    } else {
        if (column < width) {
            store(to, column, first);
        }
        if (column + 1 < width) {
            store(to, column + 1, second);
        }
    }
}

// The instructions on tiles are those of a whole warp, whose threads may come out of earlier branches one after the other.

/** c [16, N] += rows of a, from `row` on, times rows of b: both tiles of depth D. */
template <int N, int D, class T>
__device__ __forceinline__ void rowsTimesRows(f32 (&c)[N / 8][4], const T* a, int row, const T* b) {
    __syncwarp();
    for (int k = 0; k < D; k += 16) {
        u32 left[4];
        fragmentA(left, a, D + 8, row, k);
#pragma unroll
        for (int n = 0; n < N; n += 16) {
            u32 right[2][2];
            fragmentsOfRows(right, b, D + 8, n, k);
            multiplyAdd<T>(c[n / 8], left, right[0]);
            multiplyAdd<T>(c[n / 8 + 1], left, right[1]);
        }
    }
}

/** c [16, D] += p [16, N], narrowed, times the tile b [N, D]. */
template <int N, int D, class T>
__device__ __forceinline__ void timesTile(f32 (&c)[D / 8][4], const f32 (&p)[N / 8][4], const T* b) {
    __syncwarp();
#pragma unroll
    for (int k = 0; k < N; k += 16) {
        const f32(&low)[4] = p[k / 8];
        const f32(&high)[4] = p[k / 8 + 1];
        u32 left[4] = {pair<T>(low[0], low[1]), pair<T>(low[2], low[3]), pair<T>(high[0], high[1]), pair<T>(high[2], high[3])};
#pragma unroll
        for (int n = 0; n < D; n += 16) {
            u32 right[2][2];
            fragmentsOfColumns(right, b, D + 8, k, n);
            multiplyAdd<T>(c[n / 8], left, right[0]);
            multiplyAdd<T>(c[n / 8 + 1], left, right[1]);
        }
    }
}

template <int N>
__device__ __forceinline__ void clear(f32 (&c)[N][4]) {
#pragma unroll
    for (int n = 0; n < N; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            c[n][i] = 0;
        }
    }
}

/** A row's four lanes agree on its sum or its maximum. */
__device__ __forceinline__ f32 quadSum(f32 x) {
    x += __shfl_xor_sync(JAVELIN_ALL_LANES, x, 1);
    return x + __shfl_xor_sync(JAVELIN_ALL_LANES, x, 2);
}
__device__ __forceinline__ f32 quadMax(f32 x) {
    x = fmaxf(x, __shfl_xor_sync(JAVELIN_ALL_LANES, x, 1));
    return fmaxf(x, __shfl_xor_sync(JAVELIN_ALL_LANES, x, 2));
}

/** Writes 16 rows of D numbers, those below `rows`, times a factor each. */
template <int D, class T>
__device__ __forceinline__ void storeRows(
        T* to, i64 first, i64 rows, i64 step, int width, const f32 (&c)[D / 8][4], f32 upper, f32 lower) {
    int lane = threadIdx.x & 31;
#pragma unroll
    for (int half = 0; half < 2; half++) {
        i64 row = first + lane / 4 + 8 * half;
        f32 factor = half == 0 ? upper : lower;
        if (row < rows) {
#pragma unroll
            for (int n = 0; n < D / 8; n++) {
                storePair(to + row * step, n * 8 + 2 * (lane % 4), width, c[n][2 * half] * factor, c[n][2 * half + 1] * factor);
            }
        }
    }
}

/**
 * A block computes y and the row sums of 64 queries of one head: queries stay, keys and values pass by in tiles.
 * Shared memory: (64 + 64 + 64) * (D + 8) elements.
 */
template <int D, class T>
__device__ __forceinline__ void forward(const T* packed, T* y, f32* rowSums, const Extents& e, f32 scale) {
    constexpr int ROWS = 16 * WARPS;
    JAVELIN_DYNAMIC_SHARED(T, queries);
    T* keys = queries + ROWS * (D + 8);
    T* values = keys + KEYS * (D + 8);
    i64 tiles = (e.positions + ROWS - 1) / ROWS;
    i64 tile = tiles - 1 - blockIdx.x % tiles; // the longest first
    i64 head = blockIdx.x / tiles % e.heads;
    i64 batch = blockIdx.x / tiles / e.heads;
    i64 kvHead = head / (e.heads / e.kvHeads);
    int width = static_cast<int>(e.width);
    i64 step = (e.heads + 2 * e.kvHeads) * e.width;
    const T* base = packed + batch * e.positions * step;
    const T* q = base + head * e.width;
    const T* k = base + (e.heads + kvHead) * e.width;
    const T* v = base + (e.heads + e.kvHeads + kvHead) * e.width;
    i64 first = tile * ROWS;
    int lane = threadIdx.x & 31;
    int row = threadIdx.x / 32 * 16; // this warp's first, in the tile
    i64 seen = e.causal ? min(e.positions, first + ROWS) : e.positions;
    f32 factor = scale * LOG2E;

    f32 sums[D / 8][4];
    clear(sums);
    f32 greatest[2] = {-INFINITY, -INFINITY};
    f32 total[2] = {0, 0};
    loadTile<ROWS, D>(queries, q, first, e.positions, step, width);
    loadTile<KEYS, D>(keys, k, 0, e.positions, step, width);
    for (i64 key = 0; key < seen; key += KEYS) {
        awaitCopies();
        __syncthreads(); // the keys are there, and nobody needs the earlier values any more
        loadTile<KEYS, D>(values, v, key, e.positions, step, width);
        f32 scores[KEYS / 8][4];
        clear(scores);
        rowsTimesRows<KEYS, D>(scores, queries, row, keys);
        awaitCopies();
        __syncthreads(); // the values are there, and nobody needs these keys any more
        if (key + KEYS < seen) {
            loadTile<KEYS, D>(keys, k, key + KEYS, e.positions, step, width);
        }
        bool edge = key + KEYS > e.positions || (e.causal && key + KEYS > first + row + 1);
#pragma unroll
        for (int half = 0; half < 2; half++) {
            i64 query = first + row + lane / 4 + 8 * half;
            f32 most = -INFINITY;
#pragma unroll
            for (int n = 0; n < KEYS / 8; n++) {
#pragma unroll
                for (int i = 2 * half; i < 2 * half + 2; i++) {
                    i64 position = key + n * 8 + 2 * (lane % 4) + (i & 1);
                    if (edge && (position >= e.positions || (e.causal && position > query))) {
                        scores[n][i] = -INFINITY;
                    }
                    most = fmaxf(most, scores[n][i]);
                }
            }
            // Key 0 is in the first tile and seen by all, so this is a number from there on.
            most = fmaxf(greatest[half], quadMax(most));
            f32 shrink = exp2f((greatest[half] - most) * factor);
            greatest[half] = most;
            f32 sum = 0;
#pragma unroll
            for (int n = 0; n < KEYS / 8; n++) {
#pragma unroll
                for (int i = 2 * half; i < 2 * half + 2; i++) {
                    scores[n][i] = exp2f((scores[n][i] - most) * factor);
                    sum += scores[n][i];
                }
            }
            total[half] = total[half] * shrink + sum;
#pragma unroll
            for (int n = 0; n < D / 8; n++) {
                sums[n][2 * half] *= shrink;
                sums[n][2 * half + 1] *= shrink;
            }
        }
        timesTile<KEYS, D>(sums, scores, values);
    }
    f32 inverse[2];
#pragma unroll
    for (int half = 0; half < 2; half++) {
        f32 sum = quadSum(total[half]);
        inverse[half] = 1.0f / sum;
        i64 query = first + row + lane / 4 + 8 * half;
        if (lane % 4 == 0 && query < e.positions) {
            rowSums[(batch * e.heads + head) * e.positions + query] = greatest[half] * scale + logf(sum);
        }
    }
    i64 outStep = e.heads * e.width;
    storeRows<D>(
            y + batch * e.positions * outStep + head * e.width, first + row, e.positions, outStep, width, sums, inverse[0], inverse[1]);
}

/** One warp for each row: the sum of dy * y. */
template <class T>
__device__ __forceinline__ void rowDots(const T* y, const T* dy, f32* dots, const Extents& e, i64 rows) {
    i64 row = globalThread() / 32; // of [B, T, H]
    if (row >= rows) {
        return;
    }
    int lane = threadIdx.x & 31;
    f32 sum = 0;
    for (i64 i = lane; i < e.width; i += 32) {
        sum += load(y, row * e.width + i) * load(dy, row * e.width + i);
    }
    sum = warpSum(sum);
    if (lane == 0) {
        i64 head = row % e.heads;
        i64 position = row / e.heads;
        i64 batch = position / e.positions;
        dots[(batch * e.heads + head) * e.positions + position % e.positions] = sum;
    }
}

/**
 * A block computes the gradients of 64 keys and values of one key head: keys and values stay, the queries of all heads of
 * its group pass by in tiles of N. Everything is transposed: rows are keys.
 * Shared memory: (64 + 64 + N + N) * (D + 8) elements and 2 N floats.
 */
template <int N, int D, class T>
__device__ __forceinline__ void keyGradients(
        const T* packed, const f32* rowSums, const T* dy, const f32* dots, T* dPacked, const Extents& e, f32 scale) {
    JAVELIN_DYNAMIC_SHARED(T, keys);
    T* values = keys + KEYS * (D + 8);
    T* queries = values + KEYS * (D + 8);
    T* changes = queries + N * (D + 8);
    f32* sums = reinterpret_cast<f32*>(changes + N * (D + 8));
    f32* dot = sums + N;
    i64 tiles = (e.positions + KEYS - 1) / KEYS;
    i64 first = blockIdx.x % tiles * KEYS; // the longest first: the earliest keys are seen most
    i64 kvHead = blockIdx.x / tiles % e.kvHeads;
    i64 batch = blockIdx.x / tiles / e.kvHeads;
    i64 group = e.heads / e.kvHeads;
    int width = static_cast<int>(e.width);
    i64 step = (e.heads + 2 * e.kvHeads) * e.width;
    i64 outStep = e.heads * e.width;
    i64 start = batch * e.positions * step;
    i64 keyPlace = start + (e.heads + kvHead) * e.width;
    i64 valuePlace = keyPlace + e.kvHeads * e.width;
    int lane = threadIdx.x & 31;
    int row = threadIdx.x / 32 * 16;
    f32 factor = scale * LOG2E;

    f32 dKeys[D / 8][4];
    f32 dValues[D / 8][4];
    clear(dKeys);
    clear(dValues);
    loadTile<KEYS, D>(keys, packed + keyPlace, first, e.positions, step, width);
    loadTile<KEYS, D>(values, packed + valuePlace, first, e.positions, step, width);
    for (i64 member = 0; member < group; member++) {
        i64 head = kvHead * group + member;
        const f32* headSums = rowSums + (batch * e.heads + head) * e.positions;
        const f32* headDots = dots + (batch * e.heads + head) * e.positions;
        for (i64 query = e.causal ? first / N * N : 0; query < e.positions; query += N) {
            __syncthreads(); // nobody needs the earlier queries any more
            loadTile<N, D>(queries, packed + start + head * e.width, query, e.positions, step, width);
            loadTile<N, D>(changes, dy + batch * e.positions * outStep + head * e.width, query, e.positions, outStep, width);
            for (int i = threadIdx.x; i < N; i += THREADS) {
                bool there = query + i < e.positions;
                sums[i] = there ? headSums[query + i] * LOG2E : 0;
                dot[i] = there ? headDots[query + i] : 0;
            }
            awaitCopies();
            __syncthreads();
            f32 p[N / 8][4];
            clear(p);
            rowsTimesRows<N, D>(p, keys, row, queries);
#pragma unroll
            for (int n = 0; n < N / 8; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    int column = n * 8 + 2 * (lane % 4) + (i & 1);
                    i64 position = first + row + lane / 4 + 8 * (i / 2);
                    bool visible = query + column < e.positions && position < e.positions
                            && (!e.causal || query + column >= position);
                    p[n][i] = visible ? exp2f(p[n][i] * factor - sums[column]) : 0;
                }
            }
            timesTile<N, D>(dValues, p, changes);
            f32 dp[N / 8][4];
            clear(dp);
            rowsTimesRows<N, D>(dp, values, row, changes);
#pragma unroll
            for (int n = 0; n < N / 8; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    p[n][i] *= dp[n][i] - dot[n * 8 + 2 * (lane % 4) + (i & 1)];
                }
            }
            timesTile<N, D>(dKeys, p, queries);
        }
    }
    storeRows<D>(dPacked + keyPlace, first + row, e.positions, step, width, dKeys, scale, scale);
    storeRows<D>(dPacked + valuePlace, first + row, e.positions, step, width, dValues, 1.0f, 1.0f);
}

/**
 * A block computes the gradients of 64 queries of one head: queries stay, keys and values pass by in tiles.
 * Shared memory: 4 * 64 * (D + 8) elements.
 */
template <int D, class T>
__device__ __forceinline__ void queryGradients(
        const T* packed, const f32* rowSums, const T* dy, const f32* dots, T* dPacked, const Extents& e, f32 scale) {
    constexpr int ROWS = 16 * WARPS;
    constexpr int N = D > 64 ? 32 : 64; // keys at a time
    JAVELIN_DYNAMIC_SHARED(T, queries);
    T* changes = queries + ROWS * (D + 8);
    T* keys = changes + ROWS * (D + 8);
    T* values = keys + N * (D + 8);
    i64 tiles = (e.positions + ROWS - 1) / ROWS;
    i64 first = (tiles - 1 - blockIdx.x % tiles) * ROWS;
    i64 head = blockIdx.x / tiles % e.heads;
    i64 batch = blockIdx.x / tiles / e.heads;
    i64 kvHead = head / (e.heads / e.kvHeads);
    int width = static_cast<int>(e.width);
    i64 step = (e.heads + 2 * e.kvHeads) * e.width;
    i64 outStep = e.heads * e.width;
    i64 start = batch * e.positions * step;
    const T* k = packed + start + (e.heads + kvHead) * e.width;
    const T* v = k + e.kvHeads * e.width;
    int lane = threadIdx.x & 31;
    int row = threadIdx.x / 32 * 16;
    i64 seen = e.causal ? min(e.positions, first + ROWS) : e.positions;
    f32 factor = scale * LOG2E;
    f32 sums[2];
    f32 dot[2];
#pragma unroll
    for (int half = 0; half < 2; half++) {
        i64 query = first + row + lane / 4 + 8 * half;
        i64 place = (batch * e.heads + head) * e.positions + query;
        sums[half] = query < e.positions ? rowSums[place] * LOG2E : 0;
        dot[half] = query < e.positions ? dots[place] : 0;
    }

    f32 dQueries[D / 8][4];
    clear(dQueries);
    loadTile<ROWS, D>(queries, packed + start + head * e.width, first, e.positions, step, width);
    loadTile<ROWS, D>(changes, dy + batch * e.positions * outStep + head * e.width, first, e.positions, outStep, width);
    for (i64 key = 0; key < seen; key += N) {
        __syncthreads(); // nobody needs the earlier keys any more
        loadTile<N, D>(keys, k, key, e.positions, step, width);
        loadTile<N, D>(values, v, key, e.positions, step, width);
        awaitCopies();
        __syncthreads();
        f32 p[N / 8][4];
        f32 dp[N / 8][4];
        clear(p);
        clear(dp);
        rowsTimesRows<N, D>(p, queries, row, keys);
        rowsTimesRows<N, D>(dp, changes, row, values);
#pragma unroll
        for (int n = 0; n < N / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                i64 position = key + n * 8 + 2 * (lane % 4) + (i & 1);
                i64 query = first + row + lane / 4 + 8 * (i / 2);
                bool visible = position < e.positions && query < e.positions && (!e.causal || query >= position);
                p[n][i] = visible ? exp2f(p[n][i] * factor - sums[i / 2]) * (dp[n][i] - dot[i / 2]) : 0;
            }
        }
        timesTile<N, D>(dQueries, p, keys);
    }
    storeRows<D>(dPacked + start + head * e.width, first + row, e.positions, step, width, dQueries, scale, scale);
}

#define ENTRIES(T, D, N)                                                                                                            \
    extern "C" __global__ void __launch_bounds__(THREADS)                                                                           \
            flash_attention_##D##_##T(const T* packed, T* y, f32* rowSums, Extents e, f64 scale) {                                  \
        forward<D>(packed, y, rowSums, e, static_cast<f32>(scale));                                                                 \
    }                                                                                                                               \
    extern "C" __global__ void __launch_bounds__(THREADS) flash_key_gradients_##D##_##T(                                            \
            const T* packed, const f32* rowSums, const T* dy, const f32* dots, T* dPacked, Extents e, f64 scale) {                  \
        keyGradients<N, D>(packed, rowSums, dy, dots, dPacked, e, static_cast<f32>(scale));                                         \
    }                                                                                                                               \
    extern "C" __global__ void __launch_bounds__(THREADS) flash_query_gradients_##D##_##T(                                          \
            const T* packed, const f32* rowSums, const T* dy, const f32* dots, T* dPacked, Extents e, f64 scale) {                  \
        queryGradients<D>(packed, rowSums, dy, dots, dPacked, e, static_cast<f32>(scale));                                          \
    }
#define DOTS(T)                                                                                                                     \
    extern "C" __global__ void flash_row_dots_##T(const T* y, const T* dy, f32* dots, Extents e, i64 rows) {                        \
        rowDots(y, dy, dots, e, rows);                                                                                              \
    }
#define WIDTHS(T) ENTRIES(T, 32, 64) ENTRIES(T, 64, 64) ENTRIES(T, 128, 32) DOTS(T)
WIDTHS(bf16)
WIDTHS(f16)
