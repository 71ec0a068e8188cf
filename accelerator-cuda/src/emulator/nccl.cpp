// A stand-in for NCCL on the emulated driver, for tests: the calls that Javelin binds, with ranks that are threads of one
// process and have an emulated device each. Work is done on the ranks' streams: each waits there until all have come, as
// the real library's kernels do, or until one of them aborts. Sums are added in the order of ranks, first to last, in the
// element's type; NCCL's own order is another. Communicators do not block; those of old programs, that do, are refused.
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

extern "C" {
int cuLaunchHostFunc(void* stream, void (*function)(void*), void* data);
int cuCtxGetCurrent(void** context);
int cuCtxSetCurrent(void* context);
int cuCtxGetDevice(int* device);
}

#define NCCL_API extern "C" __attribute__((visibility("default"))) int

namespace {

enum Result { SUCCESS = 0, CUDA_FAILED = 1, INTERNAL = 3, INVALID_ARGUMENT = 4, INVALID_USAGE = 5, IN_PROGRESS = 7 };
enum Kind { ALL_REDUCE, REDUCE_SCATTER, ALL_GATHER, BROADCAST };
constexpr int UNDEFINED = INT32_MIN;

/** ncclConfig_t as of 2.18. */
struct Config {
    size_t size;
    unsigned magic;
    unsigned version;
    int blocking;
    int cgaClusterSize;
    int minCTAs;
    int maxCTAs;
    const char* netName;
    int splitShare;
};
static_assert(sizeof(Config) == 48, "the layout of ncclConfig_t");

struct UniqueId {
    char internal[128];
};
static_assert(sizeof(UniqueId) == 128, "the layout of ncclUniqueId");

thread_local std::string lastError;
std::mutex lock;
std::condition_variable changed;
std::map<std::string, int> failures; // by function, injected

struct Comm;

struct Part {
    const char* from = nullptr;
    char* to = nullptr;
};

struct Meeting {
    Kind kind = ALL_REDUCE;
    size_t count = 0;
    int type = 0;
    int root = 0;
    int came = 0;
    int left = 0;
    bool done = false;
    std::vector<Part> parts;
};

struct Letter {
    char* address;
    size_t bytes;
    bool done = false;
};

struct Clique {
    int size = 0;
    bool aborted = false;
    std::set<int> devices;
    std::vector<Comm*> members;
    int joined = 0;
    int finalized = 0;
    std::map<uint64_t, Meeting> meetings;
    std::map<std::pair<int, int>, std::vector<std::shared_ptr<Letter>>> sends; // by (from, to), in order
    std::map<std::pair<int, int>, std::vector<std::shared_ptr<Letter>>> receives;
};

struct Comm {
    std::shared_ptr<Clique> clique;
    int rank = 0;
    void* context = nullptr;
    int state = SUCCESS;
    bool finalizing = false;
    uint64_t number = 0; // of the collective enqueued last
};

std::map<std::string, std::shared_ptr<Clique>> cliques;
std::set<Comm*> comms;
std::atomic<uint64_t> ids{0};

int fail(int result, const std::string& why) {
    lastError = why;
    return result;
}

int injected(const char* function) {
    auto found = failures.find(function);
    return found == failures.end() ? 0 : found->second;
}

size_t width(int type) {
    switch (type) {
    case 0: case 1: return 1;
    case 2: case 3: case 7: return 4;
    case 4: case 5: case 8: return 8;
    case 6: case 9: return 2;
    default: return 0;
    }
}

float widened(uint16_t bits, bool brain) {
    if (brain) {
        uint32_t wide = static_cast<uint32_t>(bits) << 16;
        float value;
        memcpy(&value, &wide, 4);
        return value;
    }
    int exponent = (bits >> 10) & 31;
    int fraction = bits & 1023;
    float value = exponent == 31 ? (fraction ? NAN : INFINITY)
            : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                            : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
    return bits & 0x8000 ? -value : value;
}

uint16_t rounded(float value, bool brain) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    if (std::isnan(value)) {
        return brain ? 0x7fff : 0x7fff;
    }
    if (brain) {
        return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
    uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
    float magnitude = std::fabs(value);
    if (magnitude >= 65520.0f) {
        return sign | 0x7c00;
    }
    int exponent;
    std::frexp(magnitude, &exponent);
    int scale = magnitude < std::ldexp(1.0f, -14) ? 24 : 11 - exponent;
    float units = std::nearbyint(std::ldexp(magnitude, scale));
    if (scale == 24) {
        return sign | static_cast<uint16_t>(units);
    }
    int encoded = exponent + 14;
    return sign | static_cast<uint16_t>((encoded << 10) + static_cast<int>(units) - 1024);
}

template <class T>
void add(char* sum, const char* other, size_t count) {
    for (size_t i = 0; i < count; i++) {
        T a;
        T b;
        memcpy(&a, sum + i * sizeof(T), sizeof(T));
        memcpy(&b, other + i * sizeof(T), sizeof(T));
        a = static_cast<T>(a + b);
        memcpy(sum + i * sizeof(T), &a, sizeof(T));
    }
}

void addHalves(char* sum, const char* other, size_t count, bool brain) {
    for (size_t i = 0; i < count; i++) {
        uint16_t a;
        uint16_t b;
        memcpy(&a, sum + 2 * i, 2);
        memcpy(&b, other + 2 * i, 2);
        a = rounded(widened(a, brain) + widened(b, brain), brain);
        memcpy(sum + 2 * i, &a, 2);
    }
}

void addAs(int type, char* sum, const char* other, size_t count) {
    switch (type) {
    case 2: add<uint32_t>(sum, other, count); break; // wraps
    case 4: add<uint64_t>(sum, other, count); break;
    case 6: addHalves(sum, other, count, false); break;
    case 7: add<float>(sum, other, count); break;
    case 8: add<double>(sum, other, count); break;
    case 9: addHalves(sum, other, count, true); break;
    default: break;
    }
}

std::vector<char> summed(const Meeting& meeting, size_t begin, size_t count) {
    size_t bytes = count * width(meeting.type);
    size_t offset = begin * width(meeting.type);
    std::vector<char> sum(meeting.parts[0].from + offset, meeting.parts[0].from + offset + bytes);
    for (size_t rank = 1; rank < meeting.parts.size(); rank++) {
        addAs(meeting.type, sum.data(), meeting.parts[rank].from + offset, count);
    }
    return sum;
}

/** Done by the member that comes last. */
void perform(Meeting& meeting) {
    size_t bytes = meeting.count * width(meeting.type);
    size_t size = meeting.parts.size();
    switch (meeting.kind) {
    case ALL_REDUCE: {
        std::vector<char> sum = summed(meeting, 0, meeting.count);
        for (Part& part : meeting.parts) {
            memcpy(part.to, sum.data(), bytes);
        }
        break;
    }
    case REDUCE_SCATTER: {
        std::vector<char> sum = summed(meeting, 0, meeting.count * size);
        for (size_t rank = 0; rank < size; rank++) {
            memcpy(meeting.parts[rank].to, sum.data() + rank * bytes, bytes);
        }
        break;
    }
    case ALL_GATHER:
        for (Part& part : meeting.parts) {
            for (size_t rank = 0; rank < size; rank++) {
                memmove(part.to + rank * bytes, meeting.parts[rank].from, bytes);
            }
        }
        break;
    case BROADCAST:
        for (Part& part : meeting.parts) {
            memmove(part.to, meeting.parts[static_cast<size_t>(meeting.root)].from, bytes);
        }
        break;
    }
}

struct Collective {
    std::shared_ptr<Clique> clique;
    int rank;
    uint64_t number;
    Kind kind;
    Part part;
    size_t count;
    int type;
    int root;
};

void runCollective(void* argument) {
    std::unique_ptr<Collective> work(static_cast<Collective*>(argument));
    std::unique_lock<std::mutex> held(lock);
    Clique& clique = *work->clique;
    Meeting& meeting = clique.meetings[work->number];
    if (meeting.came++ == 0) {
        meeting.parts.resize(static_cast<size_t>(clique.size));
        meeting.kind = work->kind;
        meeting.count = work->count;
        meeting.type = work->type;
        meeting.root = work->root;
    } else if (meeting.kind != work->kind || meeting.count != work->count || meeting.type != work->type) {
        clique.aborted = true; // the real library would hang, or worse
        changed.notify_all();
        return;
    }
    meeting.parts[static_cast<size_t>(work->rank)] = work->part;
    if (meeting.came == clique.size && !clique.aborted) {
        perform(meeting);
        meeting.done = true;
        changed.notify_all();
    }
    changed.wait(held, [&] { return meeting.done || clique.aborted; });
    if (++meeting.left == clique.size) {
        clique.meetings.erase(work->number);
    }
}

struct Message {
    Comm* comm;
    bool sends;
    char* address;
    size_t bytes;
    int peer;
    void* stream;
};

struct Messages {
    std::shared_ptr<Clique> clique;
    int rank;
    std::vector<Message> all;
};

thread_local int depth = 0;
thread_local std::vector<Message> grouped;

void runMessages(void* argument) {
    std::unique_ptr<Messages> work(static_cast<Messages*>(argument));
    std::unique_lock<std::mutex> held(lock);
    Clique& clique = *work->clique;
    std::vector<std::shared_ptr<Letter>> letters;
    for (const Message& message : work->all) {
        auto letter = std::make_shared<Letter>(Letter{message.address, message.bytes, false});
        letters.push_back(letter);
        auto way = message.sends ? std::make_pair(work->rank, message.peer) : std::make_pair(message.peer, work->rank);
        (message.sends ? clique.sends : clique.receives)[way].push_back(letter);
        auto& out = clique.sends[way];
        auto& in = clique.receives[way];
        while (!out.empty() && !in.empty()) {
            memmove(in.front()->address, out.front()->address, std::min(in.front()->bytes, out.front()->bytes));
            out.front()->done = in.front()->done = true;
            out.erase(out.begin());
            in.erase(in.begin());
        }
    }
    changed.notify_all();
    changed.wait(held, [&] {
        bool done = true;
        for (const auto& letter : letters) {
            done &= letter->done;
        }
        return done || clique.aborted;
    });
}

int launch(Comm* comm, void* stream, void (*function)(void*), void* work) {
    void* before = nullptr;
    cuCtxGetCurrent(&before);
    cuCtxSetCurrent(comm->context);
    int result = cuLaunchHostFunc(stream, function, work);
    cuCtxSetCurrent(before);
    return result == 0 ? SUCCESS : fail(CUDA_FAILED, "cuLaunchHostFunc answers " + std::to_string(result));
}

/** A communicator that can be used; checked under the lock. */
int usable(const char* function, Comm* comm) {
    if (int result = injected(function)) {
        return fail(result, std::string("injected into ") + function);
    }
    if (comms.count(comm) == 0) {
        return fail(INVALID_ARGUMENT, std::string(function) + ": no communicator");
    }
    if (comm->state != SUCCESS) {
        return fail(comm->state, std::string(function) + ": the communicator has failed");
    }
    if (comm->clique->joined < comm->clique->size || comm->finalizing) {
        return fail(INVALID_USAGE, std::string(function) + ": the communicator is not ready");
    }
    return SUCCESS;
}

int collective(const char* function, Kind kind, const void* from, void* to, size_t count, int type, int root, Comm* comm, void* stream) {
    std::unique_ptr<Collective> work;
    {
        std::lock_guard<std::mutex> held(lock);
        if (int bad = usable(function, comm)) {
            return bad;
        }
        if (width(type) == 0 || root < 0 || root >= comm->clique->size) {
            return fail(INVALID_ARGUMENT, std::string(function) + ": an argument that cannot be");
        }
        Part part = {static_cast<const char*>(from), static_cast<char*>(to)};
        work.reset(new Collective{comm->clique, comm->rank, ++comm->number, kind, part, count, type, root});
    }
    return launch(comm, stream, runCollective, work.release());
}

int message(const char* function, bool sends, void* address, size_t count, int type, int peer, Comm* comm, void* stream) {
    {
        std::lock_guard<std::mutex> held(lock);
        if (int bad = usable(function, comm)) {
            return bad;
        }
        if (width(type) == 0 || peer < 0 || peer >= comm->clique->size) {
            return fail(INVALID_ARGUMENT, std::string(function) + ": an argument that cannot be");
        }
    }
    Message one = {comm, sends, static_cast<char*>(address), count * width(type), peer, stream};
    if (depth > 0) {
        grouped.push_back(one);
        return SUCCESS;
    }
    return launch(comm, stream, runMessages, new Messages{comm->clique, comm->rank, {one}});
}

} // namespace

NCCL_API ncclGetVersion(int* version) {
    *version = 22304;
    return SUCCESS;
}

NCCL_API ncclGetUniqueId(UniqueId* id) {
    if (int result = injected("ncclGetUniqueId")) {
        return fail(result, "injected into ncclGetUniqueId");
    }
    memset(id, 0, sizeof *id);
    std::string text = "emulated " + std::to_string(++ids);
    memcpy(id->internal, text.data(), text.size());
    return SUCCESS;
}

NCCL_API ncclCommInitRankConfig(Comm** made, int size, UniqueId id, int rank, Config* config) {
    std::lock_guard<std::mutex> held(lock);
    if (int result = injected("ncclCommInitRankConfig")) {
        return fail(result, "injected into ncclCommInitRankConfig");
    }
    if (config == nullptr || config->size < sizeof(Config) || config->magic != 0xcafebeef || config->version < 21800
            || config->blocking != 0 || config->netName != nullptr || config->cgaClusterSize != UNDEFINED
            || config->minCTAs != UNDEFINED || config->maxCTAs != UNDEFINED || config->splitShare != UNDEFINED) {
        return fail(INVALID_ARGUMENT, "ncclCommInitRankConfig: another configuration than NCCL's initializer, not blocking");
    }
    void* context = nullptr;
    int device = 0;
    if (cuCtxGetCurrent(&context) != 0 || context == nullptr || cuCtxGetDevice(&device) != 0) {
        return fail(CUDA_FAILED, "ncclCommInitRankConfig: no device is current");
    }
    std::shared_ptr<Clique>& clique = cliques[std::string(id.internal, sizeof id.internal)];
    if (!clique) {
        clique = std::make_shared<Clique>();
        clique->size = size;
    }
    if (rank < 0 || rank >= size || size != clique->size || clique->joined >= size) {
        return fail(INVALID_ARGUMENT, "ncclCommInitRankConfig: rank or size");
    }
    Comm* comm = new Comm{clique, rank, context, SUCCESS, false, 0};
    clique->members.push_back(comm);
    clique->joined++;
    comms.insert(comm);
    *made = comm;
    if (!clique->devices.insert(device).second) {
        for (Comm* each : clique->members) {
            each->state = INVALID_USAGE;
        }
        return fail(INVALID_USAGE, "Duplicate GPU detected");
    }
    if (clique->joined == size) {
        cliques.erase(std::string(id.internal, sizeof id.internal));
    }
    return IN_PROGRESS;
}

NCCL_API ncclCommGetAsyncError(Comm* comm, int* state) {
    std::lock_guard<std::mutex> held(lock);
    if (comms.count(comm) == 0) {
        return fail(INVALID_ARGUMENT, "ncclCommGetAsyncError: no communicator");
    }
    int planted = injected("async");
    *state = planted != 0 ? planted
            : comm->state != SUCCESS ? comm->state
            : comm->clique->joined < comm->clique->size ? IN_PROGRESS
            : comm->finalizing && comm->clique->finalized < comm->clique->size ? IN_PROGRESS
                                                                               : SUCCESS;
    return SUCCESS;
}

NCCL_API ncclCommFinalize(Comm* comm) {
    std::lock_guard<std::mutex> held(lock);
    if (int bad = usable("ncclCommFinalize", comm)) {
        return bad;
    }
    comm->finalizing = true;
    comm->clique->finalized++;
    return IN_PROGRESS;
}

namespace {

void forget(Comm* comm) {
    comms.erase(comm);
    for (Comm*& member : comm->clique->members) {
        member = member == comm ? nullptr : member;
    }
    auto& members = comm->clique->members;
    for (size_t i = 0; i < members.size();) {
        if (members[i] == nullptr) {
            members.erase(members.begin() + static_cast<long>(i));
        } else {
            i++;
        }
    }
    delete comm;
}

} // namespace

NCCL_API ncclCommDestroy(Comm* comm) {
    std::lock_guard<std::mutex> held(lock);
    if (comms.count(comm) == 0) {
        return fail(INVALID_ARGUMENT, "ncclCommDestroy: no communicator");
    }
    forget(comm);
    return SUCCESS;
}

NCCL_API ncclCommAbort(Comm* comm) {
    std::lock_guard<std::mutex> held(lock);
    if (comms.count(comm) == 0) {
        return fail(INVALID_ARGUMENT, "ncclCommAbort: no communicator");
    }
    comm->clique->aborted = true;
    changed.notify_all();
    forget(comm);
    return SUCCESS;
}

extern "C" __attribute__((visibility("default"))) const char* ncclGetErrorString(int result) {
    switch (result) {
    case SUCCESS: return "no error";
    case CUDA_FAILED: return "unhandled cuda error (run with NCCL_DEBUG=INFO for details)";
    case 2: return "unhandled system error (run with NCCL_DEBUG=INFO for details)";
    case INTERNAL: return "internal error - please report this issue to the NCCL developers";
    case INVALID_ARGUMENT: return "invalid argument (run with NCCL_DEBUG=WARN for details)";
    case INVALID_USAGE: return "invalid usage (run with NCCL_DEBUG=WARN for details)";
    case 6: return "remote process exited or there was a network error";
    case IN_PROGRESS: return "NCCL operation in progress";
    default: return "unknown result code";
    }
}

extern "C" __attribute__((visibility("default"))) const char* ncclGetLastError(Comm*) {
    return lastError.c_str();
}

NCCL_API ncclGroupStart() {
    depth++;
    return SUCCESS;
}

NCCL_API ncclGroupEnd() {
    if (depth == 0) {
        return fail(INVALID_USAGE, "ncclGroupEnd: no group was started");
    }
    if (--depth > 0 || grouped.empty()) {
        return SUCCESS;
    }
    std::map<std::pair<Comm*, void*>, std::vector<Message>> by;
    for (const Message& one : grouped) {
        by[{one.comm, one.stream}].push_back(one);
    }
    grouped.clear();
    for (const auto& each : by) {
        Comm* comm = each.first.first;
        if (int bad = launch(comm, each.first.second, runMessages, new Messages{comm->clique, comm->rank, each.second})) {
            return bad;
        }
    }
    return SUCCESS;
}

NCCL_API ncclAllReduce(const void* from, void* to, size_t count, int type, int op, Comm* comm, void* stream) {
    return op != 0 ? fail(INVALID_ARGUMENT, "ncclAllReduce: only sums")
                   : collective("ncclAllReduce", ALL_REDUCE, from, to, count, type, 0, comm, stream);
}

NCCL_API ncclReduceScatter(const void* from, void* to, size_t count, int type, int op, Comm* comm, void* stream) {
    return op != 0 ? fail(INVALID_ARGUMENT, "ncclReduceScatter: only sums")
                   : collective("ncclReduceScatter", REDUCE_SCATTER, from, to, count, type, 0, comm, stream);
}

NCCL_API ncclAllGather(const void* from, void* to, size_t count, int type, Comm* comm, void* stream) {
    return collective("ncclAllGather", ALL_GATHER, from, to, count, type, 0, comm, stream);
}

NCCL_API ncclBroadcast(const void* from, void* to, size_t count, int type, int root, Comm* comm, void* stream) {
    return collective("ncclBroadcast", BROADCAST, from, to, count, type, root, comm, stream);
}

NCCL_API ncclSend(const void* from, size_t count, int type, int peer, Comm* comm, void* stream) {
    return message("ncclSend", true, const_cast<void*>(from), count, type, peer, comm, stream);
}

NCCL_API ncclRecv(void* to, size_t count, int type, int peer, Comm* comm, void* stream) {
    return message("ncclRecv", false, to, count, type, peer, comm, stream);
}

/** For tests: lets a function, or `async`, answer a result from now on; 0 takes it back. */
extern "C" __attribute__((visibility("default"))) void emulatedNcclFail(const char* function, int result) {
    std::lock_guard<std::mutex> held(lock);
    if (result == 0) {
        failures.erase(function);
    } else {
        failures[function] = result;
    }
}
