// Functions of two and three variables element by element: flat where all operands have the shape of the result, strided
// where they are broadcast. Bytes moved: each operand once; an output may lie on an input of its shape and element size.
#include "loops.cuh"

// ---------------------------------------------------------------------------------------------- functions

struct Add {
    template <class R>
    static __device__ __forceinline__ R of(R a, R b) {
        return a + b;
    }
};
struct Subtract {
    template <class R>
    static __device__ __forceinline__ R of(R a, R b) {
        return a - b;
    }
};
struct Multiply {
    template <class R>
    static __device__ __forceinline__ R of(R a, R b) {
        return product(a, b);
    }
};
struct Divide {
    template <class R>
    static __device__ __forceinline__ R of(R a, R b) {
        return a / b;
    }
};
struct Maximum {
    /** NaN if either is; 0 is greater than −0. */
    template <class R>
    static __device__ __forceinline__ R of(R a, R b) {
        return a > b || a != a || (a == b && !signbit(a)) ? a : b;
    }
};
struct Minimum {
    template <class R>
    static __device__ __forceinline__ R of(R a, R b) {
        return a < b || a != a || (a == b && signbit(a)) ? a : b;
    }
};

template <class Function, class T>
struct Both {
    __device__ __forceinline__ T operator()(T a, T b) const {
        return Element<T>::of(Function::of(real(a), real(b)));
    }
};

// ---------------------------------------------------------------------------------------------- comparisons

/** A value to compare by: integers as they are, truths as 0 and 1. */
__device__ __forceinline__ i64 comparable(i64 x) {
    return x;
}
__device__ __forceinline__ i32 comparable(i32 x) {
    return x;
}
__device__ __forceinline__ u8 comparable(u8 x) {
    return x;
}
__device__ __forceinline__ bool comparable(truth x) {
    return x.bits != 0;
}
template <class T>
__device__ __forceinline__ Real<T> comparable(T x) {
    return real(x);
}

struct Less {
    template <class T>
    __device__ __forceinline__ u8 operator()(T a, T b) const {
        return comparable(a) < comparable(b);
    }
};
struct Equal {
    template <class T>
    __device__ __forceinline__ u8 operator()(T a, T b) const {
        return comparable(a) == comparable(b);
    }
};

struct Select {
    template <class T>
    __device__ __forceinline__ T operator()(u8 condition, T yes, T no) const {
        return condition != 0 ? yes : no;
    }
};

// ---------------------------------------------------------------------------------------------- entries

#define TWO(name, suffix, Op, T, Out)                                                                                 \
    extern "C" __global__ void name##_##suffix(const T* a, const T* b, Out* y, long long n) {                        \
        each(Op, n, y, a, b);                                                                                         \
    }                                                                                                                 \
    extern "C" __global__ void name##_strided_##suffix(const T* a, const T* b, Out* y, long long n, Walk<2> walk) { \
        eachStrided(Op, walk, n, y, a, b);                                                                            \
    }
#define PLAIN(...) __VA_ARGS__
#define BINARY(name, Function, T) TWO(name, T, PLAIN(Both<Function, T>()), T, T)
#define BINARIES(T)               \
    BINARY(add, Add, T)           \
    BINARY(subtract, Subtract, T) \
    BINARY(multiply, Multiply, T) \
    BINARY(divide, Divide, T)     \
    BINARY(maximum, Maximum, T)   \
    BINARY(minimum, Minimum, T)
JAVELIN_FLOATS(BINARIES)

#define COMPARE(suffix, T)             \
    TWO(less, suffix, Less(), T, u8)   \
    TWO(equal, suffix, Equal(), T, u8)
#define COMPARE_FLOATS(T) COMPARE(T, T)
JAVELIN_FLOATS(COMPARE_FLOATS)
COMPARE(i64, i64)
COMPARE(i32, i32)
COMPARE(u8, u8)
COMPARE(bool, truth)

#define SELECT(B)                                                                                                    \
    extern "C" __global__ void select_##B(const u8* condition, const B* yes, const B* no, B* y, long long n) {     \
        each(Select(), n, y, condition, yes, no);                                                                   \
    }                                                                                                                \
    extern "C" __global__ void select_strided_##B(                                                                 \
            const u8* condition, const B* yes, const B* no, B* y, long long n, Walk<3> walk) {                     \
        eachStrided(Select(), walk, n, y, condition, yes, no);                                                      \
    }
SELECT(b1)
SELECT(b2)
SELECT(b4)
SELECT(b8)
