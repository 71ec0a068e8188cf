// State that is updated in place. Bytes moved: every operand that is read and every one that is written, once each.
#include "loops.cuh"

// ---------------------------------------------------------------------------------------------- sums

/** sum + value, in real numbers or, for integers, in 64 bits. */
struct Plus {
    template <class T, class V>
    __device__ __forceinline__ T operator()(T sum, V value) const {
        return Element<T>::of(real(sum) + real(value));
    }
    __device__ __forceinline__ i64 operator()(i64 sum, i64 value) const {
        return static_cast<i64>(static_cast<u64>(sum) + static_cast<u64>(value));
    }
    __device__ __forceinline__ i32 operator()(i32 sum, i32 value) const {
        return static_cast<i32>(static_cast<u32>(sum) + static_cast<u32>(value));
    }
    __device__ __forceinline__ u8 operator()(u8 sum, u8 value) const {
        return static_cast<u8>(sum + value);
    }
    __device__ __forceinline__ truth operator()(truth sum, truth value) const {
        return truth{static_cast<u8>(sum.bits != 0 || value.bits != 0)};
    }
};

#define ACCUMULATE(name, T, V)                                                                        \
    extern "C" __global__ void accumulate_##name(T* sum, const V* value, long long n) {              \
        each(Plus(), n, sum, static_cast<const T*>(sum), value);                                      \
    }
ACCUMULATE(f64, f64, f64)
ACCUMULATE(f32, f32, f32)
ACCUMULATE(bf16, bf16, bf16)
ACCUMULATE(f16, f16, f16)
ACCUMULATE(f32_bf16, f32, bf16)
ACCUMULATE(f32_f16, f32, f16)
ACCUMULATE(i64, i64, i64)
ACCUMULATE(i32, i32, i32)
ACCUMULATE(u8, u8, u8)
ACCUMULATE(bool, truth, truth)

// ---------------------------------------------------------------------------------------------- averages

template <class T>
struct Towards {
    Real<T> rate;

    __device__ __forceinline__ T operator()(T average, T value) const {
        if (rate == Real<T>(1)) {
            return value;
        }
        return Element<T>::of(fused(rate, real(value) - real(average), real(average)));
    }
};

#define MOVING_AVERAGE(T)                                                                              \
    extern "C" __global__ void moving_average_##T(                                                    \
            T* average, const T* value, const Real<T>* rate, const i32* predicate, long long n) {     \
        Real<T> part = *rate;                                                                          \
        if (*predicate != 0 && part != Real<T>(0)) {                                                   \
            each(Towards<T>{part}, n, average, static_cast<const T*>(average), value);                 \
        }                                                                                              \
    }
JAVELIN_FLOATS(MOVING_AVERAGE)

// ---------------------------------------------------------------------------------------------- the predicate

/** Java writes 1 + 8 longs. */
struct ScalarKinds {
    i64 count;
    i64 kind[8]; // 0 f64, 1 f32, 2 bf16, 3 f16
};

__device__ __forceinline__ bool finiteScalar(const void* at, i64 kind) {
    f64 x = kind == 0 ? *static_cast<const f64*>(at)
        : kind == 1   ? real(*static_cast<const f32*>(at))
        : kind == 2   ? real(*static_cast<const bf16*>(at))
                      : real(*static_cast<const f16*>(at));
    return x - x == 0;
}

/** result = 1 if up to 8 scalars, and what the result was if `further` is set, are finite. Launch: one block of 32. */
extern "C" __global__ void is_finite(const void* s0, const void* s1, const void* s2, const void* s3, const void* s4,
        const void* s5, const void* s6, const void* s7, i32* result, long long further, ScalarKinds kinds) {
    int i = threadIdx.x;
    const void* at = i < 4 ? (i < 2 ? (i == 0 ? s0 : s1) : i == 2 ? s2 : s3)
                           : (i < 6 ? (i == 4 ? s4 : s5) : i == 6 ? s6 : s7);
    bool finite = i < kinds.count ? finiteScalar(at, kinds.kind[i & 7]) : true;
    if (i == 8 && further != 0) {
        finite = *result != 0;
    }
    int all = __all_sync(JAVELIN_ALL_LANES, finite);
    if (i == 0) {
        *result = all != 0 ? 1 : 0;
    }
}

// ---------------------------------------------------------------------------------------------- AdamW

/** The constants of an optimizer, as Java writes them: bits of doubles. */
struct AdamConstants {
    f64 beta1;
    f64 oneMinusBeta1;
    f64 beta2;
    f64 oneMinusBeta2;
    f64 epsilon;
    f64 weightDecay;
};

/** The scalars of a step. */
template <class R>
struct AdamStep {
    R gradientScale;
    R keep; // of the parameter after weight decay
    R rate; // learning rate / (1 − β₁ᵗ)
    R inverseRoot; // 1/√(1 − β₂ᵗ)
    R beta1, oneMinusBeta1, beta2, oneMinusBeta2, epsilon;

    __device__ __forceinline__ AdamStep(
            const AdamConstants& constants, const R* rates, const R* correction1, const R* correction2, const R* scale) {
        R learningRate = *rates;
        gradientScale = *scale;
        keep = fused(-learningRate, R(constants.weightDecay), R(1));
        rate = learningRate / *correction1;
        inverseRoot = R(1) / sqrt(*correction2);
        beta1 = R(constants.beta1);
        oneMinusBeta1 = R(constants.oneMinusBeta1);
        beta2 = R(constants.beta2);
        oneMinusBeta2 = R(constants.oneMinusBeta2);
        epsilon = R(constants.epsilon);
    }

    /** One element: its parameter, first and second moment. */
    __device__ __forceinline__ void update(R gradient, R& p, R& m, R& v) const {
        R g = product(gradient, gradientScale);
        m = fused(beta1, m, product(oneMinusBeta1, g));
        v = fused(beta2, v, product(product(oneMinusBeta2, g), g));
        R denominator = fused(sqrt(v), inverseRoot, epsilon);
        p = fused(p, keep, -(product(rate, m) / denominator));
    }
};

/**
 * A step of Adam with decoupled weight decay (Loshchilov, Hutter, arXiv:1711.05101, algorithm 2; ε as PyTorch puts it)
 * over parameters of type P, gradients of type G and moments of type M; `weights` (or null) gets the new parameters as
 * type W. Everything is computed in one type and rounded when it is stored. Launch: ceil(n / (LOOP_THREADS ·
 * widthOf<P, G, M>())) blocks. Bytes of an element: 2 · P + G + 4 · M + W.
 */
template <class P, class G, class M, class W>
__device__ __forceinline__ void adamw(
        P* param, const G* gradient, M* first, M* second, W* weights, const AdamStep<Real<P>>& step, i64 n) {
    constexpr int WIDTH = widthOf<P, G, M>();
    i64 at = globalThread() * WIDTH;
    if (at >= n) {
        return;
    }
    int count = n - at < WIDTH ? static_cast<int>(n - at) : WIDTH;
    Vector<P, WIDTH> p;
    Vector<G, WIDTH> g;
    Vector<M, WIDTH> m;
    Vector<M, WIDTH> v;
    loadRun(p, param + at, 1, count);
    loadRun(g, gradient + at, 1, count);
    loadRun(m, first + at, 1, count);
    loadRun(v, second + at, 1, count);
    Vector<W, WIDTH> w;
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
        Real<P> newP = real(p.at[i]);
        Real<P> newM = real(m.at[i]);
        Real<P> newV = real(v.at[i]);
        step.update(real(g.at[i]), newP, newM, newV);
        p.at[i] = Element<P>::of(newP);
        m.at[i] = Element<M>::of(newM);
        v.at[i] = Element<M>::of(newV);
        w.at[i] = Element<W>::of(newP);
    }
    storeRun(p, param + at, count);
    storeRun(m, first + at, count);
    storeRun(v, second + at, count);
    if (weights != nullptr) {
        storeRun(w, weights + at, count);
    }
}

#define ADAMW(P, G, M, W)                                                                                             \
    extern "C" __global__ void adamw_##P##_##G##_##M##_##W(P* param, const G* gradient, M* first, M* second,         \
            W* weights, const Real<P>* rate, const Real<P>* correction1, const Real<P>* correction2,                  \
            const Real<P>* scale, const i32* predicate, long long n, AdamConstants constants) {                       \
        if (*predicate != 0) {                                                                                        \
            AdamStep<Real<P>> step(constants, rate, correction1, correction2, scale);                                 \
            adamw(param, gradient, first, second, weights, step, n);                                                  \
        }                                                                                                             \
    }
#define ADAMW_MIXED(H)       \
    ADAMW(f32, f32, f32, H)  \
    ADAMW(f32, f32, H, H)    \
    ADAMW(f32, H, f32, H)    \
    ADAMW(f32, H, H, H)      \
    ADAMW(H, f32, f32, H)    \
    ADAMW(H, f32, H, H)      \
    ADAMW(H, H, f32, H)      \
    ADAMW(H, H, H, H)
ADAMW(f64, f64, f64, f64)
ADAMW_MIXED(bf16)
ADAMW_MIXED(f16)
