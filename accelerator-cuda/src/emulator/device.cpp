// The driver's calls about itself, its devices and contexts.
#include <cstdio>
#include <cstring>

#include "state.h"

using namespace emulated;

EMULATED_API(cuInit, unsigned flags) {
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    driver.readSettings();
    if (CUresult injected = driver.failure("cuInit")) {
        return injected;
    }
    if (driver.settings.initResult != 0) {
        return static_cast<CUresult>(driver.settings.initResult);
    }
    if (flags != 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (driver.settings.devices < 1) {
        return CUDA_ERROR_NO_DEVICE;
    }
    catchFaults();
    driver.initialized = true;
    return CUDA_SUCCESS;
}

EMULATED_API(cuDriverGetVersion, int* version) {
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    driver.readSettings();
    if (CUresult injected = driver.failure("cuDriverGetVersion")) {
        return injected;
    }
    if (version == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *version = driver.settings.driverVersion;
    return CUDA_SUCCESS;
}

EMULATED_API(cuGetErrorName, int error, const char** name) {
    switch (error) {
#define EMULATED_NAME(number, constant, text) \
    case number:                              \
        *name = #constant;                    \
        return CUDA_SUCCESS;
        EMULATED_RESULTS(EMULATED_NAME)
    default:
        *name = nullptr;
        return CUDA_ERROR_INVALID_VALUE;
    }
}

EMULATED_API(cuGetErrorString, int error, const char** string) {
    switch (error) {
#define EMULATED_TEXT(number, constant, text) \
    case number:                              \
        *string = text;                       \
        return CUDA_SUCCESS;
        EMULATED_RESULTS(EMULATED_TEXT)
    default:
        *string = nullptr;
        return CUDA_ERROR_INVALID_VALUE;
    }
}

namespace {

bool isDevice(int device) {
    return device >= 0 && device < Driver::the().settings.devices;
}

int attributeOf(int attribute, int device) {
    const Settings& settings = Driver::the().settings;
    int major = settings.capability / 10;
    bool large = major >= 9;
    switch (attribute) {
    case 1: return 1024;         // MAX_THREADS_PER_BLOCK
    case 2: case 3: return 1024; // MAX_BLOCK_DIM_X, _Y
    case 4: return 64;           // MAX_BLOCK_DIM_Z
    case 5: return 2147483647;   // MAX_GRID_DIM_X
    case 6: case 7: return 65535;
    case 8: return 49152;        // MAX_SHARED_MEMORY_PER_BLOCK
    case 9: return 65536;        // TOTAL_CONSTANT_MEMORY
    case 10: return 32;          // WARP_SIZE
    case 11: return 2147483647;  // MAX_PITCH
    case 12: return 65536;       // MAX_REGISTERS_PER_BLOCK
    case 13: return 1000000;     // CLOCK_RATE, kHz
    case 14: return 512;         // TEXTURE_ALIGNMENT
    case 15: return 1;           // GPU_OVERLAP
    case 16: return settings.multiprocessors;
    case 17: case 18: return 0;  // KERNEL_EXEC_TIMEOUT, INTEGRATED
    case 19: return 1;           // CAN_MAP_HOST_MEMORY
    case 20: return 0;           // COMPUTE_MODE
    case 31: return 1;           // CONCURRENT_KERNELS
    case 32: return 0;           // ECC_ENABLED
    case 33: return 1 + device;  // PCI_BUS_ID
    case 34: return 0;           // PCI_DEVICE_ID
    case 36: return 1000000;     // MEMORY_CLOCK_RATE, kHz
    case 37: return 64;          // GLOBAL_MEMORY_BUS_WIDTH
    case 38: return 1 << 20;     // L2_CACHE_SIZE
    case 39: return 2048;        // MAX_THREADS_PER_MULTIPROCESSOR
    case 40: return 2;           // ASYNC_ENGINE_COUNT
    case 41: return 1;           // UNIFIED_ADDRESSING
    case 50: return 0;           // PCI_DOMAIN_ID
    case 75: return major;
    case 76: return settings.capability % 10;
    case 78: return 1;           // STREAM_PRIORITIES_SUPPORTED
    case 81: return large ? 233472 : 167936; // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
    case 82: return 65536;       // MAX_REGISTERS_PER_MULTIPROCESSOR
    case 91: return 1;           // CAN_USE_HOST_POINTER_FOR_REGISTERED_MEM
    case 97: return large ? 232448 : 166912; // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    case 99: return 1;           // HOST_REGISTER_SUPPORTED
    case 106: return 32;         // MAX_BLOCKS_PER_MULTIPROCESSOR
    case 111: return 1024;       // RESERVED_SHARED_MEMORY_PER_BLOCK
    default: return attribute >= 1 && attribute < 148 ? 0 : -1;
    }
}

} // namespace

EMULATED_API(cuDeviceGetCount, int* count) {
    if (CUresult bad = begin("cuDeviceGetCount")) {
        return bad;
    }
    if (count == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *count = Driver::the().settings.devices;
    return CUDA_SUCCESS;
}

EMULATED_API(cuDeviceGet, CUdevice* device, int ordinal) {
    if (CUresult bad = begin("cuDeviceGet")) {
        return bad;
    }
    if (device == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!isDevice(ordinal)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    *device = ordinal;
    return CUDA_SUCCESS;
}

EMULATED_API(cuDeviceGetName, char* name, int length, CUdevice device) {
    if (CUresult bad = begin("cuDeviceGetName")) {
        return bad;
    }
    if (!isDevice(device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    if (name == nullptr || length < 1) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    snprintf(name, static_cast<size_t>(length), "Javelin emulated device");
    return CUDA_SUCCESS;
}

EMULATED_API(cuDeviceGetUuid, CUuuid* uuid, CUdevice device) {
    if (CUresult bad = begin("cuDeviceGetUuid")) {
        return bad;
    }
    if (!isDevice(device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    memcpy(uuid->bytes, "javelin-emulated", 16);
    uuid->bytes[15] = static_cast<char>(device);
    return CUDA_SUCCESS;
}

EMULATED_API(cuDeviceGetUuid_v2, CUuuid* uuid, CUdevice device) {
    return cuDeviceGetUuid(uuid, device);
}

EMULATED_API(cuDeviceTotalMem_v2, size_t* bytes, CUdevice device) {
    if (CUresult bad = begin("cuDeviceTotalMem_v2")) {
        return bad;
    }
    if (!isDevice(device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    *bytes = Driver::the().settings.memoryBytes;
    return CUDA_SUCCESS;
}

EMULATED_API(cuDeviceGetAttribute, int* value, int attribute, CUdevice device) {
    if (CUresult bad = begin("cuDeviceGetAttribute")) {
        return bad;
    }
    if (!isDevice(device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    int found = attributeOf(attribute, device);
    if (value == nullptr || found < 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *value = found;
    return CUDA_SUCCESS;
}

EMULATED_API(cuDeviceComputeCapability, int* major, int* minor, CUdevice device) {
    if (CUresult bad = cuDeviceGetAttribute(major, 75, device)) {
        return bad;
    }
    return cuDeviceGetAttribute(minor, 76, device);
}

EMULATED_API(cuDeviceGetPCIBusId, char* id, int length, CUdevice device) {
    if (CUresult bad = begin("cuDeviceGetPCIBusId")) {
        return bad;
    }
    if (!isDevice(device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    snprintf(id, static_cast<size_t>(length), "0000:%02x:00.0", 1 + device);
    return CUDA_SUCCESS;
}

EMULATED_API(cuDeviceCanAccessPeer, int* can, CUdevice device, CUdevice peer) {
    if (CUresult bad = begin("cuDeviceCanAccessPeer")) {
        return bad;
    }
    if (!isDevice(device) || !isDevice(peer)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    *can = device != peer;
    return CUDA_SUCCESS;
}

// ---------------------------------------------------------------------------------------------- contexts

namespace {

Context* newContext(int device, unsigned flags, bool primary) {
    Driver& driver = Driver::the();
    if (driver.used[device] + driver.settings.contextBytes > driver.settings.memoryBytes) {
        return nullptr;
    }
    driver.used[device] += driver.settings.contextBytes;
    Context* context = new Context();
    context->device = device;
    context->flags = flags;
    context->primary = primary;
    context->legacy = driver.newStream(context, 0, 0);
    driver.contexts.insert(context);
    return context;
}

/** Ends all work and gives back all memory of a context. The handle stays known as one that is gone. */
void destroy(std::unique_lock<std::mutex>& held, Context* context) {
    Driver& driver = Driver::the();
    driver.waitAll(held, context);
    while (!context->streams.empty()) {
        driver.closeStream(held, *context->streams.begin());
    }
    driver.contexts.erase(context);
    for (auto at = driver.events.begin(); at != driver.events.end();) {
        at = (*at)->context == context ? driver.events.erase(at) : std::next(at);
    }
    driver.releaseMemory(context);
    driver.used[context->device] -= driver.settings.contextBytes;
    if (context->primary) {
        driver.primaries.erase(context->device);
    }
}

std::vector<Context*>& pushed() {
    static thread_local std::vector<Context*> stack;
    return stack;
}

} // namespace

EMULATED_API(cuDevicePrimaryCtxRetain, CUcontext* context, CUdevice device) {
    if (CUresult bad = begin("cuDevicePrimaryCtxRetain")) {
        return bad;
    }
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    if (!isDevice(device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    Context*& primary = driver.primaries[device];
    if (primary == nullptr) {
        primary = newContext(device, 0, true);
        if (primary == nullptr) {
            driver.primaries.erase(device);
            return CUDA_ERROR_OUT_OF_MEMORY;
        }
    }
    primary->users++;
    *context = primary;
    return CUDA_SUCCESS;
}

EMULATED_API(cuDevicePrimaryCtxRelease_v2, CUdevice device) {
    if (CUresult bad = begin("cuDevicePrimaryCtxRelease_v2")) {
        return bad;
    }
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    auto found = driver.primaries.find(device);
    if (found == driver.primaries.end()) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    if (--found->second->users == 0) {
        destroy(held, found->second);
    }
    return CUDA_SUCCESS;
}

EMULATED_API(cuDevicePrimaryCtxReset_v2, CUdevice device) {
    if (CUresult bad = begin("cuDevicePrimaryCtxReset_v2")) {
        return bad;
    }
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    auto found = driver.primaries.find(device);
    if (found != driver.primaries.end()) {
        destroy(held, found->second);
    }
    return CUDA_SUCCESS;
}

EMULATED_API(cuDevicePrimaryCtxGetState, CUdevice device, unsigned* flags, int* active) {
    if (CUresult bad = begin("cuDevicePrimaryCtxGetState")) {
        return bad;
    }
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    auto found = driver.primaries.find(device);
    *active = found != driver.primaries.end();
    *flags = *active ? found->second->flags : 0;
    return CUDA_SUCCESS;
}

EMULATED_API(cuDevicePrimaryCtxSetFlags_v2, CUdevice device, unsigned flags) {
    if (CUresult bad = begin("cuDevicePrimaryCtxSetFlags_v2")) {
        return bad;
    }
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    auto found = driver.primaries.find(device);
    if (found != driver.primaries.end()) {
        found->second->flags = flags;
    }
    return CUDA_SUCCESS;
}

EMULATED_API(cuCtxCreate_v2, CUcontext* context, unsigned flags, CUdevice device) {
    if (CUresult bad = begin("cuCtxCreate_v2")) {
        return bad;
    }
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    if (!isDevice(device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    Context* created = newContext(device, flags, false);
    if (created == nullptr) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    pushed().push_back(currentContext());
    currentContext() = created;
    *context = created;
    return CUDA_SUCCESS;
}

EMULATED_API(cuCtxDestroy_v2, CUcontext handle) {
    if (CUresult bad = begin("cuCtxDestroy_v2")) {
        return bad;
    }
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context = static_cast<Context*>(handle);
    if (driver.contexts.count(context) == 0 || context->primary) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    destroy(held, context);
    if (currentContext() == context) {
        currentContext() = pushed().empty() ? nullptr : pushed().back();
        if (!pushed().empty()) {
            pushed().pop_back();
        }
    }
    return CUDA_SUCCESS;
}

EMULATED_API(cuCtxSetCurrent, CUcontext handle) {
    if (CUresult bad = begin("cuCtxSetCurrent")) {
        return bad;
    }
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    Context* context = static_cast<Context*>(handle);
    if (context != nullptr && driver.contexts.count(context) == 0) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    currentContext() = context;
    return CUDA_SUCCESS;
}

EMULATED_API(cuCtxGetCurrent, CUcontext* context) {
    if (CUresult bad = begin("cuCtxGetCurrent")) {
        return bad;
    }
    *context = currentContext();
    return CUDA_SUCCESS;
}

EMULATED_API(cuCtxPushCurrent_v2, CUcontext handle) {
    if (CUresult bad = begin("cuCtxPushCurrent_v2")) {
        return bad;
    }
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    Context* context = static_cast<Context*>(handle);
    if (driver.contexts.count(context) == 0) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    pushed().push_back(currentContext());
    currentContext() = context;
    return CUDA_SUCCESS;
}

EMULATED_API(cuCtxPopCurrent_v2, CUcontext* context) {
    if (CUresult bad = begin("cuCtxPopCurrent_v2")) {
        return bad;
    }
    if (currentContext() == nullptr) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    if (context != nullptr) {
        *context = currentContext();
    }
    currentContext() = pushed().empty() ? nullptr : pushed().back();
    if (!pushed().empty()) {
        pushed().pop_back();
    }
    return CUDA_SUCCESS;
}

EMULATED_API(cuCtxGetDevice, CUdevice* device) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuCtxGetDevice", held, context)) {
        return bad;
    }
    *device = context->device;
    return CUDA_SUCCESS;
}

EMULATED_API(cuCtxGetApiVersion, CUcontext, unsigned* version) {
    *version = 3020;
    return CUDA_SUCCESS;
}

EMULATED_API(cuCtxGetLimit, size_t* value, int limit) {
    *value = limit == 0 ? 1024 : limit == 1 ? 1 << 20 : limit == 2 ? 8 << 20 : 0;
    return limit >= 0 && limit < 8 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

EMULATED_API(cuCtxSetLimit, int limit, size_t) {
    return limit >= 0 && limit < 7 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

EMULATED_API(cuCtxGetStreamPriorityRange, int* least, int* greatest) {
    *least = 0;
    *greatest = -5;
    return CUDA_SUCCESS;
}

EMULATED_API(cuCtxSynchronize, void) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuCtxSynchronize", held, context)) {
        return bad;
    }
    driver.waitAll(held, context);
    driver.checkZones(context);
    return context->broken;
}

EMULATED_API(cuCtxEnablePeerAccess, CUcontext, unsigned) {
    return begin("cuCtxEnablePeerAccess");
}

EMULATED_API(cuProfilerStart, void) {
    return CUDA_SUCCESS;
}

EMULATED_API(cuProfilerStop, void) {
    return CUDA_SUCCESS;
}

// ---------------------------------------------------------------------------------------------- for tests

/** Changes a setting of emulated-driver.conf in the running process; 0 if it is known. */
extern "C" __attribute__((visibility("default"))) int emulatedDriverSet(const char* key, const char* value) {
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    return driver.set(key, value) ? 0 : 1;
}

/** The latest fault in words; empty if there was none. */
extern "C" __attribute__((visibility("default"))) void emulatedDriverComplaint(char* text, int length) {
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    snprintf(text, static_cast<size_t>(length), "%s", driver.complaint.c_str());
}

// ---------------------------------------------------------------------------------------------- for the stand-ins

/** Whether these bytes lie in memory of a device or in pinned memory. */
extern "C" __attribute__((visibility("default"))) int emulatedDriverHolds(const void* address, size_t bytes) {
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    return driver.find(address, bytes) != nullptr;
}

/** Breaks the calling thread's context as an access to no memory does. */
extern "C" __attribute__((visibility("default"))) void emulatedDriverBreak(const char* why) {
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    if (currentContext() != nullptr) {
        driver.breakContext(currentContext(), CUDA_ERROR_ILLEGAL_ADDRESS, why);
    }
}

/** The result that a setting injects into this call; 0 if none. */
extern "C" __attribute__((visibility("default"))) int emulatedDriverFailure(const char* function) {
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    return driver.failure(function);
}
