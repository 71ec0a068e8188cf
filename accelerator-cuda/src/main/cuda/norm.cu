// Layer norm and RMS norm along the last dim, forward and backward.
//
// Types: T of x and y, P of the parameters and their gradients; statistics and sums in Real<T>.
// Bytes moved, with n = rows * width elements: forward reads n and writes n; backward reads 2 n and writes n, and the
// sums over rows pass through at most 512 partial rows per parameter. Parameters are read from cache.
#include "norms.cuh"

// ---------------------------------------------------------------------------------------------- forward

/** One crew per row; the row stays in registers. y may lie on x. */
template <class T, class P, bool CENTRED>
__device__ __forceinline__ void normForward(
        const T* x, const P* scale, const P* shift, T* y, Real<T>* mean, Real<T>* inverse, i64 rows, i64 width,
        f64 epsilon, i64 size) {
    Crew crew(size);
    i64 row = crew.row();
    bool live = row < rows;
    constexpr int N = Lanes<T>::count;
    constexpr int M = Columns<P, N>::each;
    bool aligned = isAligned<N>(y) && isAligned<M>(scale) && isAligned<M>(shift);
    KeptRow<T, 4> in(x, row, live ? width : 0, crew, aligned);
    normOfRow<T, P, T, CENTRED>(in, live, scale, shift, y, mean, inverse, row, width, epsilon);
}

// ---------------------------------------------------------------------------------------------- backward

/** For rows too wide to keep: the gradients of x alone, one crew per row. dx may lie on dy or x. */
template <class T, class P, bool CENTRED>
__device__ __forceinline__ void normBackwardRows(
        const T* dy, const T* x, const P* scale, const Real<T>* mean, const Real<T>* inverse, T* dx, i64 rows, i64 width, i64 size) {
    typedef Real<T> R;
    constexpr int N = Lanes<T>::count;
    Crew crew(size);
    i64 row = crew.row();
    bool live = row < rows;
    i64 inRow = live ? width : 0;
    R centre = CENTRED && live ? load(mean, row) : R(0);
    R factor = live ? load(inverse, row) : R(0);
    const T* dOut = dy + row * width;
    const T* in = x + row * width;
    R sumG = 0;
    R sumGn = 0;
    for (i64 first = static_cast<i64>(crew.rank) * N; first < inRow; first += static_cast<i64>(crew.size) * N) {
        Vector<T> d = loadVector(dOut, first, width);
        Vector<T> v = loadVector(in, first, width);
        Columns<P, N> s;
        s.load(scale, first, width);
#pragma unroll
        for (int e = 0; e < N; e++) {
            R g = real(d.at[e]) * real(s[e]);
            sumG += g;
            sumGn += g * ((real(v.at[e]) - centre) * factor);
        }
    }
    R meanG = CENTRED ? crew.sum(sumG) / static_cast<R>(width) : R(0);
    R meanGn = crew.sum(sumGn) / static_cast<R>(width);
    for (i64 first = static_cast<i64>(crew.rank) * N; first < inRow; first += static_cast<i64>(crew.size) * N) {
        Vector<T> d = loadVector(dOut, first, width);
        Vector<T> v = loadVector(in, first, width);
        Columns<P, N> s;
        s.load(scale, first, width);
        Vector<T> result;
#pragma unroll
        for (int e = 0; e < N; e++) {
            R normal = (real(v.at[e]) - centre) * factor;
            R g = real(d.at[e]) * real(s[e]);
            result.at[e] = Element<T>::of((g - meanG - normal * meanGn) * factor);
        }
        storeVector(dx + row * width, first, width, result);
    }
}

/**
 * For rows too wide to keep: the sums over rows alone, a thread per column and `perBlock` rows. Runs before the rows,
 * because dx may lie on dy or x. Grid: (columns / 256, blocks of rows). partial as above.
 */
template <class T, bool CENTRED>
__device__ __forceinline__ void normBackwardColumns(
        const T* dy, const T* x, const Real<T>* mean, const Real<T>* inverse, Real<T>* partial, i64 rows, i64 width, i64 perBlock) {
    typedef Real<T> R;
    i64 c = globalThread();
    if (c >= width) {
        return;
    }
    i64 begin = blockIdx.y * perBlock;
    i64 end = min(begin + perBlock, rows);
    R dScale = 0;
    R dShift = 0;
    for (i64 row = begin; row < end; row++) {
        R d = load(dy, row * width + c);
        dScale += d * ((load(x, row * width + c) - (CENTRED ? load(mean, row) : R(0))) * load(inverse, row));
        dShift += d;
    }
    partial[static_cast<i64>(blockIdx.y) * width + c] = dScale;
    if (CENTRED) {
        partial[(static_cast<i64>(gridDim.y) + blockIdx.y) * width + c] = dShift;
    }
}

/**
 * The sums of the partial rows: 32 columns a block, 32 threads a column, each a part of the rows in order; the parts in
 * order. Grid: (columns / 32, 1 or 2 parameters).
 */
template <class P>
__device__ __forceinline__ void normFinish(const Real<P>* partial, P* dScale, P* dShift, i64 blocks, i64 width) {
    typedef Real<P> R;
    __shared__ R parts[32][33];
    int lane = threadIdx.x & 31;
    int slice = threadIdx.x >> 5;
    i64 c = static_cast<i64>(blockIdx.x) * 32 + lane;
    R sum = 0;
    if (c < width) {
        const R* from = partial + blockIdx.y * blocks * width + c;
#pragma unroll 4
        for (i64 p = slice; p < blocks; p += 32) {
            sum += from[p * width];
        }
    }
    parts[slice][lane] = sum;
    __syncthreads();
    if (slice == 0 && c < width) {
        for (int i = 1; i < 32; i++) {
            sum += parts[i][lane];
        }
        store(blockIdx.y == 0 ? dScale : dShift, c, sum);
    }
}

// ---------------------------------------------------------------------------------------------- entry points

#define NORMS(NAME, T, P)                                                                                              \
    extern "C" __global__ void __launch_bounds__(1024) layer_norm_##NAME(                                              \
            const T* x, const P* scale, const P* shift, T* y, Real<T>* mean, Real<T>* inverse, i64 rows, i64 width,    \
            f64 epsilon, i64 crew) {                                                                                   \
        normForward<T, P, true>(x, scale, shift, y, mean, inverse, rows, width, epsilon, crew);                        \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(1024) rms_norm_##NAME(                                                \
            const T* x, const P* scale, T* y, Real<T>* inverse, i64 rows, i64 width, f64 epsilon, i64 crew) {          \
        normForward<T, P, false>(x, scale, nullptr, y, nullptr, inverse, rows, width, epsilon, crew);                  \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(512) layer_norm_gradient_##NAME(                                      \
            const T* dy, const T* x, const P* scale, const Real<T>* mean, const Real<T>* inverse, T* dx,               \
            Real<T>* partial, i64 rows, i64 width, i64 perBlock, i64 crew) {                                           \
        normBackward<T, P, true>(                                                                                      \
                Alone<T>{dy, dx}, x, scale, mean, inverse, partial, rows, width, perBlock, crew);                      \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(512) rms_norm_gradient_##NAME(                                        \
            const T* dy, const T* x, const P* scale, const Real<T>* inverse, T* dx, Real<T>* partial, i64 rows,        \
            i64 width, i64 perBlock, i64 crew) {                                                                       \
        normBackward<T, P, false>(                                                                                     \
                Alone<T>{dy, dx}, x, scale, nullptr, inverse, partial, rows, width, perBlock, crew);                   \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(1024) layer_norm_gradient_rows_##NAME(                                \
            const T* dy, const T* x, const P* scale, const Real<T>* mean, const Real<T>* inverse, T* dx, i64 rows,     \
            i64 width, i64 crew) {                                                                                     \
        normBackwardRows<T, P, true>(dy, x, scale, mean, inverse, dx, rows, width, crew);                              \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(1024) rms_norm_gradient_rows_##NAME(                                  \
            const T* dy, const T* x, const P* scale, const Real<T>* inverse, T* dx, i64 rows, i64 width, i64 crew) {   \
        normBackwardRows<T, P, false>(dy, x, scale, nullptr, inverse, dx, rows, width, crew);                          \
    }

#define NORM_SUMS(T)                                                                                                   \
    extern "C" __global__ void __launch_bounds__(256) layer_norm_gradient_columns_##T(                                 \
            const T* dy, const T* x, const Real<T>* mean, const Real<T>* inverse, Real<T>* partial, i64 rows,          \
            i64 width, i64 perBlock) {                                                                                 \
        normBackwardColumns<T, true>(dy, x, mean, inverse, partial, rows, width, perBlock);                            \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256) rms_norm_gradient_columns_##T(                                   \
            const T* dy, const T* x, const Real<T>* inverse, Real<T>* partial, i64 rows, i64 width, i64 perBlock) {    \
        normBackwardColumns<T, false>(dy, x, nullptr, inverse, partial, rows, width, perBlock);                        \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(1024) norm_gradient_finish_##T(                                       \
            const Real<T>* partial, T* dScale, T* dShift, i64 blocks, i64 width) {                                     \
        normFinish<T>(partial, dScale, dShift, blocks, width);                                                         \
    }

NORMS(f64, f64, f64)
NORMS(f32, f32, f32)
NORMS(bf16, bf16, bf16)
NORMS(f16, f16, f16)
NORMS(bf16_f32, bf16, f32)
NORMS(f16_f32, f16, f32)
JAVELIN_FLOATS(NORM_SUMS)
