// Softmax over the last dim and its gradient: one crew per row, the row in registers.
//
// Bytes moved, with n = rows * width elements: forward reads n and writes n; gradient reads 2 n and writes n. Rows wider
// than 4 vectors of 16 bytes for each of 1024 threads are read again for each pass over them.
#include "rows.cuh"

/** y = exp(x - max) / sum of exp(x - max). y may lie on x. */
template <class T>
__device__ __forceinline__ void softmax(const T* x, T* y, i64 rows, i64 width, i64 size) {
    typedef Real<T> R;
    typedef Vector<T> V;
    constexpr int N = Lanes<T>::count;
    Crew crew(size);
    i64 row = crew.row();
    bool live = row < rows;
    KeptRow<T, 4> in(x, row, live ? width : 0, crew, isAligned<N>(y), LowestBits<T>::value);
    R greatest = Special<R>::lowest();
    in.each([&](const V& v, i64, auto) {
#pragma unroll
        for (int e = 0; e < N; e++) {
            R value = real(v.at[e]);
            greatest = value > greatest ? value : greatest;
        }
    });
    greatest = crew.greatest(greatest);
    R sum = 0;
    in.each([&](const V& v, i64 first, auto whole) {
#pragma unroll
        for (int e = 0; e < N; e++) {
            i64 c = first + e; // a row of minus infinities is NaN by its own elements alone
            sum = added(sum, whole.value || (c >= 0 && c < width) ? exponential(real(v.at[e]) - greatest) : R(0));
        }
    });
    R factor = R(1) / crew.sum(sum);
    if (!live) {
        return;
    }
    in.each([&](const V& v, i64 first, auto whole) {
        V result;
#pragma unroll
        for (int e = 0; e < N; e++) {
            result.at[e] = Element<T>::of(exponential(real(v.at[e]) - greatest) * factor);
        }
        store<whole.value>(y + row * width, first, width, result);
    });
}

/** dx = y * (dy - sum of y * dy). dx may lie on y or dy. */
template <class T>
__device__ __forceinline__ void softmaxGradient(const T* y, const T* dy, T* dx, i64 rows, i64 width, i64 size) {
    typedef Real<T> R;
    typedef Vector<T> V;
    constexpr int N = Lanes<T>::count;
    Crew crew(size);
    i64 row = crew.row();
    i64 inRow = row < rows ? width : 0;
    RowVectors<T> vectors(row, inRow);
    const T* yRow = y + row * width;
    const T* dyRow = dy + row * width;
    V keptY[4];
    V keptDy[4];
    R dot = 0;
    auto add = [&](const V& a, const V& b) {
#pragma unroll
        for (int e = 0; e < N; e++) {
            dot = fused(real(a.at[e]), real(b.at[e]), dot);
        }
    };
#pragma unroll
    for (int i = 0; i < 4; i++) {
        i64 k = static_cast<i64>(i) * crew.size + crew.rank;
        keptY[i] = loadVector(yRow, vectors.first(k), inRow);
        keptDy[i] = loadVector(dyRow, vectors.first(k), inRow);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        add(keptY[i], keptDy[i]);
    }
    i64 rest = static_cast<i64>(4) * crew.size + crew.rank;
    for (i64 k = rest; k < vectors.count; k += crew.size) {
        add(loadVector(yRow, vectors.first(k), inRow), loadVector(dyRow, vectors.first(k), inRow));
    }
    dot = crew.sum(dot);
    auto write = [&](const V& a, const V& b, i64 first) {
        V result;
#pragma unroll
        for (int e = 0; e < N; e++) {
            result.at[e] = Element<T>::of(real(a.at[e]) * (real(b.at[e]) - dot));
        }
        storeVector(dx + row * width, first, inRow, result);
    };
#pragma unroll
    for (int i = 0; i < 4; i++) {
        write(keptY[i], keptDy[i], vectors.first(static_cast<i64>(i) * crew.size + crew.rank));
    }
    for (i64 k = rest; k < vectors.count; k += crew.size) {
        i64 first = vectors.first(k);
        write(loadVector(yRow, first, inRow), loadVector(dyRow, first, inRow), first);
    }
}

#define SOFTMAX(T)                                                                                                 \
    extern "C" __global__ void __launch_bounds__(1024) softmax_##T(const T* x, T* y, i64 rows, i64 width, i64 crew) { \
        softmax<T>(x, y, rows, width, crew);                                                                       \
    }                                                                                                              \
    extern "C" __global__ void __launch_bounds__(512) softmax_gradient_##T(                                        \
            const T* y, const T* dy, T* dx, i64 rows, i64 width, i64 crew) {                                       \
        softmaxGradient<T>(y, dy, dx, rows, width, crew);                                                          \
    }

JAVELIN_FLOATS(SOFTMAX)
