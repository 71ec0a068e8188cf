// Cross-entropy of logits [N, V] against targets I32 [N], its gradient in place of the logits, and both at once.
//
// Types: T of the logits; the loss, the weight, the row sums and the gradient of the loss are Real<T>.
// Bytes moved, with n = N * V elements: forward reads n, once, keeping a running greatest and sum (Milakov and
// Gimelshein, "Online normalizer calculation for softmax", arXiv:1805.02867, algorithm 3); the gradient reads n and
// writes n. Both at once read n and write n: between the sweeps a row stays in shared memory, as far as a block may have
// it; what does not fit there was read by the same block a moment ago and is read again, from the L2 cache if it is
// still there. A row of 50,257 bf16 takes 98 KiB and stays as a whole where a block may have 99 KiB or more; one of f32
// takes 196 KiB, stays on GPUs of 227 KiB, and elsewhere as far as 99 or 163 KiB go. Either way the bits are the same, and
// those of forward and gradient one after the other. A target that is neither a class nor the ignored one makes the loss
// NaN, and its row of the gradient.
#include "rows.cuh"

/** Loads of a thread that are in flight together. */
static constexpr int AHEAD = 4;

/** The greatest of the numbers seen so far, and the sum of their exponentials divided by that of the greatest. */
template <class T>
struct RunningSum {
    typedef Real<T> R;

    R greatest = Special<R>::lowest();
    R sum = 0;

    __device__ __forceinline__ void take(const Vector<T> (&v)[AHEAD]) {
        R top = greatest;
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
#pragma unroll
            for (int e = 0; e < Lanes<T>::count; e++) {
                R value = real(v[i].at[e]);
                top = value > top ? value : top;
            }
        }
        R shift = top == Special<R>::lowest() ? R(0) : top; // exp(-inf - -inf) would be NaN
        if (top > greatest) {
            sum = product(sum, exponential(greatest - top));
            greatest = top;
        }
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
#pragma unroll
            for (int e = 0; e < Lanes<T>::count; e++) {
                sum = added(sum, exponential(real(v[i].at[e]) - shift));
            }
        }
    }

    /** The logarithm of the sum of exponentials over the crew, in every thread. All threads of the block must come here. */
    __device__ __forceinline__ R logarithmOver(const Crew& crew) const {
        R top = crew.greatest(greatest);
        R total = crew.sum(greatest == top ? sum : product(sum, exponential(greatest - top)));
        // Only minus infinities: what their softmax is, nobody can say.
        return total == R(0) ? Special<R>::nan() : added(logarithm(total), top);
    }
};

/** The gradient of a row's elements from column `first` on, where the row counts. */
template <class T>
__device__ __forceinline__ Vector<T> gradientOf(const Vector<T>& v, i64 first, i32 target, Real<T> rowSum, Real<T> scale) {
    typedef Real<T> R;
    Vector<T> result;
#pragma unroll
    for (int e = 0; e < Lanes<T>::count; e++) {
        R p = exponential(real(v.at[e]) - rowSum);
        result.at[e] = Element<T>::of(product(first + e == target ? added(p, R(-1)) : p, scale));
    }
    return result;
}

/** The logarithm of each row's sum of exponentials, and each row's loss: one crew per row. */
template <class T>
__device__ __forceinline__ void crossEntropy(
        const T* logits, const i32* targets, Real<T>* rowSums, Real<T>* losses, i64 rows, i64 width, i64 ignored, i64 size) {
    typedef Real<T> R;
    Crew crew(size);
    i64 row = crew.row();
    bool live = row < rows;
    const T* in = logits + row * width;
    RowVectors<T> vectors(row, live ? width : 0);
    RunningSum<T> running;
    for (i64 base = crew.rank; base < vectors.count; base += static_cast<i64>(AHEAD) * crew.size) {
        Vector<T> v[AHEAD];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            i64 k = base + static_cast<i64>(i) * crew.size;
            v[i] = loadVector(in, k < vectors.count ? vectors.first(k) : width, width, LowestBits<T>::value);
        }
        running.take(v);
    }
    R rowSum = running.logarithmOver(crew);
    if (live && crew.rank == 0) {
        i32 target = targets[row];
        bool inside = target >= 0 && target < width;
        store(rowSums, row, rowSum);
        losses[row] = target == ignored ? R(0) : inside ? rowSum - load(in, target) : Special<R>::nan();
    }
}

/** Sums of the losses and of the rows that count: one block, rows in turn to its threads, added in f64. */
template <class R>
__device__ __forceinline__ void crossEntropyFinish(
        const R* losses, const i32* targets, R* loss, R* weight, i64 rows, i64 ignored) {
    f64 sum = 0;
    f64 counted = 0;
    for (i64 row = threadIdx.x; row < rows; row += blockDim.x) {
        sum += losses[row];
        counted += targets[row] == ignored ? 0 : 1;
    }
    sum = blockSum(sum);
    counted = blockSum(counted);
    if (threadIdx.x == 0) {
        store(loss, 0, sum);
        store(weight, 0, counted);
    }
}

/** (softmax - one-hot) * gradient, zeros for ignored rows: one crew per row. out may lie on the logits. */
template <class T>
__device__ __forceinline__ void crossEntropyGradient(
        const T* logits, const i32* targets, const Real<T>* rowSums, const Real<T>* gradient, T* out, i64 rows, i64 width,
        i64 ignored, i64 size) {
    typedef Real<T> R;
    Crew crew(size);
    i64 row = crew.row();
    if (row >= rows) {
        return;
    }
    i32 target = targets[row];
    bool counts = target != ignored;
    bool inside = target >= 0 && target < width;
    R rowSum = inside ? load(rowSums, row) : Special<R>::nan();
    R scale = load(gradient, 0);
    const T* in = logits + row * width;
    T* to = out + row * width;
    RowVectors<T> vectors(row, width);
    for (i64 base = crew.rank; base < vectors.count; base += static_cast<i64>(AHEAD) * crew.size) {
        Vector<T> v[AHEAD];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            i64 k = base + static_cast<i64>(i) * crew.size;
            v[i] = loadVector(in, k < vectors.count && counts ? vectors.first(k) : width, width);
        }
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            i64 k = base + static_cast<i64>(i) * crew.size;
            i64 first = k < vectors.count ? vectors.first(k) : width;
            Vector<T> result = gradientOf<T>(v[i], first, target, rowSum, scale);
#pragma unroll
            for (int e = 0; e < Lanes<T>::count; e++) {
                result.at[e] = counts ? result.at[e] : Element<T>::of(R(0));
            }
            storeVector(to, first, width, result);
        }
    }
}

/**
 * Each row's loss and gradient: one crew per row, of whose vectors the first `keep` stay in dynamic shared memory between
 * the sweeps, 16 bytes for each vector of each crew. A thread reads again what it wrote there or is about to overwrite,
 * and nobody else's, so that nobody waits: out may lie on the logits. Rows that are ignored, or whose target is no
 * class, are not read.
 */
template <class T>
__device__ __forceinline__ void fusedCrossEntropy(
        const T* logits, const i32* targets, const Real<T>* gradient, Real<T>* losses, T* out, i64 rows, i64 width,
        i64 ignored, i64 size, i64 keep) {
    typedef Real<T> R;
    JAVELIN_DYNAMIC_SHARED(Vector<T>, shared);
    Crew crew(size);
    i64 row = crew.row();
    bool live = row < rows;
    i32 target = live ? targets[row] : 0;
    bool counts = live && target != ignored;
    bool inside = counts && target >= 0 && target < width;
    const T* in = logits + row * width;
    Vector<T>* kept = shared + crew.number() * keep;
    RowVectors<T> vectors(row, inside ? width : 0);
    RunningSum<T> running;
    for (i64 base = crew.rank; base < vectors.count; base += static_cast<i64>(AHEAD) * crew.size) {
        Vector<T> v[AHEAD];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            i64 k = base + static_cast<i64>(i) * crew.size;
            v[i] = loadVector(in, k < vectors.count ? vectors.first(k) : width, width, LowestBits<T>::value);
        }
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            i64 k = base + static_cast<i64>(i) * crew.size;
            if (k < vectors.count && k < keep) {
                kept[k].word = v[i].word;
            }
        }
        running.take(v);
    }
    // The thread that will overwrite the target's logit reads it.
    int owner = inside ? static_cast<int>((target + vectors.phase) / Lanes<T>::count) & (crew.size - 1) : 0;
    R picked = inside && crew.rank == owner ? load(in, target) : R(0);
    R rowSum = running.logarithmOver(crew);
    if (!live) {
        return;
    }
    if (crew.rank == owner) {
        losses[row] = !counts ? R(0) : inside ? rowSum - picked : Special<R>::nan();
    }
    R scale = load(gradient, 0);
    T* to = out + row * width;
    if (!inside) {
        Vector<T> all;
#pragma unroll
        for (int e = 0; e < Lanes<T>::count; e++) {
            all.at[e] = Element<T>::of(counts ? Special<R>::nan() : R(0));
        }
        RowVectors<T> every(row, width);
        for (i64 k = crew.rank; k < every.count; k += crew.size) {
            storeVector(to, every.first(k), width, all);
        }
        return;
    }
    for (i64 base = crew.rank; base < vectors.count; base += static_cast<i64>(AHEAD) * crew.size) {
        Vector<T> v[AHEAD];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            i64 k = base + static_cast<i64>(i) * crew.size;
            if (k < vectors.count && k < keep) {
                v[i].word = kept[k].word;
            } else {
                v[i] = loadVector(in, k < vectors.count ? vectors.first(k) : width, width);
            }
        }
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            i64 k = base + static_cast<i64>(i) * crew.size;
            i64 first = k < vectors.count ? vectors.first(k) : width;
            storeVector(to, first, width, gradientOf<T>(v[i], first, target, rowSum, scale));
        }
    }
}

#define LOSSES(T)                                                                                                      \
    extern "C" __global__ void __launch_bounds__(512) cross_entropy_##T(                                            \
            const T* logits, const i32* targets, Real<T>* rowSums, Real<T>* losses, i64 rows, i64 width, i64 ignored,  \
            i64 crew) {                                                                                                \
        crossEntropy<T>(logits, targets, rowSums, losses, rows, width, ignored, crew);                                 \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(1024) cross_entropy_finish_##T(                                    \
            const Real<T>* losses, const i32* targets, Real<T>* loss, Real<T>* weight, i64 rows, i64 ignored) {        \
        crossEntropyFinish<Real<T>>(losses, targets, loss, weight, rows, ignored);                                     \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(512) cross_entropy_gradient_##T(                                   \
            const T* logits, const i32* targets, const Real<T>* rowSums, const Real<T>* gradient, T* out, i64 rows, i64 width,\
            i64 ignored, i64 crew) {                                                                                   \
        crossEntropyGradient<T>(logits, targets, rowSums, gradient, out, rows, width, ignored, crew);                  \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(512) fused_cross_entropy_##T(                                      \
            const T* logits, const i32* targets, const Real<T>* gradient, Real<T>* losses, T* out, i64 rows, i64 width,\
            i64 ignored, i64 crew, i64 keep) {                                                                         \
        fusedCrossEntropy<T>(logits, targets, gradient, losses, out, rows, width, ignored, crew, keep);                \
    }

JAVELIN_FLOATS(LOSSES)
