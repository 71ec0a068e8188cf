// Kernels that move elements and compute nothing. Elements are known by their size alone.
#include "loops.cuh"

// ---------------------------------------------------------------------------------------------- blocks of bytes

constexpr int COPY_THREADS = 256;
/** Bytes that a block copies. */
constexpr int COPY_SPAN = 16384;

/** A range of bytes in every row of the target. */
struct Segment {
    i64 sourceStep; // bytes from one row of the source to the next
    i64 sourceAt; // first byte in a row of the source
    i64 targetAt; // first byte in a row of the target
    i64 bytes; // in each row
    i64 firstBlock; // of the grid
};

/** Java writes 3 + 5 · COUNT longs. */
template <int COUNT>
struct Segments {
    i64 count;
    i64 rows;
    i64 targetStep; // bytes from one row of the target to the next
    Segment segment[COUNT];
};

/** The pieces of a segment, counted over all rows, and where they lie. */
template <class Piece>
struct Pieces {
    Segment segment;
    i64 targetStep;
    i64 perRow;
    i64 count;

    __device__ __forceinline__ Pieces(const Segment& of, i64 rows, i64 step)
        : segment(of),
          targetStep(step),
          perRow(of.bytes / static_cast<i64>(sizeof(Piece))),
          count(rows * perRow) {}

    __device__ __forceinline__ void find(i64 index, i64& source, i64& target) const {
        i64 row = perRow == count ? 0 : index / perRow;
        i64 byte = (index - row * perRow) * static_cast<i64>(sizeof(Piece));
        source = row * segment.sourceStep + segment.sourceAt + byte;
        target = row * targetStep + segment.targetAt + byte;
    }
};

template <class Piece>
__device__ __forceinline__ void copyPieces(u8* target, const u8* source, const Pieces<Piece>& pieces, i64 block) {
    constexpr int IN_FLIGHT = 4;
    constexpr i64 SPAN = COPY_SPAN / sizeof(Piece);
    i64 end = (block + 1) * SPAN < pieces.count ? (block + 1) * SPAN : pieces.count;
#pragma unroll 1
    for (i64 i = block * SPAN + threadIdx.x; i < end; i += COPY_THREADS * IN_FLIGHT) {
        Piece moved[IN_FLIGHT];
        i64 to[IN_FLIGHT];
#pragma unroll
        for (int k = 0; k < IN_FLIGHT; k++) {
            i64 index = i + k * COPY_THREADS;
            i64 from;
            pieces.find(index < end ? index : i, from, to[k]);
            moved[k] = source == nullptr ? Piece{} : *reinterpret_cast<const Piece*>(source + from);
        }
#pragma unroll
        for (int k = 0; k < IN_FLIGHT; k++) {
            if (i + k * COPY_THREADS < end) {
                *reinterpret_cast<Piece*>(target + to[k]) = moved[k];
            }
        }
    }
}

/** Blocks of a segment from `block` on, in pieces as large as all its addresses and lengths allow; no source: zeros. */
__device__ __forceinline__ void copySegment(
        u8* target, const u8* source, const Segment& segment, i64 rows, i64 targetStep, i64 block) {
    if (source != nullptr && rows == 1 && source + segment.sourceAt == target + segment.targetAt) {
        return; // lies at its place already
    }
    u64 bits = reinterpret_cast<u64>(target + segment.targetAt) | static_cast<u64>(segment.bytes);
    if (source != nullptr) {
        bits |= reinterpret_cast<u64>(source + segment.sourceAt);
    }
    if (rows > 1) {
        bits |= static_cast<u64>(segment.sourceStep) | static_cast<u64>(targetStep);
    }
    if (bits % 16 == 0) {
        copyPieces(target, source, Pieces<uint4>(segment, rows, targetStep), block);
    } else if (bits % 4 == 0) {
        copyPieces(target, source, Pieces<u32>(segment, rows, targetStep), block);
    } else if (bits % 2 == 0) {
        copyPieces(target, source, Pieces<b2>(segment, rows, targetStep), block);
    } else {
        copyPieces(target, source, Pieces<u8>(segment, rows, targetStep), block);
    }
}

/**
 * Copies a range of every row of a source, unless the predicate is there and 0. Launch: ceil(rows · bytes / COPY_SPAN)
 * blocks of COPY_THREADS. Bytes: those copied, twice.
 */
extern "C" __global__ void copy(const u8* source, const i32* predicate, u8* target, Segments<1> one) {
    if (predicate == nullptr || *predicate != 0) {
        copySegment(target, source, one.segment[0], one.rows, one.targetStep, blockIdx.x);
    }
}

/**
 * Copies up to 8 segments of zeros or of a source each into every row of a target; what lies at its place already stays.
 * Launch: for each segment ceil(rows · bytes / COPY_SPAN) blocks of COPY_THREADS, one segment behind the other. Bytes:
 * those copied, twice.
 */
extern "C" __global__ void join(const u8* s0, const u8* s1, const u8* s2, const u8* s3, const u8* s4, const u8* s5,
        const u8* s6, const u8* s7, u8* target, Segments<8> all) {
    i64 block = blockIdx.x;
    int which = 0;
    while (which + 1 < all.count && all.segment[which + 1].firstBlock <= block) {
        which++;
    }
    const u8* source = which < 4 ? (which < 2 ? (which == 0 ? s0 : s1) : which == 2 ? s2 : s3)
                                 : (which < 6 ? (which == 4 ? s4 : s5) : which == 6 ? s6 : s7);
    Segment segment = all.segment[which];
    copySegment(target, source, segment, all.rows, all.targetStep, block - segment.firstBlock);
}

// ---------------------------------------------------------------------------------------------- strided reads

struct Same {
    template <class T>
    __device__ __forceinline__ T operator()(T x) const {
        return x;
    }
};

#define GATHER(B)                                                                                \
    extern "C" __global__ void gather_##B(const B* x, B* y, long long n, Walk<1> walk) {        \
        eachStrided(Same(), walk, n, y, x);                                                      \
    }
GATHER(b1)
GATHER(b2)
GATHER(b4)
GATHER(b8)

// ---------------------------------------------------------------------------------------------- transposed tiles

constexpr int TRANSPOSE_THREADS = 256;
constexpr int MOST_BATCH_DIMS = 6;

/**
 * Matrices [columns, rows] that become [rows, columns]: neighbours of the source lie along `rows`, those of the target
 * along `columns`. Java writes 5 + 3 · 6 longs.
 */
struct Transposition {
    i64 columns; // extent of the target's last dim
    i64 rows; // extent of the dim in which the source is contiguous
    i64 sourceStep; // elements of the source from one column to the next
    i64 targetStep; // elements of the target from one row to the next
    i64 batchRank;
    i64 size[MOST_BATCH_DIMS];
    i64 sourceStride[MOST_BATCH_DIMS];
    i64 targetStride[MOST_BATCH_DIMS];
};

/** Side of a tile: 128 bytes at least, so that reads and writes fill whole lines. */
template <class B>
__device__ constexpr int tileSide() {
    return sizeof(B) >= 4 ? 32 : 64;
}

/**
 * A block turns one tile through shared memory. Launch: batches · ceil(columns / side) · ceil(rows / side) blocks of
 * TRANSPOSE_THREADS. Bytes: both operands once.
 */
template <class B>
__device__ __forceinline__ void transpose(const B* x, B* y, const Transposition& t) {
    constexpr int SIDE = tileSide<B>();
    constexpr int STEP = TRANSPOSE_THREADS / SIDE;
    __shared__ B tile[SIDE][SIDE + (sizeof(B) >= 4 ? 1 : 4 / sizeof(B))];
    i64 tilesDown = (t.rows + SIDE - 1) / SIDE;
    i64 tilesAcross = (t.columns + SIDE - 1) / SIDE;
    i64 block = blockIdx.x;
    i64 rest = block / tilesDown;
    i64 row0 = (block - rest * tilesDown) * SIDE;
    i64 batch = rest / tilesAcross;
    i64 column0 = (rest - batch * tilesAcross) * SIDE;
    for (int dim = static_cast<int>(t.batchRank) - 1; dim >= 0; dim--) {
        i64 next = batch / t.size[dim];
        i64 digit = batch - next * t.size[dim];
        x += digit * t.sourceStride[dim];
        y += digit * t.targetStride[dim];
        batch = next;
    }
    int lane = threadIdx.x % SIDE;
    int line = threadIdx.x / SIDE;
    if (row0 + lane < t.rows) {
#pragma unroll
        for (int c = line; c < SIDE; c += STEP) {
            if (column0 + c < t.columns) {
                tile[c][lane] = x[(column0 + c) * t.sourceStep + row0 + lane];
            }
        }
    }
    __syncthreads();
    if (column0 + lane < t.columns) {
#pragma unroll
        for (int r = line; r < SIDE; r += STEP) {
            if (row0 + r < t.rows) {
                y[(row0 + r) * t.targetStep + column0 + lane] = tile[lane][r];
            }
        }
    }
}

#define TRANSPOSE(B)                                                                           \
    extern "C" __global__ void transpose_##B(const B* x, B* y, Transposition shape) {        \
        transpose(x, y, shape);                                                                \
    }
TRANSPOSE(b1)
TRANSPOSE(b2)
TRANSPOSE(b4)
TRANSPOSE(b8)
