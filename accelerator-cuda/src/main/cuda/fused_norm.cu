// Layer norm and RMS norm with the addition before and the conversion behind them, forward and backward.
//
// Types: T of x, the sum, the parameters and dx; Y of y; the residual and dy as the launch says, the copy of dx too.
// Bytes moved, with n = rows * width elements: forward reads x and the residual and writes the sum and y, backward reads
// dy, x and the residual and writes dx and its copy, each of them once. Where a block cannot keep a row the sum is read
// again.
#include "norms.cuh"

/** One crew per row. Without a residual (NONE) the norm is that of x. The sum, or y, may lie on x or on the residual. */
template <class T, class Y, bool CENTRED>
__device__ __forceinline__ void fusedForward(
        const T* x, const void* residual, i64 kind, i64 residualRows, const T* scale, const T* shift, T* sum, Y* y,
        Real<T>* mean, Real<T>* inverse, i64 rows, i64 width, f64 epsilon, i64 size) {
    typedef Vector<T> V;
    Crew crew(size);
    i64 row = crew.row();
    bool live = row < rows;
    constexpr int N = Lanes<T>::count;
    bool aligned = isAligned<N>(x) && isAligned<N>(y) && isAligned<N>(scale) && isAligned<N>(shift)
            && (kind == NONE || Beside<T>::aligned(residual, kind));
    i64 atResidual = kind == NONE ? 0 : row % residualRows * width;
    KeptRow<T, 4> in(kind == NONE ? x : sum, row, live ? width : 0, crew, aligned, 0, [&](i64 first, auto whole) {
        V v = load<whole.value, T, N>(x + row * width, first, width);
        if (kind != NONE) {
            V other = Beside<T>::template load<whole.value>(residual, kind, atResidual, first, width);
#pragma unroll
            for (int e = 0; e < N; e++) {
                v.at[e] = Element<T>::of(added(real(v.at[e]), real(other.at[e])));
            }
            store<whole.value, T, N>(sum + row * width, first, width, v);
        }
        return v;
    });
    normOfRow<T, T, Y, CENTRED>(in, live, scale, shift, y, mean, inverse, row, width, epsilon);
}

/** dy of a kind, a residual that is added to dx unless it is null, and a copy of dx unless its kind is NONE. */
template <class T>
struct Joined {
    const void* dy;
    i64 dyKind;
    const T* residual;
    T* dx;
    void* copy;
    i64 copyKind;

    __device__ __forceinline__ Vector<T> incoming(i64 begin, i64 first, i64 width) const {
        return Beside<T>::template load<false>(dy, dyKind, begin, first, width);
    }
    __device__ __forceinline__ Vector<T> passing(i64 begin, i64 first, i64 width) const {
        return residual == nullptr ? Vector<T>() : loadVector(residual + begin, first, width);
    }
    template <class R>
    __device__ __forceinline__ T sum(R own, T other) const {
        T rounded = Element<T>::of(own);
        return residual == nullptr ? rounded : Element<T>::of(added(real(rounded), real(other)));
    }
    __device__ __forceinline__ void write(i64 begin, i64 first, i64 width, const Vector<T>& v) const {
        storeVector(dx + begin, first, width, v);
        if (copyKind != NONE) {
            Beside<T>::store(copy, copyKind, begin, first, width, v);
        }
    }
};

// ---------------------------------------------------------------------------------------------- entry points

#define FUSED_NORMS(NAME, T, Y)                                                                                        \
    extern "C" __global__ void __launch_bounds__(1024) fused_layer_norm_##NAME(                                        \
            const T* x, const void* residual, i64 kind, i64 residualRows, const T* scale, const T* shift, T* sum,      \
            Y* y, Real<T>* mean, Real<T>* inverse, i64 rows, i64 width, f64 epsilon, i64 crew) {                       \
        fusedForward<T, Y, true>(                                                                                      \
                x, residual, kind, residualRows, scale, shift, sum, y, mean, inverse, rows, width, epsilon, crew);     \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(1024) fused_rms_norm_##NAME(                                          \
            const T* x, const void* residual, i64 kind, i64 residualRows, const T* scale, T* sum, Y* y,                \
            Real<T>* inverse, i64 rows, i64 width, f64 epsilon, i64 crew) {                                            \
        fusedForward<T, Y, false>(                                                                                     \
                x, residual, kind, residualRows, scale, nullptr, sum, y, nullptr, inverse, rows, width, epsilon,       \
                crew);                                                                                                 \
    }

#define FUSED_GRADIENTS(T)                                                                                             \
    extern "C" __global__ void __launch_bounds__(512) fused_layer_norm_gradient_##T(                                   \
            const void* dy, i64 dyKind, const T* x, const T* scale, const Real<T>* mean, const Real<T>* inverse,       \
            const T* residual, T* dx, void* copy, i64 copyKind, Real<T>* partial, i64 rows, i64 width, i64 perBlock,   \
            i64 crew) {                                                                                                \
        normBackward<T, T, true>(                                                                                      \
                Joined<T>{dy, dyKind, residual, dx, copy, copyKind}, x, scale, mean, inverse, partial, rows, width,    \
                perBlock, crew);                                                                                       \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(512) fused_rms_norm_gradient_##T(                                     \
            const void* dy, i64 dyKind, const T* x, const T* scale, const Real<T>* inverse, const T* residual,         \
            T* dx, void* copy, i64 copyKind, Real<T>* partial, i64 rows, i64 width, i64 perBlock, i64 crew) {          \
        normBackward<T, T, false>(                                                                                     \
                Joined<T>{dy, dyKind, residual, dx, copy, copyKind}, x, scale, nullptr, inverse, partial, rows,        \
                width, perBlock, crew);                                                                                \
    }

FUSED_NORMS(f64, f64, f64)
FUSED_NORMS(f32, f32, f32)
FUSED_NORMS(bf16, bf16, bf16)
FUSED_NORMS(f16, f16, f16)
FUSED_NORMS(f32_bf16, f32, bf16)
FUSED_NORMS(f32_f16, f32, f16)
JAVELIN_FLOATS(FUSED_GRADIENTS)
