// A stand-in for cuBLAS 13: handles, streams, workspace, and products of matrices.
#include "gemm.h"

using namespace emulated;

namespace {

constexpr int SUCCESS = 0;
constexpr int NOT_INITIALIZED = 1;
constexpr int ALLOC_FAILED = 3;
constexpr int INVALID_VALUE = 7;
constexpr int NOT_SUPPORTED = 15;
constexpr size_t OWN_WORKSPACE = 4 << 20;

struct Handle {
    uint64_t magic;
    void* stream;
    int mathMode;
    int pointerMode;
    int atomicsMode;
    unsigned long long own; // workspace of its own
    void* workspace;
    size_t workspaceBytes;
};

constexpr uint64_t MAGIC = 0x6a6176656c696e62;

Handle* handleOf(void* handle) {
    Handle* found = static_cast<Handle*>(handle);
    return found != nullptr && found->magic == MAGIC ? found : nullptr;
}

bool isOperation(int op) {
    return op >= 0 && op <= 2;
}

Matrix columnMajor(const void* at, int type, int op, int64_t lead, int64_t batch) {
    bool transposed = op != 0;
    return {const_cast<void*>(at), type, transposed ? lead : 1, transposed ? 1 : lead, batch};
}

int gemm(const char* function, void* h, int opA, int opB, int64_t m, int64_t n, int64_t k, const void* alpha, const void* a, int typeA,
        int64_t lda, int64_t strideA, const void* b, int typeB, int64_t ldb, int64_t strideB, const void* beta, void* c, int typeC,
        int64_t ldc, int64_t strideC, int64_t batches, int compute) {
    if (int injected = emulatedDriverFailure(function)) {
        return injected;
    }
    Handle* handle = handleOf(h);
    if (handle == nullptr) {
        return NOT_INITIALIZED;
    }
    int64_t rowsA = opA == 0 ? m : k;
    int64_t rowsB = opB == 0 ? k : n;
    if (!isOperation(opA) || !isOperation(opB) || m < 0 || n < 0 || k < 0 || batches < 0 || lda < rowsA || lda < 1 || ldb < rowsB || ldb < 1
            || ldc < m || ldc < 1 || alpha == nullptr || beta == nullptr) {
        return INVALID_VALUE;
    }
    Product p{};
    bool tf32 = handle->mathMode == 3;
    if (!supported(compute, typeA, typeB, typeC, tf32, p)) {
        return NOT_SUPPORTED;
    }
    if (m == 0 || n == 0 || batches == 0) {
        return SUCCESS;
    }
    if (reinterpret_cast<uintptr_t>(a) % bytesOf(typeA) || reinterpret_cast<uintptr_t>(b) % bytesOf(typeB)
            || reinterpret_cast<uintptr_t>(c) % bytesOf(typeC)) {
        return INVALID_VALUE;
    }
    p.m = m;
    p.n = n;
    p.k = k;
    p.batches = batches;
    p.a = columnMajor(a, typeA, opA, lda, strideA);
    p.b = columnMajor(b, typeB, opB, ldb, strideB);
    p.c = columnMajor(c, typeC, 0, ldc, strideC);
    p.d = p.c;
    p.scalesOnDevice = handle->pointerMode == 1;
    p.alphaAt = alpha;
    p.betaAt = beta;
    if (!p.scalesOnDevice) {
        p.alpha = get(alpha, p.scaleType, 0);
        p.beta = get(beta, p.scaleType, 0);
    }
    p.workspace = handle->workspace;
    p.workspaceBytes = handle->workspaceBytes;
    return submit(p, handle->stream, function);
}

} // namespace

#define EMULATED_BLAS(name, ...) extern "C" __attribute__((visibility("default"))) int name(__VA_ARGS__)

EMULATED_BLAS(cublasCreate_v2, void** handle) {
    if (int injected = emulatedDriverFailure("cublasCreate_v2")) {
        return injected;
    }
    void* context = nullptr;
    if (handle == nullptr) {
        return INVALID_VALUE;
    }
    if (cuCtxGetCurrent(&context) != 0 || context == nullptr) {
        return NOT_INITIALIZED;
    }
    Handle* made = new Handle{MAGIC, nullptr, 0, 0, 0, 0, nullptr, 0};
    if (cuMemAlloc_v2(&made->own, OWN_WORKSPACE) != 0) {
        delete made;
        return ALLOC_FAILED;
    }
    made->workspace = reinterpret_cast<void*>(made->own);
    made->workspaceBytes = OWN_WORKSPACE;
    *handle = made;
    return SUCCESS;
}

EMULATED_BLAS(cublasDestroy_v2, void* h) {
    Handle* handle = handleOf(h);
    if (handle == nullptr) {
        return NOT_INITIALIZED;
    }
    cuCtxSynchronize();
    cuMemFree_v2(handle->own);
    handle->magic = 0;
    delete handle;
    return SUCCESS;
}

EMULATED_BLAS(cublasGetVersion_v2, void*, int* version) {
    *version = 130000;
    return SUCCESS;
}

EMULATED_BLAS(cublasGetProperty, int type, int* value) {
    *value = type == 0 ? 13 : 0;
    return type >= 0 && type < 3 ? SUCCESS : INVALID_VALUE;
}

EMULATED_BLAS(cublasSetStream_v2, void* h, void* stream) {
    Handle* handle = handleOf(h);
    if (handle == nullptr) {
        return NOT_INITIALIZED;
    }
    // As documented, a workspace of the user's is unset with the stream.
    handle->stream = stream;
    handle->workspace = reinterpret_cast<void*>(handle->own);
    handle->workspaceBytes = OWN_WORKSPACE;
    return SUCCESS;
}

EMULATED_BLAS(cublasGetStream_v2, void* h, void** stream) {
    Handle* handle = handleOf(h);
    if (handle == nullptr) {
        return NOT_INITIALIZED;
    }
    *stream = handle->stream;
    return SUCCESS;
}

EMULATED_BLAS(cublasSetWorkspace_v2, void* h, void* workspace, size_t bytes) {
    Handle* handle = handleOf(h);
    if (handle == nullptr) {
        return NOT_INITIALIZED;
    }
    if (reinterpret_cast<uintptr_t>(workspace) % 256 != 0 || (bytes > 0 && !emulatedDriverHolds(workspace, bytes))) {
        return INVALID_VALUE;
    }
    handle->workspace = workspace;
    handle->workspaceBytes = bytes;
    return SUCCESS;
}

#define EMULATED_MODE(NAME, FIELD, VALID)                              \
    EMULATED_BLAS(cublasSet##NAME, void* h, int mode) {                \
        Handle* handle = handleOf(h);                                  \
        if (handle == nullptr) {                                       \
            return NOT_INITIALIZED;                                    \
        }                                                              \
        if (!(VALID)) {                                                \
            return INVALID_VALUE;                                      \
        }                                                              \
        handle->FIELD = mode;                                          \
        return SUCCESS;                                                \
    }                                                                  \
    EMULATED_BLAS(cublasGet##NAME, void* h, int* mode) {               \
        Handle* handle = handleOf(h);                                  \
        if (handle == nullptr) {                                       \
            return NOT_INITIALIZED;                                    \
        }                                                              \
        *mode = handle->FIELD;                                         \
        return SUCCESS;                                                \
    }
EMULATED_MODE(MathMode, mathMode, (mode & ~16) >= 0 && (mode & ~16) <= 4)
EMULATED_MODE(PointerMode_v2, pointerMode, mode == 0 || mode == 1)
EMULATED_MODE(AtomicsMode, atomicsMode, mode == 0 || mode == 1)

EMULATED_BLAS(cublasSetSmCountTarget, void* h, int) {
    return handleOf(h) == nullptr ? NOT_INITIALIZED : SUCCESS;
}

extern "C" __attribute__((visibility("default"))) const char* cublasGetStatusName(int status) {
    switch (status) {
    case 0: return "CUBLAS_STATUS_SUCCESS";
    case 1: return "CUBLAS_STATUS_NOT_INITIALIZED";
    case 3: return "CUBLAS_STATUS_ALLOC_FAILED";
    case 7: return "CUBLAS_STATUS_INVALID_VALUE";
    case 8: return "CUBLAS_STATUS_ARCH_MISMATCH";
    case 11: return "CUBLAS_STATUS_MAPPING_ERROR";
    case 13: return "CUBLAS_STATUS_EXECUTION_FAILED";
    case 14: return "CUBLAS_STATUS_INTERNAL_ERROR";
    case 15: return "CUBLAS_STATUS_NOT_SUPPORTED";
    case 16: return "CUBLAS_STATUS_LICENSE_ERROR";
    default: return "<unknown>";
    }
}

extern "C" __attribute__((visibility("default"))) const char* cublasGetStatusString(int status) {
    return cublasGetStatusName(status);
}

// Each with int and, as NAME_64, with int64_t sizes.
#define EMULATED_GEMMS(SUFFIX, INT)                                                                                            \
    EMULATED_BLAS(cublasSgemm_v2##SUFFIX, void* h, int opA, int opB, INT m, INT n, INT k, const float* alpha, const float* a, INT lda, \
            const float* b, INT ldb, const float* beta, float* c, INT ldc) {                                                  \
        return gemm("cublasSgemm_v2", h, opA, opB, m, n, k, alpha, a, R_32F, lda, 0, b, R_32F, ldb, 0, beta, c, R_32F, ldc, 0, 1, 68); \
    }                                                                                                                         \
    EMULATED_BLAS(cublasDgemm_v2##SUFFIX, void* h, int opA, int opB, INT m, INT n, INT k, const double* alpha, const double* a, INT lda, \
            const double* b, INT ldb, const double* beta, double* c, INT ldc) {                                               \
        return gemm("cublasDgemm_v2", h, opA, opB, m, n, k, alpha, a, R_64F, lda, 0, b, R_64F, ldb, 0, beta, c, R_64F, ldc, 0, 1, 70); \
    }                                                                                                                         \
    EMULATED_BLAS(cublasSgemmStridedBatched##SUFFIX, void* h, int opA, int opB, INT m, INT n, INT k, const float* alpha, const float* a, \
            INT lda, long long strideA, const float* b, INT ldb, long long strideB, const float* beta, float* c, INT ldc,     \
            long long strideC, INT batches) {                                                                                 \
        return gemm("cublasSgemmStridedBatched", h, opA, opB, m, n, k, alpha, a, R_32F, lda, strideA, b, R_32F, ldb, strideB, beta, c, \
                R_32F, ldc, strideC, batches, 68);                                                                            \
    }                                                                                                                         \
    EMULATED_BLAS(cublasDgemmStridedBatched##SUFFIX, void* h, int opA, int opB, INT m, INT n, INT k, const double* alpha,     \
            const double* a, INT lda, long long strideA, const double* b, INT ldb, long long strideB, const double* beta, double* c, \
            INT ldc, long long strideC, INT batches) {                                                                        \
        return gemm("cublasDgemmStridedBatched", h, opA, opB, m, n, k, alpha, a, R_64F, lda, strideA, b, R_64F, ldb, strideB, beta, c, \
                R_64F, ldc, strideC, batches, 70);                                                                            \
    }                                                                                                                         \
    EMULATED_BLAS(cublasGemmEx##SUFFIX, void* h, int opA, int opB, INT m, INT n, INT k, const void* alpha, const void* a, int typeA, \
            INT lda, const void* b, int typeB, INT ldb, const void* beta, void* c, int typeC, INT ldc, int compute, int) {    \
        return gemm("cublasGemmEx", h, opA, opB, m, n, k, alpha, a, typeA, lda, 0, b, typeB, ldb, 0, beta, c, typeC, ldc, 0, 1, compute); \
    }                                                                                                                         \
    EMULATED_BLAS(cublasGemmStridedBatchedEx##SUFFIX, void* h, int opA, int opB, INT m, INT n, INT k, const void* alpha, const void* a, \
            int typeA, INT lda, long long strideA, const void* b, int typeB, INT ldb, long long strideB, const void* beta, void* c, \
            int typeC, INT ldc, long long strideC, INT batches, int compute, int) {                                           \
        return gemm("cublasGemmStridedBatchedEx", h, opA, opB, m, n, k, alpha, a, typeA, lda, strideA, b, typeB, ldb, strideB, beta, c, \
                typeC, ldc, strideC, batches, compute);                                                                       \
    }
EMULATED_GEMMS(, int)
EMULATED_GEMMS(_64, int64_t)
