// Functions of one variable and activations with their gradients, element by element, in f64 or, for all other types,
// in f32. Bytes moved: each operand once. An output may lie on any input of its size.
#include "loops.cuh"

// ---------------------------------------------------------------------------------------------- functions

struct Exp : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return exp(x);
    }
};
struct Log : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return log(x);
    }
};
struct Sqrt {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return sqrt(x);
    }
};
struct Rsqrt {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return R(1) / sqrt(x);
    }
};
struct Reciprocal {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return R(1) / x;
    }
};
struct Tanh : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return tanh(x);
    }
};
struct Sigmoid : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return R(1) / (R(1) + exp(-x));
    }
};
struct Relu {
    /** NaN stays NaN, and −0 becomes 0. */
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return x > R(0) || x != x ? x : R(0);
    }
};
struct Square {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return x * x;
    }
};
struct Abs {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return fabs(x);
    }
};
struct Sin : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return sin(x);
    }
};
struct Cos : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return cos(x);
    }
};
struct Erf : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return erf(x);
    }
};

// ---------------------------------------------------------------------------------------------- activations

constexpr double GELU_K = 0.7978845608028654; // √(2/π)
constexpr double GELU_CUBIC = 0.044715;
constexpr double NORMAL_DENSITY = 0.3989422804014327; // 1/√(2π)

/**
 * (1 + tanh(u))/2 and (1 − tanh(u))/2 for the tanh form's u(x), as 1/(1 + e^(−2u)) and its complement: without cancellation
 * at either end.
 */
template <class R>
struct GeluGate {
    R open, shut;

    __device__ __forceinline__ explicit GeluGate(R x) {
        R u = R(GELU_K) * (x + product(product(R(GELU_CUBIC) * x, x), x));
        R small = exp(R(-2) * fabs(u));
        R large = R(1) / (R(1) + small);
        open = u < R(0) ? product(small, large) : large;
        shut = u < R(0) ? large : product(small, large);
    }
};

/** The standard normal distribution, without cancellation at its lower end. */
__device__ __forceinline__ f32 normal(f32 x) {
    return normcdff(x);
}
__device__ __forceinline__ f64 normal(f64 x) {
    return normcdf(x);
}

template <class R>
__device__ __forceinline__ R sigmoid(R x) {
    return R(1) / (R(1) + exp(-x));
}

struct Gelu : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return product(x, GeluGate<R>(x).open);
    }
};
struct ExactGelu : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return x * normal(x);
    }
};
struct Silu : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x) {
        return x * sigmoid(x);
    }
};

// ---------------------------------------------------------------------------------------------- gradients: (x, dy) → dx

struct GeluGradient : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x, R dy) {
        GeluGate<R> gate(x);
        R inner = fused(product(R(3 * GELU_K * GELU_CUBIC) * x, x), R(1), R(GELU_K)); // u′
        R slope = fused(product(R(2) * x, product(gate.open, gate.shut)), inner, gate.open);
        return dy * slope;
    }
};
struct ExactGeluGradient : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x, R dy) {
        R density = R(NORMAL_DENSITY) * exp(product(R(-0.5) * x, x));
        return dy * fused(x, density, normal(x));
    }
};
struct SiluGradient : Heavy {
    template <class R>
    static __device__ __forceinline__ R of(R x, R dy) {
        R s = sigmoid(x);
        return dy * (s * fused(x, R(1) - s, R(1)));
    }
};

// ---------------------------------------------------------------------------------------------- entries

/** A function of real numbers over elements of a type. */
template <class Function, class T>
struct Over : Function {
    __device__ __forceinline__ T operator()(T x) const {
        return Element<T>::of(Function::of(real(x)));
    }
    __device__ __forceinline__ T operator()(T x, T y) const {
        return Element<T>::of(Function::of(real(x), real(y)));
    }
};

/** scale · x, rounded, + shift. */
template <class T>
struct Affine {
    Real<T> scale, shift;

    __device__ __forceinline__ T operator()(T x) const {
        return Element<T>::of(product(scale, real(x)) + shift);
    }
};

#define UNARY(name, Function, T)                                            \
    extern "C" __global__ void name##_##T(const T* x, T* y, long long n) { \
        each(Over<Function, T>(), n, y, x);                                 \
    }
#define GRADIENT(name, Function, T)                                                        \
    extern "C" __global__ void name##_##T(const T* x, const T* dy, T* dx, long long n) { \
        each(Over<Function, T>(), n, dx, x, dy);                                           \
    }
#define ENTRIES(T)                                                                                           \
    UNARY(exp, Exp, T)                                                                                       \
    UNARY(log, Log, T)                                                                                       \
    UNARY(sqrt, Sqrt, T)                                                                                     \
    UNARY(rsqrt, Rsqrt, T)                                                                                   \
    UNARY(reciprocal, Reciprocal, T)                                                                         \
    UNARY(tanh, Tanh, T)                                                                                     \
    UNARY(sigmoid, Sigmoid, T)                                                                               \
    UNARY(relu, Relu, T)                                                                                     \
    UNARY(square, Square, T)                                                                                 \
    UNARY(abs, Abs, T)                                                                                       \
    UNARY(sin, Sin, T)                                                                                       \
    UNARY(cos, Cos, T)                                                                                       \
    UNARY(erf, Erf, T)                                                                                       \
    UNARY(gelu, Gelu, T)                                                                                     \
    UNARY(exact_gelu, ExactGelu, T)                                                                          \
    UNARY(silu, Silu, T)                                                                                     \
    GRADIENT(gelu_gradient, GeluGradient, T)                                                                 \
    GRADIENT(exact_gelu_gradient, ExactGeluGradient, T)                                                      \
    GRADIENT(silu_gradient, SiluGradient, T)                                                                 \
    extern "C" __global__ void affine_##T(const T* x, T* y, long long n, double scale, double shift) {      \
        each(Affine<T>{static_cast<Real<T>>(scale), static_cast<Real<T>>(shift)}, n, y, x);                  \
    }
JAVELIN_FLOATS(ENTRIES)
