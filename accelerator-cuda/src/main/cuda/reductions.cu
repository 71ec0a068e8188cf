// Sums and greatest values over any dims, in an order that the shape alone fixes: terms are dealt to threads by their
// index, each thread adds its own in order, and threads are joined by a tree. Numbers of 16 bits are summed in f32.
//
// A reduction with few results is cut into slices of terms, whose results a second launch joins. Bytes moved: the
// operand once, and the slices' results twice.
#include "loops.cuh"

constexpr int REDUCE_THREADS = 256;

/** Java writes 5 + 2 · (1 + 2 · 8) longs. */
struct Reduction {
    i64 results;
    i64 terms; // of a result
    i64 slices; // of its terms
    i64 sliceTerms;
    i64 lanes; // threads side by side: those of a result (rows), or those along the last kept dim (columns); 2^n
    i64 keptRank;
    i64 keptSize[8];
    i64 keptStride[8];
    i64 reducedRank;
    i64 reducedSize[8];
    i64 reducedStride[8];
};

struct Sum {
    template <class R>
    static __device__ __forceinline__ R start() {
        return R(0);
    }
    template <class R>
    static __device__ __forceinline__ R join(R a, R b) {
        return a + b;
    }
};
/** A NaN stays. */
struct Max {
    template <class R>
    static __device__ __forceinline__ R start() {
        return R(-INFINITY);
    }
    template <class R>
    static __device__ __forceinline__ R join(R a, R b) {
        return a > b || a != a ? a : b;
    }
};

/** Offset of an element, counted over some dims in row-major order. */
__device__ __forceinline__ i64 offsetOf(i64 index, int rank, const i64* size, const i64* stride) {
    i64 at = 0;
    for (int dim = rank - 1; dim > 0; dim--) {
        i64 rest = index / size[dim];
        at += (index - rest * size[dim]) * stride[dim];
        index = rest;
    }
    return rank > 0 ? at + index * stride[0] : 0;
}

template <class Op, int WIDTH, class R>
__device__ __forceinline__ R joinVector(const R (&values)[WIDTH]) {
    R joined[WIDTH];
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
        joined[i] = values[i];
    }
#pragma unroll
    for (int half = WIDTH / 2; half > 0; half /= 2) {
#pragma unroll
        for (int i = 0; i < half; i++) {
            joined[i] = Op::join(joined[i], joined[i + half]);
        }
    }
    return joined[0];
}

/**
 * The last dim is reduced and contiguous: `lanes` threads (1 to 32, or all 256 of a block) take a slice of a result's terms. Result k of
 * slice s goes to y[k · slices + s]. Launch: ceil(results · slices · lanes / REDUCE_THREADS) blocks.
 */
template <class Op, class In, class Out>
__device__ __forceinline__ void reduceRows(const In* x, Out* y, const Reduction& shape) {
    constexpr int WIDTH = widthOf<In>();
    typedef Real<In> R;
    int lanes = static_cast<int>(shape.lanes);
    int lane = threadIdx.x & (lanes - 1);
    i64 items = shape.results * shape.slices;
    i64 item = static_cast<i64>(blockIdx.x) * (REDUCE_THREADS / lanes) + threadIdx.x / lanes;
    R parts[WIDTH];
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
        parts[i] = Op::template start<R>();
    }
    if (item < items) {
        i64 result = shape.slices == 1 ? item : item / shape.slices;
        i64 first = (item - result * shape.slices) * shape.sliceTerms;
        i64 end = first + shape.sliceTerms < shape.terms ? first + shape.sliceTerms : shape.terms;
        const In* from = x + offsetOf(result, static_cast<int>(shape.keptRank), shape.keptSize, shape.keptStride);
        int rank = static_cast<int>(shape.reducedRank);
        i64 inner = shape.reducedSize[rank - 1];
        if (rank == 1 && inner % WIDTH == 0 && Vector<In, WIDTH>::fits(from)) {
#pragma unroll 2
            for (i64 at = first + lane * WIDTH; at < end; at += lanes * WIDTH) {
                Vector<In, WIDTH> terms;
                terms.load(from + at);
#pragma unroll
                for (int i = 0; i < WIDTH; i++) {
                    parts[i] = Op::join(parts[i], real(terms.at[i]));
                }
            }
        } else if (inner % WIDTH == 0) {
#pragma unroll 1
            for (i64 at = first + lane * WIDTH; at < end; at += lanes * WIDTH) {
                const In* terms = from + offsetOf(at, rank, shape.reducedSize, shape.reducedStride);
#pragma unroll
                for (int i = 0; i < WIDTH; i++) {
                    parts[i] = Op::join(parts[i], real(terms[i]));
                }
            }
        } else {
#pragma unroll 1
            for (i64 at = first + lane; at < end; at += lanes) {
                i64 offset = offsetOf(at, rank, shape.reducedSize, shape.reducedStride);
                parts[0] = Op::join(parts[0], real(from[offset]));
            }
        }
    }
    R value = joinVector<Op>(parts);
    for (int distance = (lanes < 32 ? lanes : 32) / 2; distance > 0; distance /= 2) {
        value = Op::join(value, __shfl_xor_sync(JAVELIN_ALL_LANES, value, distance));
    }
    if (lanes > 32) {
        __shared__ R warps[REDUCE_THREADS / 32];
        if ((threadIdx.x & 31) == 0) {
            warps[threadIdx.x / 32] = value;
        }
        __syncthreads();
        value = joinVector<Op>(warps);
    }
    if (item < items && lane == 0) {
        y[item] = Element<Out>::of(value);
    }
}

/**
 * The last dim is kept: `lanes` threads lie side by side along it, WIDTH results each; the other threads of a block take
 * every 256/lanes-th term of a slice. Result k of slice s goes to y[s · results + k]. Launch: ceil(last / (lanes ·
 * WIDTH)) · slices · (results / last) blocks of REDUCE_THREADS.
 */
template <class Op, class In, class Out>
__device__ __forceinline__ void reduceColumns(const In* x, Out* y, const Reduction& shape) {
    constexpr int WIDTH = widthOf<In>();
    typedef Real<In> R;
    __shared__ R parts[WIDTH][REDUCE_THREADS];
    int lanes = static_cast<int>(shape.lanes);
    int lane = threadIdx.x & (lanes - 1);
    int lines = REDUCE_THREADS / lanes;
    int line = threadIdx.x / lanes;
    int last = static_cast<int>(shape.keptRank) - 1;
    i64 length = shape.keptSize[last];
    i64 tiles = (length + lanes * WIDTH - 1) / (lanes * WIDTH);
    i64 rest = static_cast<i64>(blockIdx.x) / tiles;
    i64 column = (static_cast<i64>(blockIdx.x) - rest * tiles) * (lanes * WIDTH) + lane * WIDTH;
    i64 outer = rest / shape.slices;
    i64 slice = rest - outer * shape.slices;
    i64 left = length - column;
    int count = left <= 0 ? 0 : left < WIDTH ? static_cast<int>(left) : WIDTH;
    R sums[WIDTH];
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
        sums[i] = Op::template start<R>();
    }
    if (count > 0) {
        const In* from = x + offsetOf(outer, last, shape.keptSize, shape.keptStride) + column;
        int rank = static_cast<int>(shape.reducedRank);
        i64 end = (slice + 1) * shape.sliceTerms < shape.terms ? (slice + 1) * shape.sliceTerms : shape.terms;
        i64 term = slice * shape.sliceTerms + line;
        if (rank == 1 && length % WIDTH == 0 && Vector<In, WIDTH>::fits(from)) { // so every row is aligned
            i64 stride = shape.reducedStride[0];
#pragma unroll 2
            for (; term < end; term += lines) {
                Vector<In, WIDTH> row;
                row.load(from + term * stride);
#pragma unroll
                for (int i = 0; i < WIDTH; i++) {
                    sums[i] = Op::join(sums[i], real(row.at[i]));
                }
            }
        } else {
#pragma unroll 1
            for (; term < end; term += lines) {
                const In* row = from + offsetOf(term, rank, shape.reducedSize, shape.reducedStride);
#pragma unroll
                for (int i = 0; i < WIDTH; i++) {
                    sums[i] = Op::join(sums[i], real(row[i < count ? i : 0]));
                }
            }
        }
    }
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
        parts[i][threadIdx.x] = sums[i];
    }
    for (int half = lines / 2; half > 0; half /= 2) {
        __syncthreads();
        if (line < half) {
#pragma unroll
            for (int i = 0; i < WIDTH; i++) {
                sums[i] = Op::join(sums[i], parts[i][threadIdx.x + half * lanes]);
                parts[i][threadIdx.x] = sums[i];
            }
        }
    }
    if (line == 0) {
        i64 to = slice * shape.results + outer * length + column;
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            if (i < count) {
                y[to + i] = Element<Out>::of(sums[i]);
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------- entries

#define ENTRY(name, Op, In, Out)                                                                                  \
    extern "C" __global__ void name##_rows_##In##_##Out(const In* x, Out* y, Reduction shape) {                  \
        reduceRows<Op>(x, y, shape);                                                                              \
    }                                                                                                             \
    extern "C" __global__ void name##_columns_##In##_##Out(const In* x, Out* y, Reduction shape) {               \
        reduceColumns<Op>(x, y, shape);                                                                           \
    }
#define ENTRIES(In, Out)      \
    ENTRY(sum, Sum, In, Out)  \
    ENTRY(max, Max, In, Out)
ENTRIES(f64, f64)
ENTRIES(f32, f32)
ENTRIES(bf16, bf16)
ENTRIES(bf16, f32)
ENTRIES(f32, bf16)
ENTRIES(f16, f16)
ENTRIES(f16, f32)
ENTRIES(f32, f16)
