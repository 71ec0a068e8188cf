// Device memory, pinned host memory, copies and fills.
//
// An allocation ends where its pages end, before a page that nobody may touch; what lies in front of it and the few
// bytes that alignment leaves behind it are filled with a pattern that is looked at when it is freed. New memory is
// poisoned. Freed addresses stay unmapped for a long time.
#include <cstdio>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include "state.h"

using namespace emulated;

namespace {

constexpr size_t PAGE = 4096;
constexpr size_t ALIGNMENT = 256;
constexpr size_t GRANULE = 512;
constexpr int ZONE = 0xa5;
constexpr int POISON = 0xff;
constexpr int HOST = -1;

size_t roundedUp(size_t bytes, size_t to) {
    return (bytes + to - 1) / to * to;
}

/** Poison for whole pages, without touching them: one file of it, mapped again and again, copied where it is written. */
void poison(char* from, size_t bytes) {
    constexpr size_t CHUNK = size_t(16) << 20;
    static const int file = [] {
        int made = memfd_create("emulated-poison", MFD_CLOEXEC);
        std::vector<char> pattern(CHUNK, static_cast<char>(POISON));
        if (made >= 0 && write(made, pattern.data(), CHUNK) != static_cast<ssize_t>(CHUNK)) {
            close(made);
            return -1;
        }
        return made;
    }();
    char* at = from;
    char* end = from + bytes;
    if (bytes >= 2 * CHUNK && file >= 0) {
        char* first = reinterpret_cast<char*>(roundedUp(reinterpret_cast<size_t>(at), PAGE));
        memset(at, POISON, static_cast<size_t>(first - at));
        for (at = first; at + CHUNK <= end; at += CHUNK) {
            if (mmap(at, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, file, 0) == MAP_FAILED) {
                break;
            }
        }
    }
    memset(at, POISON, static_cast<size_t>(end - at));
}

bool allocate(size_t bytes, int device, Context* context, unsigned flags, Allocation& made) {
    size_t body = roundedUp(bytes, ALIGNMENT);
    size_t pages = roundedUp(body, PAGE);
    size_t mapped = pages + 2 * PAGE;
    void* mapping = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        return false;
    }
    char* first = static_cast<char*>(mapping) + PAGE;
    if (mprotect(first, pages, PROT_READ | PROT_WRITE) != 0) {
        munmap(mapping, mapped);
        return false;
    }
    made = Allocation{first + pages - body, bytes, static_cast<char*>(mapping), mapped, device, flags, false, context};
    memset(first, ZONE, static_cast<size_t>(made.start - first));
    poison(made.start, bytes);
    memset(made.start + bytes, ZONE, body - bytes);
    return true;
}

bool intact(const Allocation& allocation) {
    const char* first = allocation.mapping + PAGE;
    const char* last = allocation.mapping + allocation.mapped - PAGE;
    for (const char* at = first; at < allocation.start; at++) {
        if (*at != static_cast<char>(ZONE)) {
            return false;
        }
    }
    for (const char* at = allocation.start + allocation.bytes; at < last; at++) {
        if (*at != static_cast<char>(ZONE)) {
            return false;
        }
    }
    return true;
}

void release(const Allocation& allocation) {
    // The addresses stay taken, without memory, so that a late access shows; the oldest are given back in the end.
    static std::deque<std::pair<void*, size_t>>& gone = *new std::deque<std::pair<void*, size_t>>();
    mmap(allocation.mapping, allocation.mapped, PROT_NONE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    gone.emplace_back(allocation.mapping, allocation.mapped);
    if (gone.size() > 2000) {
        munmap(gone.front().first, gone.front().second);
        gone.pop_front();
    }
}

CUresult freeAt(const char* function, void* address, bool host) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    CUresult bad = begin(function, held, context);
    if (bad == CUDA_ERROR_NOT_INITIALIZED || bad == CUDA_ERROR_INVALID_CONTEXT) {
        return bad;
    }
    if (address == nullptr) {
        return bad;
    }
    auto found = driver.memory.find(reinterpret_cast<uintptr_t>(address));
    if (found == driver.memory.end() || (found->second.device == HOST) != host || found->second.registered) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    Context* owner = found->second.context;
    driver.waitAll(held, owner);
    found = driver.memory.find(reinterpret_cast<uintptr_t>(address));
    if (found == driver.memory.end()) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    Allocation allocation = found->second;
    driver.memory.erase(found);
    if (!host) {
        driver.used[allocation.device] -= roundedUp(allocation.bytes, GRANULE);
    }
    if (!intact(allocation)) {
        char text[160];
        snprintf(text, sizeof text, "something wrote beside the %zu bytes at %p", allocation.bytes,
                static_cast<void*>(allocation.start));
        driver.breakContext(owner, CUDA_ERROR_ILLEGAL_ADDRESS, text);
        bad = CUDA_ERROR_ILLEGAL_ADDRESS;
    }
    release(allocation);
    return bad;
}

enum class Side { DEVICE, HOST, ANY };

bool answers(const void* address, size_t bytes, Side side) {
    if (side == Side::HOST || bytes == 0) {
        return side == Side::HOST ? address != nullptr || bytes == 0 : true;
    }
    const Allocation* found = Driver::the().find(address, bytes);
    return side == Side::ANY ? address != nullptr : found != nullptr;
}

bool pinned(const void* address, size_t bytes) {
    const Allocation* found = Driver::the().find(address, bytes);
    return found != nullptr;
}

/** One copy, whatever its direction. Of pageable memory the host side is done before the call returns, as documented. */
CUresult copy(const char* function, void* to, Side toSide, const void* from, Side fromSide, size_t bytes, void* handle, bool async) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin(function, held, context)) {
        return bad;
    }
    std::shared_ptr<Stream> stream = streamOf(context, handle);
    if (!stream) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    if (!answers(to, bytes, toSide) || !answers(from, bytes, fromSide)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (bytes == 0) {
        return CUDA_SUCCESS;
    }
    if (fromSide == Side::HOST && !pinned(from, bytes)) {
        auto staged = std::make_shared<std::vector<char>>(static_cast<const char*>(from), static_cast<const char*>(from) + bytes);
        Ticket ticket = driver.submit(stream, {[=] { memcpy(to, staged->data(), bytes); }, {}, nullptr});
        if (!async) {
            driver.wait(held, ticket);
        }
        return context->broken;
    }
    Ticket ticket = driver.submit(stream, {[=] { memmove(to, from, bytes); }, {}, nullptr});
    if (!async || (toSide == Side::HOST && !pinned(to, bytes))) {
        driver.wait(held, ticket);
    }
    return context->broken;
}

void* at(CUdeviceptr address) {
    return reinterpret_cast<void*>(address);
}

template <class T>
CUresult fill(const char* function, CUdeviceptr to, T value, size_t count, void* handle, bool async) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin(function, held, context)) {
        return bad;
    }
    std::shared_ptr<Stream> stream = streamOf(context, handle);
    if (!stream) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    if (to % sizeof(T) != 0 || !answers(at(to), count * sizeof(T), Side::DEVICE)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    Ticket ticket = driver.submit(stream, {[=] {
        T* first = static_cast<T*>(at(to));
        for (size_t i = 0; i < count; i++) {
            first[i] = value;
        }
    }, {}, nullptr});
    if (!async) {
        driver.wait(held, ticket);
    }
    return context->broken;
}

} // namespace

void Driver::releaseMemory(Context* context) {
    for (auto at = memory.begin(); at != memory.end();) {
        const Allocation& allocation = at->second;
        if (allocation.context != context) {
            ++at;
            continue;
        }
        if (allocation.device != HOST) {
            used[allocation.device] -= roundedUp(allocation.bytes, GRANULE);
        }
        if (!allocation.registered) {
            release(allocation);
        }
        at = memory.erase(at);
    }
}

void Driver::checkZones(Context* context) {
    for (const auto& entry : memory) {
        const Allocation& allocation = entry.second;
        if (allocation.context == context && !allocation.registered && !intact(allocation)) {
            char text[160];
            snprintf(text, sizeof text, "something wrote beside the %zu bytes at %p", allocation.bytes,
                    static_cast<void*>(allocation.start));
            breakContext(context, CUDA_ERROR_ILLEGAL_ADDRESS, text);
        }
    }
}

EMULATED_API(cuMemGetInfo_v2, size_t* free, size_t* total) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuMemGetInfo_v2", held, context)) {
        return bad;
    }
    *total = driver.settings.memoryBytes;
    size_t used = driver.used[context->device];
    *free = used < *total ? *total - used : 0;
    return CUDA_SUCCESS;
}

EMULATED_API(cuMemAlloc_v2, CUdeviceptr* address, size_t bytes) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuMemAlloc_v2", held, context)) {
        return bad;
    }
    if (address == nullptr || bytes == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    Allocation made;
    size_t& used = driver.used[context->device];
    if (bytes > driver.settings.memoryBytes || used + roundedUp(bytes, GRANULE) > driver.settings.memoryBytes
            || !allocate(bytes, context->device, context, 0, made)) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    used += roundedUp(bytes, GRANULE);
    driver.memory[reinterpret_cast<uintptr_t>(made.start)] = made;
    *address = reinterpret_cast<CUdeviceptr>(made.start);
    return CUDA_SUCCESS;
}

EMULATED_API(cuMemFree_v2, CUdeviceptr address) {
    return freeAt("cuMemFree_v2", at(address), false);
}

EMULATED_API(cuMemGetAddressRange_v2, CUdeviceptr* base, size_t* bytes, CUdeviceptr address) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuMemGetAddressRange_v2", held, context)) {
        return bad;
    }
    const Allocation* found = driver.find(at(address), 1);
    if (found == nullptr) {
        return CUDA_ERROR_NOT_FOUND;
    }
    if (base != nullptr) {
        *base = reinterpret_cast<CUdeviceptr>(found->start);
    }
    if (bytes != nullptr) {
        *bytes = found->bytes;
    }
    return CUDA_SUCCESS;
}

EMULATED_API(cuMemHostAlloc, void** address, size_t bytes, unsigned flags) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuMemHostAlloc", held, context)) {
        return bad;
    }
    if (address == nullptr || bytes == 0 || flags > 7) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    Allocation made;
    if (!allocate(bytes, HOST, context, flags, made)) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    driver.memory[reinterpret_cast<uintptr_t>(made.start)] = made;
    *address = made.start;
    return CUDA_SUCCESS;
}

EMULATED_API(cuMemAllocHost_v2, void** address, size_t bytes) {
    return cuMemHostAlloc(address, bytes, 0);
}

EMULATED_API(cuMemFreeHost, void* address) {
    return freeAt("cuMemFreeHost", address, true);
}

EMULATED_API(cuMemHostRegister_v2, void* address, size_t bytes, unsigned flags) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuMemHostRegister_v2", held, context)) {
        return bad;
    }
    if (address == nullptr || bytes == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    char* from = static_cast<char*>(address);
    for (const auto& entry : driver.memory) {
        if (entry.second.start < from + bytes && from < entry.second.start + entry.second.bytes) {
            return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
        }
    }
    driver.memory[reinterpret_cast<uintptr_t>(from)] = {from, bytes, nullptr, 0, HOST, flags, true, context};
    return CUDA_SUCCESS;
}

EMULATED_API(cuMemHostUnregister, void* address) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuMemHostUnregister", held, context)) {
        return bad;
    }
    auto found = driver.memory.find(reinterpret_cast<uintptr_t>(address));
    if (found == driver.memory.end() || !found->second.registered) {
        return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
    }
    driver.waitAll(held, found->second.context);
    driver.memory.erase(reinterpret_cast<uintptr_t>(address));
    return CUDA_SUCCESS;
}

EMULATED_API(cuMemHostGetDevicePointer_v2, CUdeviceptr* device, void* host, unsigned) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuMemHostGetDevicePointer_v2", held, context)) {
        return bad;
    }
    const Allocation* found = driver.find(host, 1);
    if (found == nullptr || found->device != HOST) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *device = reinterpret_cast<CUdeviceptr>(host);
    return CUDA_SUCCESS;
}

EMULATED_API(cuMemHostGetFlags, unsigned* flags, void* host) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    const Allocation* found = driver.find(host, 1);
    if (found == nullptr || found->device != HOST) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *flags = found->flags;
    return CUDA_SUCCESS;
}

EMULATED_API(cuPointerGetAttribute, void* data, int attribute, CUdeviceptr address) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    if (!driver.initialized) {
        return CUDA_ERROR_NOT_INITIALIZED;
    }
    const Allocation* found = driver.find(at(address), 1);
    if (data == nullptr || found == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    switch (attribute) {
    case 1: *static_cast<void**>(data) = found->context; return CUDA_SUCCESS;
    case 2: *static_cast<unsigned*>(data) = found->device == HOST ? 1 : 2; return CUDA_SUCCESS;
    case 3: *static_cast<CUdeviceptr*>(data) = address; return CUDA_SUCCESS;
    case 4:
        if (found->device != HOST) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        *static_cast<void**>(data) = at(address);
        return CUDA_SUCCESS;
    case 8: *static_cast<bool*>(data) = false; return CUDA_SUCCESS;
    case 9: *static_cast<int*>(data) = found->context->device; return CUDA_SUCCESS;
    case 11: *static_cast<void**>(data) = found->start; return CUDA_SUCCESS;
    case 12: *static_cast<size_t*>(data) = found->bytes; return CUDA_SUCCESS;
    case 13: *static_cast<bool*>(data) = true; return CUDA_SUCCESS;
    default: return CUDA_ERROR_NOT_SUPPORTED;
    }
}

EMULATED_API(cuMemcpyHtoD_v2, CUdeviceptr to, const void* from, size_t bytes) {
    return copy("cuMemcpyHtoD_v2", at(to), Side::DEVICE, from, Side::HOST, bytes, nullptr, false);
}
EMULATED_API(cuMemcpyDtoH_v2, void* to, CUdeviceptr from, size_t bytes) {
    return copy("cuMemcpyDtoH_v2", to, Side::HOST, at(from), Side::DEVICE, bytes, nullptr, false);
}
EMULATED_API(cuMemcpyDtoD_v2, CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    return copy("cuMemcpyDtoD_v2", at(to), Side::DEVICE, at(from), Side::DEVICE, bytes, nullptr, true);
}
EMULATED_API(cuMemcpy, CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    return copy("cuMemcpy", at(to), Side::ANY, at(from), Side::ANY, bytes, nullptr, false);
}
EMULATED_API(cuMemcpyHtoDAsync_v2, CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
    return copy("cuMemcpyHtoDAsync_v2", at(to), Side::DEVICE, from, Side::HOST, bytes, stream, true);
}
EMULATED_API(cuMemcpyDtoHAsync_v2, void* to, CUdeviceptr from, size_t bytes, CUstream stream) {
    return copy("cuMemcpyDtoHAsync_v2", to, Side::HOST, at(from), Side::DEVICE, bytes, stream, true);
}
EMULATED_API(cuMemcpyDtoDAsync_v2, CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    return copy("cuMemcpyDtoDAsync_v2", at(to), Side::DEVICE, at(from), Side::DEVICE, bytes, stream, true);
}
EMULATED_API(cuMemcpyAsync, CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    return copy("cuMemcpyAsync", at(to), Side::ANY, at(from), Side::ANY, bytes, stream, true);
}
EMULATED_API(cuMemcpyPeerAsync, CUdeviceptr to, CUcontext, CUdeviceptr from, CUcontext, size_t bytes, CUstream stream) {
    return copy("cuMemcpyPeerAsync", at(to), Side::DEVICE, at(from), Side::DEVICE, bytes, stream, true);
}
EMULATED_API(cuMemsetD8_v2, CUdeviceptr to, unsigned char value, size_t count) {
    return fill("cuMemsetD8_v2", to, value, count, nullptr, true);
}
EMULATED_API(cuMemsetD16_v2, CUdeviceptr to, unsigned short value, size_t count) {
    return fill("cuMemsetD16_v2", to, value, count, nullptr, true);
}
EMULATED_API(cuMemsetD32_v2, CUdeviceptr to, unsigned value, size_t count) {
    return fill("cuMemsetD32_v2", to, value, count, nullptr, true);
}
EMULATED_API(cuMemsetD8Async, CUdeviceptr to, unsigned char value, size_t count, CUstream stream) {
    return fill("cuMemsetD8Async", to, value, count, stream, true);
}
EMULATED_API(cuMemsetD16Async, CUdeviceptr to, unsigned short value, size_t count, CUstream stream) {
    return fill("cuMemsetD16Async", to, value, count, stream, true);
}
EMULATED_API(cuMemsetD32Async, CUdeviceptr to, unsigned value, size_t count, CUstream stream) {
    return fill("cuMemsetD32Async", to, value, count, stream, true);
}
