// A stand-in for cuBLASLt 13: products with an epilogue, by descriptors that are opaque to the caller.
#include "gemm.h"

using namespace emulated;

namespace {

constexpr int SUCCESS = 0;
constexpr int NOT_INITIALIZED = 1;
constexpr int INVALID_VALUE = 7;
constexpr int NOT_SUPPORTED = 15;
constexpr uint64_t MAGIC = 0x6a6176656c696e6c;

struct Handle {
    uint64_t magic;
};

// The sizes are those of the library's own opaque structs: callers may place them themselves.
struct Description { // uint64_t[32]
    int32_t compute;
    int32_t scale;
    int32_t pointerMode;
    int32_t opA;
    int32_t opB;
    int32_t opC;
    int32_t epilogue;
    int32_t auxType;
    int32_t biasType;
    int32_t unused;
    void* bias;
    int64_t biasBatch;
    void* aux;
    int64_t auxLead;
    int64_t auxBatch;
    uint64_t rest[22];
};
static_assert(sizeof(Description) == 256, "cublasLtMatmulDescOpaque_t");

struct Layout { // uint64_t[8]
    int32_t type;
    int32_t order;
    uint64_t rows;
    uint64_t columns;
    int64_t lead;
    int64_t batch;
    int32_t batches;
    int32_t unused;
    uint64_t rest[2];
};
static_assert(sizeof(Layout) == 64, "cublasLtMatrixLayoutOpaque_t");

struct Preference { // uint64_t[8]
    uint64_t workspaceBytes;
    uint32_t alignment[4];
    uint64_t rest[5];
};
static_assert(sizeof(Preference) == 64, "cublasLtMatmulPreferenceOpaque_t");

struct Algorithm {
    uint64_t data[8];
};

struct Heuristic {
    Algorithm algorithm;
    size_t workspaceBytes;
    int32_t state;
    float waves;
    int32_t reserved[4];
};
static_assert(sizeof(Heuristic) == 96, "cublasLtMatmulHeuristicResult_t");

constexpr uint64_t ALGORITHM = 0x6a6176656c696e61;
constexpr size_t WANTED_WORKSPACE = 1 << 20;

/** A field to be read or written through an attribute. */
struct Field {
    void* at;
    size_t bytes;
};

Field fieldOf(Description* d, int attribute) {
    switch (attribute) {
    case 0: return {&d->compute, 4};
    case 1: return {&d->scale, 4};
    case 2: return {&d->pointerMode, 4};
    case 3: return {&d->opA, 4};
    case 4: return {&d->opB, 4};
    case 5: return {&d->opC, 4};
    case 7: return {&d->epilogue, 4};
    case 8: return {&d->bias, 8};
    case 10: return {&d->biasBatch, 8};
    case 11: return {&d->aux, 8};
    case 12: return {&d->auxLead, 8};
    case 13: return {&d->auxBatch, 8};
    case 22: return {&d->auxType, 4};
    case 26: return {&d->biasType, 4};
    default: return {nullptr, 0};
    }
}

Field fieldOf(Layout* l, int attribute) {
    switch (attribute) {
    case 0: return {&l->type, 4};
    case 1: return {&l->order, 4};
    case 2: return {&l->rows, 8};
    case 3: return {&l->columns, 8};
    case 4: return {&l->lead, 8};
    case 5: return {&l->batches, 4};
    case 6: return {&l->batch, 8};
    default: return {nullptr, 0};
    }
}

Field fieldOf(Preference* p, int attribute) {
    switch (attribute) {
    case 1: return {&p->workspaceBytes, 8};
    case 5: case 6: case 7: case 8: return {&p->alignment[attribute - 5], 4};
    default: return {nullptr, 0};
    }
}

template <class T>
int set(T* object, int attribute, const void* from, size_t bytes) {
    if (object == nullptr || from == nullptr) {
        return INVALID_VALUE;
    }
    Field field = fieldOf(object, attribute);
    if (field.at == nullptr || bytes != field.bytes) {
        return INVALID_VALUE;
    }
    memcpy(field.at, from, bytes);
    return SUCCESS;
}

template <class T>
int read(T* object, int attribute, void* to, size_t bytes, size_t* written) {
    if (object == nullptr) {
        return INVALID_VALUE;
    }
    Field field = fieldOf(object, attribute);
    if (written != nullptr) {
        *written = field.bytes;
    }
    if (field.at == nullptr || bytes < field.bytes) {
        return INVALID_VALUE;
    }
    memcpy(to, field.at, field.bytes);
    return SUCCESS;
}

bool knownEpilogue(int kind) {
    for (int known : {1, 2, 130, 4, 6, 134, 136, 152, 32, 160, 36, 164, 192, 208, 256, 512}) {
        if (kind == known) {
            return true;
        }
    }
    return false;
}

Matrix matrixOf(const void* at, const Layout& l, int op) {
    Matrix x = {const_cast<void*>(at), l.type, l.order == 1 ? l.lead : 1, l.order == 1 ? 1 : l.lead, l.batch};
    if (op != 0) {
        int64_t row = x.row;
        x.row = x.column;
        x.column = row;
    }
    return x;
}

bool sound(const Layout& l) {
    uint64_t least = l.order == 1 ? l.columns : l.rows;
    return (l.order == 0 || l.order == 1) && l.lead >= static_cast<int64_t>(least) && l.batches >= 1;
}

/** What is asked for, without its scales; a status. */
int describe(const Description* d, const Layout* a, const Layout* b, const Layout* c, const Layout* out, Product& p) {
    if (d == nullptr || a == nullptr || b == nullptr || c == nullptr || out == nullptr) {
        return INVALID_VALUE;
    }
    int64_t m = static_cast<int64_t>(out->rows);
    int64_t n = static_cast<int64_t>(out->columns);
    int64_t k = static_cast<int64_t>(d->opA == 0 ? a->columns : a->rows);
    int64_t rowsA = static_cast<int64_t>(d->opA == 0 ? a->rows : a->columns);
    int64_t rowsB = static_cast<int64_t>(d->opB == 0 ? b->rows : b->columns);
    int64_t columnsB = static_cast<int64_t>(d->opB == 0 ? b->columns : b->rows);
    if (!sound(*a) || !sound(*b) || !sound(*c) || !sound(*out) || rowsA != m || rowsB != k || columnsB != n
            || static_cast<int64_t>(c->rows) != m || static_cast<int64_t>(c->columns) != n || a->batches != out->batches
            || b->batches != out->batches || c->batches != out->batches || d->opA < 0 || d->opA > 2 || d->opB < 0 || d->opB > 2) {
        return INVALID_VALUE;
    }
    if (!supported(d->compute, a->type, b->type, out->type, false, p) || c->type != out->type || d->scale != p.scaleType
            || !knownEpilogue(d->epilogue)) {
        return NOT_SUPPORTED;
    }
    p.m = m;
    p.n = n;
    p.k = k;
    p.batches = out->batches;
    p.epilogue.kind = d->epilogue;
    p.epilogue.bias = d->bias;
    p.epilogue.biasType = d->biasType >= 0 ? d->biasType : out->type;
    p.epilogue.biasBatch = d->biasBatch;
    p.epilogue.aux = d->aux;
    p.epilogue.auxType = d->auxType >= 0 ? d->auxType : out->type;
    p.epilogue.auxLead = d->auxLead;
    p.epilogue.auxBatch = d->auxBatch;
    bool bits = d->epilogue == 130 || d->epilogue == 134 || (d->epilogue & 0x88) == 0x88;
    if ((d->epilogue & 128) && (d->auxLead < m || (bits && d->auxLead % 128 != 0))) {
        return INVALID_VALUE;
    }
    return SUCCESS;
}

} // namespace

#define EMULATED_LT(name, ...) extern "C" __attribute__((visibility("default"))) int name(__VA_ARGS__)

EMULATED_LT(cublasLtCreate, void** handle) {
    if (int injected = emulatedDriverFailure("cublasLtCreate")) {
        return injected;
    }
    void* context = nullptr;
    if (cuCtxGetCurrent(&context) != 0 || context == nullptr) {
        return NOT_INITIALIZED;
    }
    *handle = new Handle{MAGIC};
    return SUCCESS;
}

EMULATED_LT(cublasLtDestroy, void* handle) {
    Handle* h = static_cast<Handle*>(handle);
    if (h == nullptr || h->magic != MAGIC) {
        return NOT_INITIALIZED;
    }
    h->magic = 0;
    delete h;
    return SUCCESS;
}

extern "C" __attribute__((visibility("default"))) size_t cublasLtGetVersion(void) {
    return 130000;
}

EMULATED_LT(cublasLtMatmulDescInit_internal, Description* d, size_t bytes, int compute, int scale) {
    if (d == nullptr || bytes < sizeof(Description)) {
        return INVALID_VALUE;
    }
    *d = Description{};
    d->compute = compute;
    d->scale = scale;
    d->epilogue = 1;
    d->auxType = -1;
    d->biasType = -1;
    return SUCCESS;
}

EMULATED_LT(cublasLtMatmulDescCreate, Description** made, int compute, int scale) {
    *made = new Description{};
    return cublasLtMatmulDescInit_internal(*made, sizeof(Description), compute, scale);
}

EMULATED_LT(cublasLtMatmulDescDestroy, Description* d) {
    delete d;
    return SUCCESS;
}

EMULATED_LT(cublasLtMatmulDescSetAttribute, Description* d, int attribute, const void* from, size_t bytes) {
    return set(d, attribute, from, bytes);
}

EMULATED_LT(cublasLtMatmulDescGetAttribute, Description* d, int attribute, void* to, size_t bytes, size_t* written) {
    return read(d, attribute, to, bytes, written);
}

EMULATED_LT(cublasLtMatrixLayoutInit_internal, Layout* l, size_t bytes, int type, uint64_t rows, uint64_t columns, int64_t lead) {
    if (l == nullptr || bytes < sizeof(Layout)) {
        return INVALID_VALUE;
    }
    *l = Layout{};
    l->type = type;
    l->rows = rows;
    l->columns = columns;
    l->lead = lead;
    l->batches = 1;
    return SUCCESS;
}

EMULATED_LT(cublasLtMatrixLayoutCreate, Layout** made, int type, uint64_t rows, uint64_t columns, int64_t lead) {
    *made = new Layout{};
    return cublasLtMatrixLayoutInit_internal(*made, sizeof(Layout), type, rows, columns, lead);
}

EMULATED_LT(cublasLtMatrixLayoutDestroy, Layout* l) {
    delete l;
    return SUCCESS;
}

EMULATED_LT(cublasLtMatrixLayoutSetAttribute, Layout* l, int attribute, const void* from, size_t bytes) {
    return set(l, attribute, from, bytes);
}

EMULATED_LT(cublasLtMatrixLayoutGetAttribute, Layout* l, int attribute, void* to, size_t bytes, size_t* written) {
    return read(l, attribute, to, bytes, written);
}

EMULATED_LT(cublasLtMatmulPreferenceInit_internal, Preference* p, size_t bytes) {
    if (p == nullptr || bytes < sizeof(Preference)) {
        return INVALID_VALUE;
    }
    *p = Preference{};
    for (uint32_t& alignment : p->alignment) {
        alignment = 256;
    }
    return SUCCESS;
}

EMULATED_LT(cublasLtMatmulPreferenceCreate, Preference** made) {
    *made = new Preference{};
    return cublasLtMatmulPreferenceInit_internal(*made, sizeof(Preference));
}

EMULATED_LT(cublasLtMatmulPreferenceDestroy, Preference* p) {
    delete p;
    return SUCCESS;
}

EMULATED_LT(cublasLtMatmulPreferenceSetAttribute, Preference* p, int attribute, const void* from, size_t bytes) {
    uint64_t ignored;
    if (p != nullptr && (attribute == 0 || attribute == 3 || attribute == 9 || attribute == 12) && from != nullptr && bytes <= 8) {
        memcpy(&ignored, from, bytes);
        return SUCCESS;
    }
    return set(p, attribute, from, bytes);
}

EMULATED_LT(cublasLtMatmulPreferenceGetAttribute, Preference* p, int attribute, void* to, size_t bytes, size_t* written) {
    return read(p, attribute, to, bytes, written);
}

EMULATED_LT(cublasLtMatmulAlgoGetHeuristic, void* handle, Description* d, Layout* a, Layout* b, Layout* c, Layout* out, Preference* preference,
        int requested, Heuristic* results, int* returned) {
    if (int injected = emulatedDriverFailure("cublasLtMatmulAlgoGetHeuristic")) {
        return injected;
    }
    Handle* h = static_cast<Handle*>(handle);
    if (h == nullptr || h->magic != MAGIC) {
        return NOT_INITIALIZED;
    }
    if (preference == nullptr || results == nullptr || returned == nullptr || requested < 1) {
        return INVALID_VALUE;
    }
    Product p{};
    *returned = 0;
    if (int bad = describe(d, a, b, c, out, p)) {
        return bad;
    }
    Heuristic& best = results[0];
    best = Heuristic{};
    best.algorithm.data[0] = ALGORITHM;
    best.workspaceBytes = preference->workspaceBytes < WANTED_WORKSPACE ? 0 : WANTED_WORKSPACE;
    best.algorithm.data[1] = best.workspaceBytes;
    best.waves = 1;
    *returned = 1;
    return SUCCESS;
}

EMULATED_LT(cublasLtMatmul, void* handle, Description* d, const void* alpha, const void* a, Layout* layoutA, const void* b, Layout* layoutB,
        const void* beta, const void* c, Layout* layoutC, void* out, Layout* layoutOut, const Algorithm* algorithm, void* workspace,
        size_t workspaceBytes, void* stream) {
    if (int injected = emulatedDriverFailure("cublasLtMatmul")) {
        return injected;
    }
    Handle* h = static_cast<Handle*>(handle);
    if (h == nullptr || h->magic != MAGIC) {
        return NOT_INITIALIZED;
    }
    Product p{};
    if (int bad = describe(d, layoutA, layoutB, layoutC, layoutOut, p)) {
        return bad;
    }
    if (alpha == nullptr || beta == nullptr || d->pointerMode > 1 || (algorithm != nullptr && algorithm->data[0] != ALGORITHM)) {
        return INVALID_VALUE;
    }
    if ((workspace != nullptr && workspaceBytes > 0
                && (reinterpret_cast<uintptr_t>(workspace) % 16 != 0 || !emulatedDriverHolds(workspace, workspaceBytes)))
            || (algorithm != nullptr && workspaceBytes < algorithm->data[1])) {
        return INVALID_VALUE;
    }
    if (((d->epilogue & 4) || (d->epilogue & (16 | 256 | 512))) && d->bias == nullptr) {
        return INVALID_VALUE;
    }
    if ((d->epilogue & 128) && d->aux == nullptr) {
        return INVALID_VALUE;
    }
    p.a = matrixOf(a, *layoutA, d->opA);
    p.b = matrixOf(b, *layoutB, d->opB);
    p.c = matrixOf(c, *layoutC, 0);
    p.d = matrixOf(out, *layoutOut, 0);
    p.scalesOnDevice = d->pointerMode == 1;
    p.alphaAt = alpha;
    p.betaAt = beta;
    if (!p.scalesOnDevice) {
        p.alpha = get(alpha, p.scaleType, 0);
        p.beta = get(beta, p.scaleType, 0);
    }
    p.workspace = workspace;
    p.workspaceBytes = workspace == nullptr ? 0 : workspaceBytes;
    return submit(p, stream, "cublasLtMatmul");
}
