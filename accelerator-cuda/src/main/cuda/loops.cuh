// Elementwise loops: 16-byte loads and stores where all operands allow them, elsewhere the same arithmetic element by
// element, so that no bit depends on where a tensor lies.
//
// An element is written by the thread that has read element i of every operand, after it has read them: the output may
// lie on an input of its own shape and element size. Grids follow from the number of elements alone (Java: Grids).
#pragma once
#include "common.cuh"

constexpr int LOOP_THREADS = 256;
/** Vectors that a thread of `each` takes, a block apart, so that several loads are under way. */
constexpr int LOOP_VECTORS = 2;

/** Elements as bytes that are moved and not read. */
typedef u8 b1;
typedef unsigned short b2;
typedef u32 b4;
typedef u64 b8;

/** A truth value: holds where the byte is not 0. */
struct truth {
    u8 bits;
};

/** A product that is rounded before anything is added to it. */
__device__ __forceinline__ f32 product(f32 a, f32 b) {
    return __fmul_rn(a, b);
}
__device__ __forceinline__ f64 product(f64 a, f64 b) {
    return __dmul_rn(a, b);
}
/** a · b + c, rounded once. */
__device__ __forceinline__ f32 fused(f32 a, f32 b, f32 c) {
    return __fmaf_rn(a, b, c);
}
__device__ __forceinline__ f64 fused(f64 a, f64 b, f64 c) {
    return __fma_rn(a, b, c);
}

/** Elements of a vector: 16 bytes of the narrowest type, at most 8 elements. */
template <class... T>
__device__ constexpr int widthOf() {
    int narrowest = 8;
    ((narrowest = static_cast<int>(sizeof(T)) < narrowest ? static_cast<int>(sizeof(T)) : narrowest), ...);
    return 16 / narrowest < 8 ? 16 / narrowest : 8;
}

constexpr int vectorAlignment(int bytes) {
    return bytes < 16 ? bytes : 16;
}

/** WIDTH neighbours in registers, moved 16 bytes at a time (or all at once where they are less). */
template <class T, int WIDTH>
struct alignas(vectorAlignment(WIDTH * static_cast<int>(sizeof(T)))) Vector {
    T at[WIDTH];

    static __device__ __forceinline__ bool fits(const T* address) {
        return reinterpret_cast<u64>(address) % alignof(Vector) == 0;
    }

    __device__ __forceinline__ void load(const T* from) {
        *this = *reinterpret_cast<const Vector*>(from);
    }

    __device__ __forceinline__ void store(T* to) const {
        *reinterpret_cast<Vector*>(to) = *this;
    }
};

/** One vector of each input of an operation. */
template <int WIDTH, class... In>
struct Operands;
template <int WIDTH>
struct Operands<WIDTH> {
    __device__ __forceinline__ void load(i64) {}

    template <class Op, class... A>
    __device__ __forceinline__ auto apply(const Op& op, int, A... a) const {
        return op(a...);
    }
};
template <int WIDTH, class T, class... Rest>
struct Operands<WIDTH, T, Rest...> {
    Vector<T, WIDTH> head;
    Operands<WIDTH, Rest...> rest;

    __device__ __forceinline__ void load(i64 at, const T* from, const Rest*... others) {
        head.load(from + at);
        rest.load(at, others...);
    }

    template <class Op, class... A>
    __device__ __forceinline__ auto apply(const Op& op, int i, A... a) const {
        return rest.apply(op, i, a..., head.at[i]);
    }
};

/** Marks an operation of many instructions: its vectors are computed one after the other, to keep the code small. */
struct Heavy {};
template <class Op>
constexpr bool isHeavy = __is_base_of(Heavy, Op);

/**
 * out[i] = op(in[i]...), 0 ≤ i < n. Launch: ceil(n / (LOOP_THREADS · LOOP_VECTORS · widthOf<Out, In...>())) blocks of
 * LOOP_THREADS. Bytes: every operand once.
 */
template <class Op, class Out, class... In>
__device__ __forceinline__ void each(const Op& op, i64 n, Out* out, const In*... in) {
    constexpr int WIDTH = widthOf<Out, In...>();
    i64 block = static_cast<i64>(blockIdx.x) * (LOOP_THREADS * LOOP_VECTORS * WIDTH);
    bool vectors = Vector<Out, WIDTH>::fits(out);
    ((vectors = vectors && Vector<In, WIDTH>::fits(in)), ...);
    if (!vectors) {
#pragma unroll 1
        for (int i = threadIdx.x; i < LOOP_THREADS * LOOP_VECTORS * WIDTH; i += LOOP_THREADS) {
            if (block + i < n) {
                out[block + i] = op(in[block + i]...);
            }
        }
        return;
    }
    i64 first = block + threadIdx.x * WIDTH;
    if (!isHeavy<Op> && block + LOOP_THREADS * LOOP_VECTORS * WIDTH <= n) {
        Operands<WIDTH, In...> loaded[LOOP_VECTORS];
#pragma unroll
        for (int v = 0; v < LOOP_VECTORS; v++) {
            loaded[v].load(first + v * (LOOP_THREADS * WIDTH), in...);
        }
#pragma unroll
        for (int v = 0; v < LOOP_VECTORS; v++) {
            Vector<Out, WIDTH> result;
#pragma unroll
            for (int i = 0; i < WIDTH; i++) {
                result.at[i] = loaded[v].apply(op, i);
            }
            result.store(out + first + v * (LOOP_THREADS * WIDTH));
        }
        return;
    }
#pragma unroll 1
    for (int v = 0; v < LOOP_VECTORS; v++) {
        i64 at = first + v * (LOOP_THREADS * WIDTH);
        if (at + WIDTH <= n) {
            Operands<WIDTH, In...> loaded;
            Vector<Out, WIDTH> result;
            loaded.load(at, in...);
#pragma unroll
            for (int i = 0; i < WIDTH; i++) {
                result.at[i] = loaded.apply(op, i);
            }
            result.store(out + at);
        } else {
#pragma unroll 1
            for (; at < n; at++) {
                out[at] = op(in[at]...);
            }
        }
    }
}

/** Offsets of row `row` of a walk, the last dim left out, in every operand. */
template <int OPERANDS>
__device__ __forceinline__ void rowOffsets(const Walk<OPERANDS>& walk, i64 row, i64 (&at)[OPERANDS]) {
#pragma unroll
    for (int operand = 0; operand < OPERANDS; operand++) {
        at[operand] = 0;
    }
    for (int dim = static_cast<int>(walk.rank) - 2; dim >= 0; dim--) {
        i64 rest = dim > 0 ? row / walk.size[dim] : 0;
        i64 digit = row - rest * walk.size[dim];
#pragma unroll
        for (int operand = 0; operand < OPERANDS; operand++) {
            at[operand] += digit * walk.stride[operand][dim];
        }
        row = rest;
    }
}

/** The first `count` elements of a vector, from places `step` apart; the others repeat the first. */
template <int WIDTH, class T>
__device__ __forceinline__ void loadRun(Vector<T, WIDTH>& vector, const T* from, i64 step, int count) {
    if (step == 1 && count == WIDTH && Vector<T, WIDTH>::fits(from)) {
        vector.load(from);
    } else {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            vector.at[i] = from[i < count ? i * step : 0];
        }
    }
}

/** The first `count` elements of a vector to neighbouring places. */
template <int WIDTH, class T>
__device__ __forceinline__ void storeRun(const Vector<T, WIDTH>& vector, T* to, int count) {
    if (count == WIDTH && Vector<T, WIDTH>::fits(to)) {
        vector.store(to);
    } else {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            if (i < count) {
                to[i] = vector.at[i];
            }
        }
    }
}

/** One vector of each input of an operation over broadcast operands. */
template <int WIDTH, class T>
__device__ __forceinline__ void loadRuns(Operands<WIDTH, T>& o, const i64* at, const i64* step, int count, const T* from) {
    loadRun(o.head, from + at[0], step[0], count);
}
template <int WIDTH, class T, class... Rest>
__device__ __forceinline__ void loadRuns(
        Operands<WIDTH, T, Rest...>& o, const i64* at, const i64* step, int count, const T* from, const Rest*... others) {
    loadRun(o.head, from + at[0], step[0], count);
    loadRuns(o.rest, at + 1, step + 1, count, others...);
}

/**
 * out[i] = op(in[i]...), 0 ≤ i < n, with operands that are walked with strides of their own; rank 1 to 8. A thread takes
 * up to widthOf<Out, In...>() neighbours of the last dim. Launch: ceil(rows · ceil(last / width) / LOOP_THREADS) blocks
 * of LOOP_THREADS. Bytes: every operand once; what is repeated comes from the caches.
 */
template <class Op, class Out, class... In>
__device__ __forceinline__ void eachStrided(
        const Op& op, const Walk<sizeof...(In)>& walk, i64 n, Out* out, const In*... in) {
    constexpr int WIDTH = widthOf<Out, In...>();
    constexpr int INPUTS = sizeof...(In);
    int last = static_cast<int>(walk.rank) - 1;
    i64 length = walk.size[last];
    i64 runs = (length + WIDTH - 1) / WIDTH;
    i64 row = globalThread() / runs;
    i64 column = (globalThread() - row * runs) * WIDTH;
    i64 index = row * length + column;
    if (index >= n) {
        return;
    }
    int count = length - column < WIDTH ? static_cast<int>(length - column) : WIDTH;
    i64 at[INPUTS];
    i64 step[INPUTS];
    rowOffsets(walk, row, at);
#pragma unroll
    for (int operand = 0; operand < INPUTS; operand++) {
        step[operand] = walk.stride[operand][last];
        at[operand] += column * step[operand];
    }
    Operands<WIDTH, In...> loaded;
    loadRuns(loaded, at, step, count, in...);
    Vector<Out, WIDTH> result;
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
        result.at[i] = loaded.apply(op, i);
    }
    storeRun(result, out + index, count);
}
