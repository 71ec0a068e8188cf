// Cross-entropy of logits [N, V] against targets I32 [N], and its gradient in place of the logits.
//
// Types: T of the logits; the loss, the weight, the row sums and the gradient of the loss are Real<T>.
// Bytes moved, with n = N * V elements: forward reads n, once, keeping a running greatest and sum (Milakov and
// Gimelshein, "Online normalizer calculation for softmax", arXiv:1805.02867, algorithm 3); the gradient reads n and
// writes n. A target that is neither a class nor the ignored one makes the loss NaN, and its row of the gradient.
#include "rows.cuh"

/** Loads of a thread that are in flight together. */
static constexpr int AHEAD = 4;

/** The logarithm of each row's sum of exponentials, and each row's loss: one crew per row. */
template <class T>
__device__ __forceinline__ void crossEntropy(
        const T* logits, const i32* targets, Real<T>* rowSums, Real<T>* losses, i64 rows, i64 width, i64 ignored, i64 size) {
    typedef Real<T> R;
    constexpr int N = Lanes<T>::count;
    Crew crew(size);
    i64 row = crew.row();
    bool live = row < rows;
    const T* in = logits + row * width;
    RowVectors<T> vectors(row, live ? width : 0);
    R greatest = Special<R>::lowest();
    R sum = 0; // of exp(x - greatest)
    for (i64 base = crew.rank; base < vectors.count; base += static_cast<i64>(AHEAD) * crew.size) {
        Vector<T> v[AHEAD];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            i64 k = base + static_cast<i64>(i) * crew.size;
            v[i] = loadVector(in, k < vectors.count ? vectors.first(k) : width, width, LowestBits<T>::value);
        }
        R top = greatest;
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
#pragma unroll
            for (int e = 0; e < N; e++) {
                R value = real(v[i].at[e]);
                top = value > top ? value : top;
            }
        }
        R shift = top == Special<R>::lowest() ? R(0) : top; // exp(-inf - -inf) would be NaN
        if (top > greatest) {
            sum *= exponential(greatest - top);
            greatest = top;
        }
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
#pragma unroll
            for (int e = 0; e < N; e++) {
                sum += exponential(real(v[i].at[e]) - shift);
            }
        }
    }
    R top = crew.greatest(greatest);
    R total = crew.sum(greatest == top ? sum : sum * exponential(greatest - top));
    if (live && crew.rank == 0) {
        // Only minus infinities: what their softmax is, nobody can say.
        R rowSum = total == R(0) ? Special<R>::nan() : logarithm(total) + top;
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
    constexpr int N = Lanes<T>::count;
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
            Vector<T> result;
#pragma unroll
            for (int e = 0; e < N; e++) {
                R p = exponential(real(v[i].at[e]) - rowSum);
                R value = (first + e == target ? p - R(1) : p) * scale;
                result.at[e] = Element<T>::of(counts ? value : R(0));
            }
            storeVector(to, first, width, result);
        }
    }
}

#define LOSSES(T)                                                                                                      \
    extern "C" __global__ void __launch_bounds__(256) cross_entropy_##T(                                            \
            const T* logits, const i32* targets, Real<T>* rowSums, Real<T>* losses, i64 rows, i64 width, i64 ignored,  \
            i64 crew) {                                                                                                \
        crossEntropy<T>(logits, targets, rowSums, losses, rows, width, ignored, crew);                                 \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(1024) cross_entropy_finish_##T(                                    \
            const Real<T>* losses, const i32* targets, Real<T>* loss, Real<T>* weight, i64 rows, i64 ignored) {        \
        crossEntropyFinish<Real<T>>(losses, targets, loss, weight, rows, ignored);                                     \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256) cross_entropy_gradient_##T(                                   \
            const T* logits, const i32* targets, const Real<T>* rowSums, const Real<T>* gradient, T* out, i64 rows, i64 width,\
            i64 ignored, i64 crew) {                                                                                   \
        crossEntropyGradient<T>(logits, targets, rowSums, gradient, out, rows, width, ignored, crew);                  \
    }

JAVELIN_FLOATS(LOSSES)
