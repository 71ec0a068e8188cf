// What kernels share that work row by row along the last dim: vectors of 16 bytes, crews of threads, rows kept in
// registers.
//
// A row belongs to a crew: a power of two of neighbouring threads, from 4 up to the whole block. Which element a thread
// takes, and so the order of every sum, depends on the shape alone: it is the same whether memory is aligned for loads
// of 16 bytes or not.
#pragma once

#include "common.cuh"

// ---------------------------------------------------------------------------------------------- functions

__device__ __forceinline__ f32 exponential(f32 x) {
    return expf(x);
}
__device__ __forceinline__ f64 exponential(f64 x) {
    return exp(x);
}
__device__ __forceinline__ f32 logarithm(f32 x) {
    return logf(x);
}
__device__ __forceinline__ f64 logarithm(f64 x) {
    return log(x);
}
__device__ __forceinline__ f32 root(f32 x) {
    return sqrtf(x);
}
__device__ __forceinline__ f64 root(f64 x) {
    return sqrt(x);
}

// ---------------------------------------------------------------------------------------------- arithmetic

// Which products are joined with sums is written here and not left to the compiler, which may choose otherwise where more
// stands beside them, or on one of two ways through a kernel: the last step of exp is a product, too.

/** A sum that is not joined with a product before it. */
__device__ __forceinline__ f32 added(f32 a, f32 b) {
    return __fadd_rn(a, b);
}
__device__ __forceinline__ f64 added(f64 a, f64 b) {
    return __dadd_rn(a, b);
}
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

// ---------------------------------------------------------------------------------------------- bounds

template <class R>
struct Special;
template <>
struct Special<f32> {
    static __device__ __forceinline__ f32 nan() {
        return __int_as_float(0x7fc00000);
    }
    static __device__ __forceinline__ f32 lowest() { // minus infinity
        return __int_as_float(static_cast<i32>(0xff800000u));
    }
};
template <>
struct Special<f64> {
    static __device__ __forceinline__ f64 nan() {
        return __longlong_as_double(0x7ff8000000000000LL);
    }
    static __device__ __forceinline__ f64 lowest() {
        return __longlong_as_double(static_cast<i64>(0xfff0000000000000ULL));
    }
};

// ---------------------------------------------------------------------------------------------- vectors

template <int BYTES>
struct Word;
template <>
struct Word<16> {
    typedef ulonglong2 type;
    static __device__ __forceinline__ type of(u64 low, u64 high) {
        type word;
        word.x = low;
        word.y = high;
        return word;
    }
    static __device__ __forceinline__ u64 low(type word) {
        return word.x;
    }
    static __device__ __forceinline__ u64 high(type word) {
        return word.y;
    }
};
template <>
struct Word<8> {
    typedef u64 type;
    static __device__ __forceinline__ type of(u64 low, u64) {
        return low;
    }
    static __device__ __forceinline__ u64 low(type word) {
        return word;
    }
    static __device__ __forceinline__ u64 high(type) {
        return 0;
    }
};

/** Unsigned numbers of so many bytes. */
template <int BYTES>
struct Bits;
template <>
struct Bits<8> {
    typedef u64 type;
};
template <>
struct Bits<4> {
    typedef u32 type;
};
template <>
struct Bits<2> {
    typedef unsigned short type;
};

/** How many elements of a type 16 bytes hold. */
template <class T>
struct Lanes {
    static constexpr int count = 16 / static_cast<int>(sizeof(T));
};

/** Some neighbouring elements, loaded and stored at once where they lie on a multiple of their size. */
template <class T, int N = Lanes<T>::count>
union Vector {
    typedef Word<N * static_cast<int>(sizeof(T))> Whole;
    typedef typename Bits<sizeof(T)>::type Element;

    typename Whole::type word;
    T at[N];
};

template <class T, int N>
__device__ __forceinline__ bool isWhole(const T* row, i64 first, i64 width) {
    return first >= 0 && first + N <= width && (reinterpret_cast<u64>(row + first) & (N * sizeof(T) - 1)) == 0;
}

/** Elements `first` and following of a row; what lies outside the row has the bits `outside`. */
template <class T, int N = Lanes<T>::count>
__device__ __forceinline__ Vector<T, N> loadVector(const T* row, i64 first, i64 width, u64 outside = 0) {
    typedef Vector<T, N> V;
    V v;
    if (isWhole<T, N>(row, first, width)) {
        v.word = *reinterpret_cast<const decltype(v.word)*>(row + first);
    } else if (first >= width) {
        u64 all = outside * (sizeof(T) == 2 ? 0x0001000100010001ULL : sizeof(T) == 4 ? 0x0000000100000001ULL : 1ULL);
        v.word = V::Whole::of(all, all);
    } else { // seldom: one after the other, in little code
        u64 low = 0;
        u64 high = 0;
#pragma unroll 1
        for (int e = 0; e < N; e++) {
            i64 c = first + e;
            u64 bits = c >= 0 && c < width ? reinterpret_cast<const typename V::Element*>(row)[c] : outside;
            int shift = e * 8 * static_cast<int>(sizeof(T));
            low |= shift < 64 ? bits << shift : 0;
            high |= shift < 64 ? 0 : bits << (shift - 64);
        }
        v.word = V::Whole::of(low, high);
    }
    return v;
}

/** Stores 16 bytes at once: the compiler likes to make two stores of them. */
__device__ __forceinline__ void storeWord(ulonglong2* to, ulonglong2 word) {
#if JAVELIN_ON_DEVICE
    asm volatile("st.global.v2.u64 [%0], {%1, %2};" ::"l"(__cvta_generic_to_global(to)), "l"(word.x), "l"(word.y) : "memory");
#else
    *to = word;
#endif
}
__device__ __forceinline__ void storeWord(u64* to, u64 word) {
    *to = word;
}

/** Stores the elements that lie in the row. */
template <class T, int N>
__device__ __forceinline__ void storeVector(T* row, i64 first, i64 width, Vector<T, N> v) {
    typedef Vector<T, N> V;
    if (isWhole<T, N>(row, first, width)) {
        storeWord(reinterpret_cast<decltype(v.word)*>(row + first), v.word);
    } else if (first < width) {
        u64 low = V::Whole::low(v.word);
        u64 high = V::Whole::high(v.word);
#pragma unroll 1
        for (int e = 0; e < N; e++) {
            i64 c = first + e;
            int shift = e * 8 * static_cast<int>(sizeof(T));
            if (c >= 0 && c < width) {
                u64 bits = shift < 64 ? low >> shift : high >> (shift - 64);
                reinterpret_cast<typename V::Element*>(row)[c] = static_cast<typename V::Element>(bits);
            }
        }
    }
}

/** WHOLE: the vector lies in the row and on a multiple of its size, as the caller knows; else as loadVector. */
template <bool WHOLE, class T, int N = Lanes<T>::count>
__device__ __forceinline__ Vector<T, N> load(const T* row, i64 first, i64 width, u64 outside = 0) {
    if (WHOLE) {
        Vector<T, N> v;
        v.word = *reinterpret_cast<const decltype(v.word)*>(row + first);
        return v;
    }
    return loadVector<T, N>(row, first, width, outside);
}

template <bool WHOLE, class T, int N>
__device__ __forceinline__ void store(T* row, i64 first, i64 width, Vector<T, N> v) {
    if (WHOLE) {
        storeWord(reinterpret_cast<decltype(v.word)*>(row + first), v.word);
    } else {
        storeVector<T, N>(row, first, width, v);
    }
}

/** N neighbouring elements of a type of any size, in as many vectors as they need. */
template <class P, int N>
struct Columns {
    static constexpr int each = Lanes<P>::count < N ? Lanes<P>::count : N;

    Vector<P, each> part[N / each];

    template <bool WHOLE = false>
    __device__ __forceinline__ void load(const P* row, i64 first, i64 width) {
#pragma unroll
        for (int i = 0; i < N / each; i++) {
            part[i] = ::load<WHOLE, P, each>(row, first + i * each, width);
        }
    }

    __device__ __forceinline__ void store(P* row, i64 first, i64 width) const {
#pragma unroll
        for (int i = 0; i < N / each; i++) {
            storeVector<P, each>(row, first + i * each, width, part[i]);
        }
    }

    __device__ __forceinline__ P& operator[](int e) {
        return part[e / each].at[e % each];
    }
};

/** The bits of minus infinity, for what lies outside a row whose greatest is sought. */
template <class T>
struct LowestBits;
template <>
struct LowestBits<f64> {
    static constexpr u64 value = 0xfff0000000000000ULL;
};
template <>
struct LowestBits<f32> {
    static constexpr u64 value = 0xff800000ULL;
};
template <>
struct LowestBits<bf16> {
    static constexpr u64 value = 0xff80ULL;
};
template <>
struct LowestBits<f16> {
    static constexpr u64 value = 0xfc00ULL;
};

/**
 * The vectors of one row of a matrix. They lie on the grid of the whole matrix, so that all but the first and the last
 * are aligned also where the width is odd: vector k holds the columns from k * N - phase on.
 */
template <class T, int N = Lanes<T>::count>
struct RowVectors {
    i64 width;
    i64 phase;
    i64 count;

    __device__ __forceinline__ RowVectors(i64 row, i64 width)
        : width(width), phase((row * width) & (N - 1)), count(width == 0 ? 0 : (width + phase + N - 1) / N) {}

    /** The first column of vector k, which may lie before the row. */
    __device__ __forceinline__ i64 first(i64 k) const {
        return k * N - phase;
    }
};

// ---------------------------------------------------------------------------------------------- crews

/** The threads of a block that share a row: `size` of them, a power of two from 4 to the block's size. */
struct Crew {
    int size;
    int rank;

    __device__ __forceinline__ explicit Crew(i64 threads)
        : size(static_cast<int>(threads)), rank(static_cast<int>(threadIdx.x) & (static_cast<int>(threads) - 1)) {}

    /** How many crews a block has. */
    __device__ __forceinline__ int perBlock() const {
        return static_cast<int>(blockDim.x) / size;
    }

    /** The number of this crew within its block. */
    __device__ __forceinline__ int number() const {
        return static_cast<int>(threadIdx.x) / size;
    }

    /** The row of this crew, where blocks take rows in order. */
    __device__ __forceinline__ i64 row() const {
        return static_cast<i64>(blockIdx.x) * perBlock() + number();
    }

    /** Sum over the crew in every thread of it. All threads of the block must come here. */
    template <class V>
    __device__ __forceinline__ V sum(V value) const {
        __shared__ V parts[32];
        value = join(value, parts, [](V a, V b) { return a + b; });
        return value;
    }

    /** Greatest over the crew; NaN counts for nothing. All threads of the block must come here. */
    template <class V>
    __device__ __forceinline__ V greatest(V value) const {
        __shared__ V parts[32];
        return join(value, parts, [](V a, V b) { return b > a ? b : a; });
    }

    template <class V, class Join>
    __device__ __forceinline__ V join(V value, V* parts, Join with) const {
        for (int distance = (size < 32 ? size : 32) / 2; distance > 0; distance >>= 1) {
            value = with(value, __shfl_xor_sync(JAVELIN_ALL_LANES, value, distance));
        }
        if (size > 32) { // the same for the whole block
            __syncthreads(); // parts of an earlier call may still be read
            if ((threadIdx.x & 31) == 0) {
                parts[threadIdx.x >> 5] = value;
            }
            __syncthreads();
            int first = number() * (size >> 5);
            value = parts[first];
            for (int i = 1; i < size >> 5; i++) {
                value = with(value, parts[first + i]);
            }
        }
        return value;
    }
};

/** True if an array lies on a multiple of the size of N elements: no array at all does. */
template <int N, class T>
__device__ __forceinline__ bool isAligned(const T* at) {
    return (reinterpret_cast<u64>(at) & (N * sizeof(T) - 1)) == 0;
}

/** What a body is told of its vector: that it is WHOLE, or that it may be cut or lie anywhere. */
template <bool WHOLE>
struct Wholeness {
    static constexpr bool value = WHOLE;
};

/**
 * A row that is read once where its vectors are whole: the first ITEMS of each thread stay in registers, what is wider is
 * read again at each walk. A row of odd width, or at an odd address, is read again at each walk.
 */
template <class T, int ITEMS, int N = Lanes<T>::count>
struct KeptRow {
    typedef Vector<T, N> Item;

    const T* row;
    RowVectors<T, N> vectors;
    Crew crew;
    u64 outside;
    bool whole;
    Item kept[ITEMS];

    /**
     * @param width 0 for a crew without a row
     * @param aligned whether all other arrays that bodies read and write are aligned; one answer for the whole grid
     * @param outside bits of what lies outside the row
     */
    __device__ __forceinline__ KeptRow(
            const T* matrix, i64 number, i64 width, Crew crew, bool aligned, u64 outside = 0)
        : row(matrix + number * width),
          vectors(number, width),
          crew(crew),
          outside(outside),
          whole(aligned && width % N == 0 && isAligned<N>(matrix)) {
        if (whole) {
#pragma unroll
            for (int i = 0; i < ITEMS; i++) {
                i64 k = static_cast<i64>(i) * crew.size + crew.rank;
                if (k < vectors.count) {
                    kept[i] = load<true, T, N>(row, k * N, width);
                }
            }
        }
    }

    /**
     * A row that is made now: make(first column, Wholeness) gives each vector once, and writes it where the row is read
     * again. Other parameters as above.
     */
    template <class Make>
    __device__ __forceinline__ KeptRow(
            const T* matrix, i64 number, i64 width, Crew crew, bool aligned, u64 outside, Make make)
        : row(matrix + number * width),
          vectors(number, width),
          crew(crew),
          outside(outside),
          whole(aligned && width % N == 0 && isAligned<N>(matrix)) {
        if (whole) {
#pragma unroll
            for (int i = 0; i < ITEMS; i++) {
                i64 k = static_cast<i64>(i) * crew.size + crew.rank;
                if (k < vectors.count) {
                    kept[i] = make(k * N, Wholeness<true>());
                }
            }
            i64 next = static_cast<i64>(ITEMS) * crew.size + crew.rank;
#pragma unroll 1
            for (i64 k = next; k < vectors.count; k += crew.size) {
                make(k * N, Wholeness<true>());
            }
        } else {
#pragma unroll 1
            for (i64 k = crew.rank; k < vectors.count; k += crew.size) {
                make(vectors.first(k), Wholeness<false>());
            }
        }
    }

    /** body(item, first column, Wholeness) for this thread's vectors, in ascending order. */
    template <class Body>
    __device__ __forceinline__ void each(Body body) const {
        if (whole) {
#pragma unroll
            for (int i = 0; i < ITEMS; i++) {
                i64 k = static_cast<i64>(i) * crew.size + crew.rank;
                if (k < vectors.count) {
                    body(kept[i], k * N, Wholeness<true>());
                }
            }
            i64 next = static_cast<i64>(ITEMS) * crew.size + crew.rank;
#pragma unroll 1
            for (i64 k = next; k < vectors.count; k += crew.size) {
                body(load<true, T, N>(row, k * N, vectors.width), k * N, Wholeness<true>());
            }
        } else {
#pragma unroll 1
            for (i64 k = crew.rank; k < vectors.count; k += crew.size) {
                i64 first = vectors.first(k);
                body(loadVector<T, N>(row, first, vectors.width, outside), first, Wholeness<false>());
            }
        }
    }
};
