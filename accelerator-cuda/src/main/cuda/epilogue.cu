// What precedes and follows a matrix product where the library of products does not do it in the same launch.
#include "common.cuh"

/**
 * y [rows, columns] = bias [columns] + residual [rows, columns], either of which may be null: a product is then added to it.
 * A thread per element. Bytes: those of bias, residual and y.
 */
template <class T, class R>
__device__ __forceinline__ void preset(const T* bias, const R* residual, R* y, i64 n, i64 columns) {
    i64 i = globalThread();
    if (i < n) {
        Real<R> value = residual != nullptr ? load(residual, i) : Real<R>(0);
        if (bias != nullptr) {
            value += load(bias, i % columns);
        }
        store(y, i, value);
    }
}

/**
 * y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). A thread per element. Source: Hendrycks and Gimpel, "Gaussian error linear
 * units", section 2.
 */
template <class T>
__device__ __forceinline__ void geluOf(const T* x, T* y, i64 n) {
    i64 i = globalThread();
    if (i < n) {
        Real<T> v = load(x, i);
        Real<T> inner = Real<T>(0.79788456080286535588) * (v + Real<T>(0.044715) * v * v * v);
        store(y, i, Real<T>(0.5) * v * (Real<T>(1) + tanh(inner)));
    }
}

#define PRESET(NAME, T, R)                                                                                                \
    extern "C" __global__ void preset_##NAME(const T* bias, const R* residual, R* y, long long n, long long columns) { \
        preset(bias, residual, y, n, columns);                                                                            \
    }
PRESET(f64, f64, f64)
PRESET(f32, f32, f32)
PRESET(bf16, bf16, bf16)
PRESET(f16, f16, f16)
PRESET(bf16_f32, bf16, f32)
PRESET(f16_f32, f16, f32)

#define GELU(T)                                                                            \
    extern "C" __global__ void epilogue_gelu_##T(const T* x, T* y, long long n) { \
        geluOf(x, y, n);                                                                   \
    }
JAVELIN_FLOATS(GELU)
