// The bodies of norms along the last dim, alone (norm.cu) and with what stands before and behind them (fused_norm.cu): one
// source, so that both give the same bits.
//
// Types: T of x, P of the parameters, Y of y; statistics and sums in Real<T>.
#pragma once

#include "rows.cuh"

// ---------------------------------------------------------------------------------------------- forward

/** The norm of a row that a crew keeps. y may lie on what the row was made of. */
template <class T, class P, class Y, bool CENTRED>
__device__ __forceinline__ void normOfRow(
        const KeptRow<T, 4>& in, bool live, const P* scale, const P* shift, Y* y, Real<T>* mean, Real<T>* inverse, i64 row,
        i64 width, f64 epsilon) {
    typedef Real<T> R;
    typedef Vector<T> V;
    constexpr int N = Lanes<T>::count;
    const Crew& crew = in.crew;
    R centre = 0;
    if (CENTRED) {
        R sum = 0;
        in.each([&](const V& v, i64, auto) {
#pragma unroll
            for (int e = 0; e < N; e++) {
                sum += real(v.at[e]);
            }
        });
        centre = crew.sum(sum) / static_cast<R>(width);
    }
    R squares = 0;
    in.each([&](const V& v, i64 first, auto whole) {
#pragma unroll
        for (int e = 0; e < N; e++) {
            i64 c = first + e;
            R centred = whole.value || (c >= 0 && c < width) ? real(v.at[e]) - centre : R(0);
            squares = fused(centred, centred, squares);
        }
    });
    R factor = R(1) / root(crew.sum(squares) / static_cast<R>(width) + static_cast<R>(epsilon));
    if (!live) {
        return;
    }
    Y* out = y + row * width;
    in.each([&](const V& v, i64 first, auto whole) {
        Columns<P, N> s;
        Columns<P, N> b;
        s.template load<whole.value>(scale, first, width);
        if (CENTRED) {
            b.template load<whole.value>(shift, first, width);
        }
        Vector<Y, N> result;
#pragma unroll
        for (int e = 0; e < N; e++) {
            R normal = product(real(v.at[e]) - centre, factor);
            T own = Element<T>::of(CENTRED ? fused(normal, real(s[e]), real(b[e])) : product(normal, real(s[e])));
            result.at[e] = Element<Y>::of(real(own));
        }
        store<whole.value, Y, N>(out, first, width, result);
    });
    if (crew.rank == 0) {
        if (CENTRED) {
            store(mean, row, centre);
        }
        store(inverse, row, factor);
    }
}


// ---------------------------------------------------------------------------------------------- operands of two types

/** Which type an operand beside values of type T has: as the launch says. The last two where T is f32 alone. */
enum Kind { NONE = 0, OWN = 1, BF16 = 2, F16 = 3 };

/** Vectors of an operand whose kind is known when the kernel runs: as many elements as 16 bytes of T hold. */
template <class T>
struct Beside {
    static constexpr int N = Lanes<T>::count;

    template <class S>
    static __device__ __forceinline__ Vector<T> widened(Vector<S, N> from) {
        Vector<T> v;
#pragma unroll
        for (int e = 0; e < N; e++) {
            v.at[e] = Element<T>::of(real(from.at[e]));
        }
        return v;
    }

    template <bool WHOLE, class S>
    static __device__ __forceinline__ Vector<T> loadOf(const void* at, i64 begin, i64 first, i64 width) {
        return widened<S>(::load<WHOLE, S, N>(static_cast<const S*>(at) + begin, first, width));
    }

    /** @param begin elements before the row */
    template <bool WHOLE>
    static __device__ __forceinline__ Vector<T> load(const void* at, i64 kind, i64 begin, i64 first, i64 width) {
        if constexpr (sizeof(T) == 4) {
            if (kind == BF16) {
                return loadOf<WHOLE, bf16>(at, begin, first, width);
            }
            if (kind == F16) {
                return loadOf<WHOLE, f16>(at, begin, first, width);
            }
        }
        return ::load<WHOLE, T, N>(static_cast<const T*>(at) + begin, first, width);
    }

    template <class S>
    static __device__ __forceinline__ void storeOf(void* at, i64 begin, i64 first, i64 width, const Vector<T>& v) {
        Vector<S, N> to;
#pragma unroll
        for (int e = 0; e < N; e++) {
            to.at[e] = Element<S>::of(real(v.at[e]));
        }
        storeVector<S, N>(static_cast<S*>(at) + begin, first, width, to);
    }

    static __device__ __forceinline__ void store(
            void* at, i64 kind, i64 begin, i64 first, i64 width, const Vector<T>& v) {
        if constexpr (sizeof(T) == 4) {
            if (kind == BF16) {
                storeOf<bf16>(at, begin, first, width, v);
                return;
            }
            if (kind == F16) {
                storeOf<f16>(at, begin, first, width, v);
                return;
            }
        }
        storeOf<T>(at, begin, first, width, v);
    }

    static __device__ __forceinline__ bool aligned(const void* at, i64 kind) {
        return kind == OWN ? isAligned<N>(static_cast<const T*>(at)) : isAligned<N>(static_cast<const bf16*>(at));
    }
};

// ---------------------------------------------------------------------------------------------- backward

/** The vectors that a thread of the backward pass keeps: at most 16 columns. */
template <class T>
struct Kept {
    static constexpr int count = sizeof(T) == 2 ? 2 : 4;
};

/** What stands beside dy and dx, if anything does: nothing. */
template <class T>
struct Alone {
    const T* dy;
    T* dx;

    __device__ __forceinline__ Vector<T> incoming(i64 begin, i64 first, i64 width) const {
        return loadVector(dy + begin, first, width);
    }
    __device__ __forceinline__ Vector<T> passing(i64, i64, i64) const {
        return Vector<T>();
    }
    template <class R>
    __device__ __forceinline__ T sum(R own, T) const {
        return Element<T>::of(own);
    }
    __device__ __forceinline__ void write(i64 begin, i64 first, i64 width, const Vector<T>& v) const {
        storeVector(dx + begin, first, width, v);
    }
};

/**
 * Gradients of some neighbouring rows, and the sums over them: a block takes `perBlock` rows, a crew one at a time; each
 * thread keeps the sums of its columns in registers. partial: [scale, shift][block][width]. dx may lie on dy or x.
 * Ends: where dy comes from and dx goes to, as Alone.
 *
 * dynamic shared memory: width sums if a block has more than one crew.
 */
template <class T, class P, bool CENTRED, class Ends>
__device__ __forceinline__ void normBackward(
        const Ends& ends, const T* x, const P* scale, const Real<T>* mean, const Real<T>* inverse, Real<T>* partial, i64 rows,
        i64 width, i64 perBlock, i64 size) {
    typedef Real<T> R;
    constexpr int N = Lanes<T>::count;
    constexpr int KEPT = Kept<T>::count;
    Crew crew(size);
    R dScale[KEPT][N];
    R dShift[KEPT][N];
    Columns<P, N> s[KEPT];
#pragma unroll
    for (int i = 0; i < KEPT; i++) {
        s[i].load(scale, (static_cast<i64>(i) * crew.size + crew.rank) * N, width);
#pragma unroll
        for (int e = 0; e < N; e++) {
            dScale[i][e] = 0;
            dShift[i][e] = 0;
        }
    }
    i64 begin = blockIdx.x * perBlock;
    i64 end = min(begin + perBlock, rows);
    for (i64 base = begin; base < end; base += crew.perBlock()) {
        i64 row = base + crew.number();
        bool live = row < end;
        i64 inRow = live ? width : 0;
        Vector<T> dOut[KEPT];
        Vector<T> in[KEPT];
#pragma unroll
        for (int i = 0; i < KEPT; i++) {
            i64 first = (static_cast<i64>(i) * crew.size + crew.rank) * N;
            dOut[i] = ends.incoming(row * width, first, inRow);
            in[i] = loadVector(x + row * width, first, inRow);
        }
        R centre = CENTRED && live ? load(mean, row) : R(0);
        R factor = live ? load(inverse, row) : R(0);
        R sumG = 0;
        R sumGn = 0;
#pragma unroll
        for (int i = 0; i < KEPT; i++) {
#pragma unroll
            for (int e = 0; e < N; e++) {
                R d = real(dOut[i].at[e]);
                R normal = product(real(in[i].at[e]) - centre, factor);
                dScale[i][e] = fused(d, normal, dScale[i][e]);
                dShift[i][e] += d;
                R g = product(d, real(s[i][e]));
                sumG += g;
                sumGn = fused(g, normal, sumGn);
            }
        }
        R meanG = CENTRED ? crew.sum(sumG) / static_cast<R>(width) : R(0);
        R meanGn = crew.sum(sumGn) / static_cast<R>(width);
#pragma unroll
        for (int i = 0; i < KEPT; i++) {
            i64 first = (static_cast<i64>(i) * crew.size + crew.rank) * N;
            Vector<T> passing = ends.passing(row * width, first, inRow); // only now: registers are scarce
            Vector<T> result;
#pragma unroll
            for (int e = 0; e < N; e++) {
                R normal = product(real(in[i].at[e]) - centre, factor);
                R g = product(real(dOut[i].at[e]), real(s[i][e]));
                result.at[e] = ends.sum(product(fused(-normal, meanGn, g - meanG), factor), passing.at[e]);
            }
            ends.write(row * width, first, inRow, result);
        }
    }
    JAVELIN_DYNAMIC_SHARED(R, sums);
    for (int array = 0; array < (CENTRED ? 2 : 1); array++) {
        R* to = partial + (static_cast<i64>(array) * gridDim.x + blockIdx.x) * width;
        for (int turn = 0; turn < crew.perBlock(); turn++) { // crews add in their order; the last one writes
            if (turn == crew.number()) {
#pragma unroll
                for (int i = 0; i < KEPT; i++) {
#pragma unroll
                    for (int e = 0; e < N; e++) {
                        i64 c = (static_cast<i64>(i) * crew.size + crew.rank) * N + e;
                        if (c < width) {
                            R mine = array == 0 ? dScale[i][e] : dShift[i][e];
                            R sum = turn == 0 ? mine : sums[c] + mine;
                            if (turn == crew.perBlock() - 1) {
                                to[c] = sum;
                            } else {
                                sums[c] = sum;
                            }
                        }
                    }
                }
            }
            __syncthreads();
        }
    }
}
