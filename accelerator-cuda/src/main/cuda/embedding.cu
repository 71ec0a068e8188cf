// Rows of a table by id, and the sum of rows by id.
//
// Look-up, bytes moved: tokens * C read and written, and the ids.
//
// The gradient owns rows: a warp writes row v of the table's gradient, zeros included, from the tokens whose id is v, in
// the order of the tokens. For that the tokens are sorted by id: 1. each chunk of 2048 tokens by counting, for each
// token, how many come before it; 2. the chunks together, each token by binary search in the others; 3. where each id
// begins. Long rows of tokens are cut into 8 parts that the warps of a block add up side by side, then join in order.
// Bytes moved: tokens * C read, V * C written; the sorting moves 24 bytes a token and 4 for each id.
#include "rows.cuh"

// ---------------------------------------------------------------------------------------------- look-up

template <class T>
struct NanBits;
template <>
struct NanBits<f64> {
    static constexpr u64 value = 0x7ff8000000000000ULL;
};
template <>
struct NanBits<f32> {
    static constexpr u64 value = 0x7fc00000ULL;
};
template <>
struct NanBits<bf16> {
    static constexpr u64 value = 0x7fc0ULL;
};
template <>
struct NanBits<f16> {
    static constexpr u64 value = 0x7e00ULL;
};

/** One crew per token; an id outside the table gives NaN. */
template <class T>
__device__ __forceinline__ void lookUp(const T* table, const i32* ids, T* out, i64 tokens, i64 rows, i64 width, i64 size) {
    constexpr int N = Lanes<T>::count;
    Crew crew(size);
    i64 token = crew.row();
    if (token >= tokens) {
        return;
    }
    i64 id = ids[token];
    bool inside = id >= 0 && id < rows;
    const T* from = table + (inside ? id * width : 0);
    T* to = out + token * width;
    for (i64 first = static_cast<i64>(crew.rank) * N; first < width; first += static_cast<i64>(crew.size) * N) {
        // Outside of a row of no width, all is NaN.
        storeVector(to, first, width, loadVector(from, first, inside ? width : 0, NanBits<T>::value));
    }
}

// ---------------------------------------------------------------------------------------------- sorting

/** Tokens that are sorted together. */
static constexpr int CHUNK = 2048;
/** Tokens whose places one block finds; its 256 threads are 4 for each token. */
static constexpr int PLACED = 64;

/** Ids below 0 become the greatest number, as those above all rows: none of them is in the table. */
__device__ __forceinline__ u32 key(i32 id) {
    return static_cast<u32>(id);
}

/**
 * Sorts each chunk: keys and tokens in the order of (id, token). Block b finds the places of tokens b * 64 and following,
 * by counting how many of its chunk go before each.
 */
extern "C" __global__ void __launch_bounds__(256) embedding_sort_i32(const i32* ids, u32* keys, i32* tokens, i64 count) {
    __shared__ u32 chunk[CHUNK];
    i64 start = static_cast<i64>(blockIdx.x) * PLACED / CHUNK * CHUNK;
    int length = static_cast<int>(min(count - start, static_cast<i64>(CHUNK)));
    for (int i = threadIdx.x; i < length; i += blockDim.x) {
        chunk[i] = key(ids[start + i]);
    }
    __syncthreads();
    int mine = static_cast<int>(static_cast<i64>(blockIdx.x) * PLACED - start) + static_cast<int>(threadIdx.x >> 2);
    u32 own = mine < length ? chunk[mine] : 0;
    int before = 0;
    // Neighbouring threads of a token take neighbouring elements.
    for (int i = threadIdx.x & 3; i < length; i += 4) {
        before += chunk[i] < own || (chunk[i] == own && i < mine) ? 1 : 0;
    }
    before += __shfl_xor_sync(JAVELIN_ALL_LANES, before, 1);
    before += __shfl_xor_sync(JAVELIN_ALL_LANES, before, 2);
    if ((threadIdx.x & 3) == 0 && mine < length) {
        keys[start + before] = own;
        tokens[start + before] = static_cast<i32>(start + mine);
    }
}

/** How many of `length` sorted keys are smaller than `own`, or not greater if `equal`. */
__device__ __forceinline__ i64 countBefore(const u32* keys, i64 length, u32 own, bool equal) {
    i64 low = 0;
    i64 high = length;
    while (low < high) {
        i64 middle = (low + high) >> 1;
        bool before = equal ? keys[middle] <= own : keys[middle] < own;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

/** Joins the sorted chunks: a thread per token. Tokens of earlier chunks go before those of later ones with the same id. */
extern "C" __global__ void __launch_bounds__(256) embedding_merge_i32(
        const u32* keys, const i32* tokens, u32* mergedKeys, i32* mergedTokens, i64 count) {
    i64 at = globalThread();
    if (at >= count) {
        return;
    }
    u32 own = keys[at];
    i64 chunk = at / CHUNK;
    i64 place = at - chunk * CHUNK;
    for (i64 other = 0; other * CHUNK < count; other++) {
        if (other != chunk) {
            i64 start = other * CHUNK;
            place += countBefore(keys + start, min(count - start, static_cast<i64>(CHUNK)), own, other < chunk);
        }
    }
    mergedKeys[place] = own;
    mergedTokens[place] = tokens[at];
}

/** Where the tokens of each id begin among all sorted: starts [V + 1]. A thread per id. */
extern "C" __global__ void __launch_bounds__(256) embedding_starts_i32(const u32* keys, i32* starts, i64 count, i64 rows) {
    i64 id = globalThread();
    if (id <= rows) {
        starts[id] = static_cast<i32>(countBefore(keys, count, static_cast<u32>(id), false));
    }
}

// ---------------------------------------------------------------------------------------------- sums

/** Rows of tokens longer than this are shared by the warps of a block. */
static constexpr int LONG_ROW = 64;
static constexpr int WARPS = 8;

/** Adds the rows of dy of the tokens from..to to the sums of columns first and following, in order. */
template <class T>
__device__ __forceinline__ void addTokens(
        Real<T> (&sums)[Lanes<T>::count], const T* dy, const i32* tokens, i64 from, i64 to, i64 first, i64 width) {
    constexpr int AHEAD = 4;
    for (i64 base = from; base < to; base += AHEAD) {
        Vector<T> v[AHEAD];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            bool there = base + i < to;
            v[i] = loadVector(dy + (there ? tokens[base + i] * width : 0), first, there ? width : 0);
        }
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
#pragma unroll
            for (int e = 0; e < Lanes<T>::count; e++) {
                sums[e] += real(v[i].at[e]); // what is not there is 0
            }
        }
    }
}

template <class T, class G>
__device__ __forceinline__ void writeSums(const Real<T> (&sums)[Lanes<T>::count], G* row, i64 first, i64 width) {
    Columns<G, Lanes<T>::count> result;
#pragma unroll
    for (int e = 0; e < Lanes<T>::count; e++) {
        result[e] = Element<G>::of(sums[e]);
    }
    result.store(row, first, width);
}

/** A warp per row of the table's gradient; 8 warps a block. */
template <class T, class G>
__device__ __forceinline__ void embeddingGradient(
        const T* dy, const i32* starts, const i32* tokens, G* out, i64 rows, i64 width) {
    typedef Real<T> R;
    constexpr int N = Lanes<T>::count;
    __shared__ R parts[WARPS][32 * N];
    int lane = threadIdx.x & 31;
    int warp = threadIdx.x >> 5;
    i64 block = static_cast<i64>(blockIdx.x) * WARPS;
    i64 mine = block + warp;
    if (mine < rows && starts[mine + 1] - starts[mine] <= LONG_ROW) {
        for (i64 first = static_cast<i64>(lane) * N; first < width; first += 32 * N) {
            R sums[N] = {};
            addTokens<T>(sums, dy, tokens, starts[mine], starts[mine + 1], first, width);
            writeSums<T, G>(sums, out + mine * width, first, width);
        }
    }
    for (i64 row = block; row < block + WARPS && row < rows; row++) {
        i64 start = starts[row];
        i64 length = starts[row + 1] - start;
        if (length <= LONG_ROW) { // the same for the whole block
            continue;
        }
        i64 share = (length + WARPS - 1) / WARPS;
        i64 from = min(start + warp * share, start + length);
        i64 to = min(from + share, start + length);
        for (i64 tile = 0; tile < width; tile += 32 * N) {
            i64 first = tile + static_cast<i64>(lane) * N;
            R sums[N] = {};
            if (first < width) {
                addTokens<T>(sums, dy, tokens, from, to, first, width);
            }
#pragma unroll
            for (int e = 0; e < N; e++) {
                parts[warp][lane * N + e] = sums[e];
            }
            __syncthreads();
            if (warp == 0 && first < width) {
                for (int w = 1; w < WARPS; w++) {
#pragma unroll
                    for (int e = 0; e < N; e++) {
                        sums[e] += parts[w][lane * N + e];
                    }
                }
                writeSums<T, G>(sums, out + row * width, first, width);
            }
            __syncthreads();
        }
    }
}

#define EMBEDDING(T)                                                                             \
    extern "C" __global__ void __launch_bounds__(256) embedding_##T(                             \
            const T* table, const i32* ids, T* out, i64 tokens, i64 rows, i64 width, i64 crew) { \
        lookUp<T>(table, ids, out, tokens, rows, width, crew);                                   \
    }

#define EMBEDDING_GRADIENT(NAME, T, G)                                                            \
    extern "C" __global__ void __launch_bounds__(256) embedding_gradient_##NAME(                  \
            const T* dy, const i32* starts, const i32* tokens, G* out, i64 rows, i64 width) {     \
        embeddingGradient<T, G>(dy, starts, tokens, out, rows, width);                            \
    }

JAVELIN_FLOATS(EMBEDDING)
EMBEDDING_GRADIENT(f64, f64, f64)
EMBEDDING_GRADIENT(f32, f32, f32)
EMBEDDING_GRADIENT(bf16, bf16, bf16)
EMBEDDING_GRADIENT(f16, f16, f16)
