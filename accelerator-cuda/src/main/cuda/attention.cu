// Attention by matrix products: what lies between the products. The products are cuBLAS's, over [n, rows, columns] with
// n key/value heads of all sequences.
//
// The packed projection [B, T, (H + 2 K) * D] is split into q [B, H, T, D], k and v [B, K, T, D]: so the queries of all
// heads that share a key head are rows of one matrix, and heads follow each other at one distance. Scores are Real<T>,
// probabilities T. Bytes moved, beside the products: the projection read and written; per score, forward reads one
// Real<T> and writes one T, backward reads two and writes two.
#include "rows.cuh"

// ---------------------------------------------------------------------------------------------- layouts

/** From [B, T, (H + 2 K) * D] to q, k, v, or back if `JOIN`. A block per row of the packed; K = 0 for q alone. */
template <class T, bool JOIN>
__device__ __forceinline__ void arrange(
        const T* packed, T* joined, T* q, T* k, T* v, i64 tokens, i64 heads, i64 kvHeads, i64 width) {
    constexpr int N = Lanes<T>::count;
    i64 row = blockIdx.x;
    i64 batch = row / tokens;
    i64 token = row - batch * tokens;
    int all = static_cast<int>(heads + 2 * kvHeads);
    int vectors = static_cast<int>((width + N - 1) / N);
    for (int i = threadIdx.x; i < all * vectors; i += blockDim.x) {
        int head = i / vectors;
        i64 first = static_cast<i64>(i - head * vectors) * N;
        i64 at = (row * all + head) * width;
        T* part = head < heads ? q : head < heads + kvHeads ? k : v;
        i64 of = head < heads ? heads : kvHeads;
        i64 own = head < heads ? head : (head - heads) % kvHeads;
        T* apart = part + ((batch * of + own) * tokens + token) * width;
        if (JOIN) {
            storeVector(joined + at, first, width, loadVector(static_cast<const T*>(apart), first, width));
        } else {
            storeVector(apart, first, width, loadVector(packed + at, first, width));
        }
    }
}

/** dy [B, T, H * D] to [B, H, T, D], and the sum of dy * y of each row [B, H, T]. A crew per row of D. */
template <class T>
__device__ __forceinline__ void splitGradient(
        const T* y, const T* dy, T* apart, Real<T>* dots, i64 rows, i64 tokens, i64 heads, i64 width, i64 size) {
    typedef Real<T> R;
    constexpr int N = Lanes<T>::count;
    Crew crew(size);
    i64 row = crew.row();
    bool live = row < rows;
    i64 head = row % heads;
    i64 batch = row / heads / tokens;
    i64 token = row / heads - batch * tokens;
    i64 to = (batch * heads + head) * tokens + token;
    R dot = 0;
    for (i64 first = static_cast<i64>(crew.rank) * N; first < width && live; first += static_cast<i64>(crew.size) * N) {
        Vector<T> gradient = loadVector(dy + row * width, first, width);
        Vector<T> value = loadVector(y + row * width, first, width);
#pragma unroll
        for (int e = 0; e < N; e++) {
            dot = fused(real(gradient.at[e]), real(value.at[e]), dot);
        }
        storeVector(apart + to * width, first, width, gradient);
    }
    dot = crew.sum(dot);
    if (live && crew.rank == 0) {
        dots[to] = dot;
    }
}

// ---------------------------------------------------------------------------------------------- scores

/**
 * Rows of scores to probabilities and the logarithms of their sums of exponentials, once they are scaled: one crew per row,
 * in place where T is Real<T>. With `causal` row r sees the positions 0 to r mod tokens; the others get probability 0.
 */
template <class T>
__device__ __forceinline__ void probabilities(
        const Real<T>* scores, T* out, Real<T>* rowSums, i64 rows, i64 tokens, i64 causal, Real<T> scale, i64 size) {
    typedef Real<T> R;
    constexpr int N = Lanes<R>::count;
    typedef Vector<R, N> V;
    Crew crew(size);
    i64 row = crew.row();
    bool live = row < rows;
    i64 seen = causal ? row % tokens + 1 : tokens;
    KeptRow<R, 4, N> in(scores, row, live ? tokens : 0, crew, isAligned<N>(out), LowestBits<R>::value);
    R greatest = Special<R>::lowest();
    in.each([&](const V& v, i64 first, auto) {
#pragma unroll
        for (int e = 0; e < N; e++) {
            R value = first + e < seen ? product(v.at[e], scale) : Special<R>::lowest();
            greatest = value > greatest ? value : greatest;
        }
    });
    greatest = crew.greatest(greatest);
    R sum = 0;
    in.each([&](const V& v, i64 first, auto whole) {
#pragma unroll
        for (int e = 0; e < N; e++) {
            i64 c = first + e;
            bool sees = (whole.value || c >= 0) && c < seen;
            sum = added(sum, sees ? exponential(product(v.at[e], scale) - greatest) : R(0));
        }
    });
    sum = crew.sum(sum);
    if (!live) {
        return;
    }
    R factor = R(1) / sum;
    in.each([&](const V& v, i64 first, auto whole) {
        Vector<T, N> result;
#pragma unroll
        for (int e = 0; e < N; e++) {
            R p = first + e < seen ? exponential(product(v.at[e], scale) - greatest) * factor : R(0);
            result.at[e] = Element<T>::of(p);
        }
        store<whole.value>(out + row * tokens, first, tokens, result);
    });
    if (crew.rank == 0) {
        rowSums[row] = greatest + logarithm(sum);
    }
}

/**
 * From scores and the gradients of the probabilities: p = exp(score * scale - row sum), and the gradients of the scores
 * p * (dp - dot) * scale. One crew per row; p may lie on the scores and ds on dp where T is Real<T>.
 */
template <class T>
__device__ __forceinline__ void scoreGradients(
        const Real<T>* scores, const Real<T>* dp, const Real<T>* rowSums, const Real<T>* dots, T* p, T* ds, i64 rows,
        i64 tokens, i64 causal, Real<T> scale, i64 size) {
    typedef Real<T> R;
    constexpr int N = Lanes<R>::count;
    Crew crew(size);
    i64 row = crew.row();
    if (row >= rows) {
        return;
    }
    i64 seen = causal ? row % tokens + 1 : tokens;
    R rowSum = rowSums[row];
    R dot = dots[row];
    i64 at = row * tokens;
    RowVectors<R, N> vectors(row, tokens);
    for (i64 k = crew.rank; k < vectors.count; k += crew.size) {
        i64 first = vectors.first(k);
        Vector<R, N> s = loadVector<R, N>(scores + at, first, tokens);
        Vector<R, N> d = loadVector<R, N>(dp + at, first, tokens);
        Vector<T, N> probability;
        Vector<T, N> gradient;
#pragma unroll
        for (int e = 0; e < N; e++) {
            bool sees = first + e < seen;
            R value = sees ? exponential(product(s.at[e], scale) - rowSum) : R(0);
            probability.at[e] = Element<T>::of(value);
            gradient.at[e] = Element<T>::of(sees ? value * (d.at[e] - dot) * scale : R(0));
        }
        storeVector(p + at, first, tokens, probability);
        storeVector(ds + at, first, tokens, gradient);
    }
}

#define ATTENTION(T)                                                                                                   \
    extern "C" __global__ void __launch_bounds__(256) attention_split_##T(                                             \
            const T* packed, T* q, T* k, T* v, i64 tokens, i64 heads, i64 kvHeads, i64 width) {                        \
        arrange<T, false>(packed, nullptr, q, k, v, tokens, heads, kvHeads, width);                                    \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256) attention_join_##T(                                              \
            T* q, T* k, T* v, T* joined, i64 tokens, i64 heads, i64 kvHeads, i64 width) {                              \
        arrange<T, true>(nullptr, joined, q, k, v, tokens, heads, kvHeads, width);                                     \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256) attention_split_gradient_##T(                                    \
            const T* y, const T* dy, T* apart, Real<T>* dots, i64 rows, i64 tokens, i64 heads, i64 width, i64 crew) {  \
        splitGradient<T>(y, dy, apart, dots, rows, tokens, heads, width, crew);                                        \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(1024) attention_probabilities_##T(                                    \
            const Real<T>* scores, T* out, Real<T>* rowSums, i64 rows, i64 tokens, i64 causal, f64 scale, i64 crew) {  \
        probabilities<T>(scores, out, rowSums, rows, tokens, causal, static_cast<Real<T>>(scale), crew);               \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256) attention_score_gradients_##T(                                   \
            const Real<T>* scores, const Real<T>* dp, const Real<T>* rowSums, const Real<T>* dots, T* p, T* ds,        \
            i64 rows, i64 tokens, i64 causal, f64 scale, i64 crew) {                                                   \
        scoreGradients<T>(scores, dp, rowSums, dots, p, ds, rows, tokens, causal, static_cast<Real<T>>(scale), crew);  \
    }

JAVELIN_FLOATS(ATTENTION)
