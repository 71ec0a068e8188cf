// SwiGLU over a packed projection: rows of 2F numbers, the gate and then what it lets through. Bytes moved: each operand
// once.
#include "loops.cuh"


/** The part of a row that a thread takes. */
template <class T>
struct RowPart {
    static constexpr int WIDTH = widthOf<T>();
    i64 row;
    i64 column;
    int count;

    __device__ __forceinline__ RowPart(i64 rows, i64 width) {
        i64 parts = (width + WIDTH - 1) / WIDTH;
        i64 part = globalThread();
        row = parts == 0 ? rows : part / parts;
        column = (part - row * parts) * WIDTH;
        i64 left = row < rows ? width - column : 0;
        count = static_cast<int>(left < WIDTH ? left : WIDTH);
    }
};

template <class R>
__device__ __forceinline__ R sigmoid(R x) {
    return R(1) / (R(1) + exp(-x));
}

/** y = gate · sigmoid(gate) · up. Launch: ceil(rows · ceil(width / widthOf<T>()) / LOOP_THREADS) blocks. */
template <class T>
__device__ __forceinline__ void swiglu(const T* packed, T* y, i64 rows, i64 width) {
    RowPart<T> part(rows, width);
    if (part.count == 0) {
        return;
    }
    const T* from = packed + 2 * part.row * width + part.column;
    Vector<T, RowPart<T>::WIDTH> gates;
    Vector<T, RowPart<T>::WIDTH> ups;
    loadRun(gates, from, 1, part.count);
    loadRun(ups, from + width, 1, part.count);
#pragma unroll
    for (int i = 0; i < RowPart<T>::WIDTH; i++) {
        Real<T> gate = real(gates.at[i]);
        ups.at[i] = Element<T>::of(product(product(gate, sigmoid(gate)), real(ups.at[i])));
    }
    storeRun(ups, y + part.row * width + part.column, part.count);
}

/** With s = sigmoid(gate): dgate = dy · up · s · (1 + gate · (1 − s)), dup = dy · gate · s; may overwrite packed. */
template <class T>
__device__ __forceinline__ void swigluGradient(const T* packed, const T* dy, T* gradient, i64 rows, i64 width) {
    RowPart<T> part(rows, width);
    if (part.count == 0) {
        return;
    }
    i64 at = 2 * part.row * width + part.column;
    Vector<T, RowPart<T>::WIDTH> gates;
    Vector<T, RowPart<T>::WIDTH> ups;
    Vector<T, RowPart<T>::WIDTH> dys;
    loadRun(gates, packed + at, 1, part.count);
    loadRun(ups, packed + at + width, 1, part.count);
    loadRun(dys, dy + part.row * width + part.column, 1, part.count);
#pragma unroll
    for (int i = 0; i < RowPart<T>::WIDTH; i++) {
        Real<T> gate = real(gates.at[i]);
        Real<T> up = real(ups.at[i]);
        Real<T> d = real(dys.at[i]);
        Real<T> s = sigmoid(gate);
        Real<T> slope = s * fused(gate, Real<T>(1) - s, Real<T>(1));
        gates.at[i] = Element<T>::of(product(product(d, up), slope));
        ups.at[i] = Element<T>::of(product(d, product(gate, s)));
    }
    storeRun(gates, gradient + at, part.count);
    storeRun(ups, gradient + at + width, part.count);
}

#define ENTRIES(T)                                                                                        \
    extern "C" __global__ void swiglu_##T(const T* packed, T* y, long long rows, long long width) {      \
        swiglu(packed, y, rows, width);                                                                   \
    }                                                                                                     \
    extern "C" __global__ void swiglu_gradient_##T(                                                      \
            const T* packed, const T* dy, T* gradient, long long rows, long long width) {                \
        swigluGradient(packed, dy, gradient, rows, width);                                                \
    }
JAVELIN_FLOATS(ENTRIES)
