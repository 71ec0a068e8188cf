// Uniform numbers addressed by element, and dropout by them: the bits are those of every other device. Bytes moved: each
// operand once.
#include "loops.cuh"
#include "philox.cuh"

/** Elements of a thread: whole blocks of four words. */
template <class T>
__device__ constexpr int randomWidth() {
    return sizeof(T) == 2 ? 8 : 4;
}

/**
 * The numbers of a thread: WIDTH neighbours from local element `local` on, as multiples of 2^-24. `random` holds seed
 * low, seed high, step, micro-batch, first sample, rows; local element 0 has the global index first sample · (n / rows).
 */
template <int WIDTH>
struct Uniforms {
    u32 at[WIDTH];

    __device__ __forceinline__ Uniforms(const i32* random, i64 n, i64 local, u32 call) {
        i64 first = static_cast<i64>(random[4]) * (n / random[5]) + local;
        i64 block = first >> 2;
        int skip = static_cast<int>(first & 3);
        Words words = at4(random, block, call);
#pragma unroll
        for (int quad = 0; quad < WIDTH / 4; quad++) {
            Words next = words;
            if (skip != 0 || quad + 1 < WIDTH / 4) { // what begins within a block ends in the next one
                next = at4(random, block + quad + 1, call);
            }
#pragma unroll
            for (int i = 0; i < 4; i++) {
                u32 word = words.at[i];
#pragma unroll
                for (int from = 0; from < 4; from++) {
                    if (skip == from && from > 0) {
                        word = i + from < 4 ? words.at[(i + from) & 3] : next.at[(i + from) & 3];
                    }
                }
                at[quad * 4 + i] = word >> 8;
            }
            words = next;
        }
    }

   private:
    static __device__ __forceinline__ Words at4(const i32* random, i64 block, u32 call) {
        Words counter = {{static_cast<u32>(block), static_cast<u32>(block >> 32) ^ call, static_cast<u32>(random[2]),
            static_cast<u32>(random[3])}};
        return philox(counter, static_cast<u32>(random[0]), static_cast<u32>(random[1]));
    }
};

/** Launch: ceil(n / (LOOP_THREADS · randomWidth<T>())) blocks. */
template <class T>
__device__ __forceinline__ void uniform(const i32* random, T* y, i64 n, u32 call) {
    constexpr int WIDTH = randomWidth<T>();
    i64 local = globalThread() * WIDTH;
    if (local >= n) {
        return;
    }
    Uniforms<WIDTH> numbers(random, n, local, call);
    Vector<T, WIDTH> result;
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
        result.at[i] = Element<T>::of(static_cast<Real<T>>(numbers.at[i]) * Real<T>(0x1p-24));
    }
    storeRun(result, y + local, n - local < WIDTH ? static_cast<int>(n - local) : WIDTH);
}

/** y = 0 where the number is below `probability`, elsewhere x · scale. Launch: as `uniform`. */
template <class T>
__device__ __forceinline__ void dropout(
        const T* x, const i32* random, T* y, i64 n, u32 call, Real<T> probability, Real<T> scale) {
    constexpr int WIDTH = randomWidth<T>();
    i64 local = globalThread() * WIDTH;
    if (local >= n) {
        return;
    }
    int count = n - local < WIDTH ? static_cast<int>(n - local) : WIDTH;
    Vector<T, WIDTH> values;
    loadRun(values, x + local, 1, count);
    Uniforms<WIDTH> numbers(random, n, local, call);
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
        bool drop = static_cast<Real<T>>(numbers.at[i]) * Real<T>(0x1p-24) < probability;
        values.at[i] = Element<T>::of(drop ? Real<T>(0) : product(real(values.at[i]), scale));
    }
    storeRun(values, y + local, count);
}

#define ENTRIES(T)                                                                                                 \
    extern "C" __global__ void uniform_##T(const i32* random, T* y, long long n, long long call) {                \
        uniform(random, y, n, static_cast<u32>(call));                                                             \
    }                                                                                                              \
    extern "C" __global__ void dropout_##T(const T* x, const i32* random, T* y, long long n, long long call,      \
            double probability, double scale) {                                                                    \
        dropout(x, random, y, n, static_cast<u32>(call), static_cast<Real<T>>(probability),                        \
                static_cast<Real<T>>(scale));                                                                      \
    }
JAVELIN_FLOATS(ENTRIES)
