// Modules, functions and launches.
//
// PTX is not interpreted: a module is a library of the same kernels, compiled for this machine from the sources that
// the PTX was made of. It is found by the hash of the whole text, so only text that this build knows can be loaded.
#include <cstdio>
#include <cstring>
#include <dlfcn.h>

#include "sha256.h"
#include "state.h"

namespace emulated {

/** Static and dynamic shared memory that a block may have where nobody asked for more. */
constexpr int WITHOUT_ASKING = 48 << 10;

struct Function {
    Module* module;
    const JavelinKernel* kernel;
    int dynamicShared = WITHOUT_ASKING;
    bool asked = false; // for more dynamic shared memory
    std::vector<std::string> notes;
};

struct Module {
    Context* context;
    const JavelinFamily* family;
    std::map<std::string, Function> functions;
};

namespace {

/** The library of kernels for a PTX text. Libraries stay loaded. */
const JavelinFamily* familyOf(const std::string& text, std::string& why) {
    std::string path = ownFolder() + "/kernels/" + sha256(text) + ".so";
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        why = "this PTX is none that the emulated driver was built with";
        const char* reason = dlerror();
        if (reason != nullptr && strstr(reason, "cannot open shared object file: No such file") == nullptr) {
            why += std::string(": ") + reason;
        }
        return nullptr;
    }
    return static_cast<const JavelinFamily*>(dlsym(library, "javelinFamily"));
}

Runner& runner() {
    static thread_local std::unique_ptr<Runner> own;
    if (!own) {
        own.reset(new Runner());
    }
    return *own;
}

int mostDynamicShared() {
    return Driver::the().settings.capability >= 90 ? 232448 : 166912;
}

} // namespace

} // namespace emulated

using namespace emulated;

EMULATED_API(cuModuleLoadDataEx, CUmodule* module, const void* image, unsigned options, int* names, void** values) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuModuleLoadDataEx", held, context)) {
        return bad;
    }
    if (module == nullptr || image == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    std::string why;
    const JavelinFamily* family = familyOf(static_cast<const char*>(image), why);
    if (family == nullptr) {
        fprintf(stderr, "emulated driver: %s\n", why.c_str());
        driver.complaint = why;
        char* log = nullptr;
        for (unsigned i = 0; i < options; i++) {
            if (names[i] == 5) {
                log = static_cast<char*>(values[i]);
            } else if (names[i] == 6 && log != nullptr) {
                size_t size = reinterpret_cast<size_t>(values[i]) & 0xffffffff;
                snprintf(log, size, "%s", why.c_str());
            }
        }
        return CUDA_ERROR_INVALID_PTX;
    }
    Module* made = new Module{context, family, {}};
    context->modules.insert(made);
    *module = made;
    return CUDA_SUCCESS;
}

EMULATED_API(cuModuleLoadData, CUmodule* module, const void* image) {
    return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}

EMULATED_API(cuModuleUnload, CUmodule handle) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuModuleUnload", held, context)) {
        return bad;
    }
    Module* module = static_cast<Module*>(handle);
    if (context->modules.count(module) == 0) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    driver.waitAll(held, context);
    context->modules.erase(module);
    delete module;
    return CUDA_SUCCESS;
}

EMULATED_API(cuModuleGetFunction, CUfunction* function, CUmodule handle, const char* name) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuModuleGetFunction", held, context)) {
        return bad;
    }
    Module* module = static_cast<Module*>(handle);
    if (function == nullptr || name == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (context->modules.count(module) == 0) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    for (unsigned i = 0; i < module->family->kernels; i++) {
        const JavelinKernel& kernel = module->family->kernel[i];
        if (strcmp(kernel.name, name) == 0) {
            Function& found = module->functions[name];
            found.module = module;
            found.kernel = &kernel;
            *function = &found;
            return CUDA_SUCCESS;
        }
    }
    return CUDA_ERROR_NOT_FOUND;
}

EMULATED_API(cuFuncGetAttribute, int* value, int attribute, CUfunction handle) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuFuncGetAttribute", held, context)) {
        return bad;
    }
    const Function* function = static_cast<const Function*>(handle);
    if (value == nullptr || function == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    switch (attribute) {
    case 0: *value = static_cast<int>(function->kernel->maximumThreads); return CUDA_SUCCESS;
    case 1: *value = static_cast<int>(function->kernel->staticShared); return CUDA_SUCCESS;
    case 2: case 3: *value = 0; return CUDA_SUCCESS;
    case 4: *value = 32; return CUDA_SUCCESS;
    case 5: *value = 80; return CUDA_SUCCESS;
    case 6: *value = driver.settings.capability; return CUDA_SUCCESS;
    case 7: *value = 0; return CUDA_SUCCESS;
    case 8: *value = function->dynamicShared; return CUDA_SUCCESS;
    case 9: *value = -1; return CUDA_SUCCESS;
    default: return CUDA_ERROR_INVALID_VALUE;
    }
}

EMULATED_API(cuFuncSetAttribute, CUfunction handle, int attribute, int value) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuFuncSetAttribute", held, context)) {
        return bad;
    }
    Function* function = static_cast<Function*>(handle);
    if (function == nullptr) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    if (attribute == 8) {
        if (value < 0 || value + static_cast<int>(function->kernel->staticShared) > mostDynamicShared()) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        function->dynamicShared = value;
        function->asked = true;
        return CUDA_SUCCESS;
    }
    return attribute == 9 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

EMULATED_API(cuFuncSetCacheConfig, CUfunction, int) {
    return begin("cuFuncSetCacheConfig");
}

EMULATED_API(cuFuncGetModule, CUmodule* module, CUfunction handle) {
    *module = static_cast<Function*>(handle)->module;
    return CUDA_SUCCESS;
}

EMULATED_API(cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags, int* blocks, CUfunction handle, int threads, size_t shared, unsigned) {
    if (CUresult bad = begin("cuOccupancyMaxActiveBlocksPerMultiprocessor")) {
        return bad;
    }
    const Function* function = static_cast<const Function*>(handle);
    if (blocks == nullptr || function == nullptr || threads < 1) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    size_t each = shared + function->kernel->staticShared + 1024;
    int byThreads = 2048 / threads;
    int byShared = static_cast<int>(233472 / each);
    *blocks = byThreads < byShared ? byThreads : byShared;
    *blocks = *blocks > 32 ? 32 : *blocks;
    return CUDA_SUCCESS;
}

EMULATED_API(cuOccupancyMaxActiveBlocksPerMultiprocessor, int* blocks, CUfunction function, int threads, size_t shared) {
    return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, function, threads, shared, 0);
}

namespace {

/** The values of a launch, copied when it is asked for. */
struct Arguments {
    std::vector<char> bytes;
    std::vector<size_t> offsets;
};

CUresult collect(const JavelinKernel& kernel, void** parameters, void** extra, Arguments& into) {
    size_t at = 0;
    for (unsigned i = 0; i < kernel.parameters; i++) {
        at = (at + 7) / 8 * 8;
        into.offsets.push_back(at);
        at += kernel.sizes[i];
    }
    into.bytes.resize(at);
    if (parameters != nullptr && extra != nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (parameters != nullptr) {
        for (unsigned i = 0; i < kernel.parameters; i++) {
            if (parameters[i] == nullptr) {
                return CUDA_ERROR_INVALID_VALUE;
            }
            memcpy(into.bytes.data() + into.offsets[i], parameters[i], kernel.sizes[i]);
        }
        return CUDA_SUCCESS;
    }
    const void* buffer = nullptr;
    size_t size = 0;
    for (int i = 0; extra != nullptr && extra[i] != nullptr; i += 2) {
        if (extra[i] == reinterpret_cast<void*>(1)) {
            buffer = extra[i + 1];
        } else if (extra[i] == reinterpret_cast<void*>(2)) {
            size = *static_cast<size_t*>(extra[i + 1]);
        } else {
            return CUDA_ERROR_INVALID_VALUE;
        }
    }
    if (size != at || (buffer == nullptr && at > 0)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (at > 0) {
        memcpy(into.bytes.data(), buffer, at);
    }
    return CUDA_SUCCESS;
}

} // namespace

EMULATED_API(cuLaunchKernel, CUfunction handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
        unsigned blockZ, unsigned shared, CUstream streamHandle, void** parameters, void** extra) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuLaunchKernel", held, context)) {
        return bad;
    }
    const Function* function = static_cast<const Function*>(handle);
    if (function == nullptr || context->modules.count(function->module) == 0) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    const JavelinKernel& kernel = *function->kernel;
    std::shared_ptr<Stream> stream = streamOf(context, streamHandle);
    if (!stream) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    unsigned long long threads = static_cast<unsigned long long>(blockX) * blockY * blockZ;
    if (gridX == 0 || gridY == 0 || gridZ == 0 || threads == 0 || gridX > 2147483647u || gridY > 65535 || gridZ > 65535
            || blockX > 1024 || blockY > 1024 || blockZ > 64 || threads > kernel.maximumThreads
            || shared > static_cast<unsigned>(function->dynamicShared)
            || (!function->asked && shared + kernel.staticShared > static_cast<unsigned>(WITHOUT_ASKING))) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    auto arguments = std::make_shared<Arguments>();
    if (CUresult bad = collect(kernel, parameters, extra, *arguments)) {
        return bad;
    }
    for (unsigned i = 0; i < kernel.parameters; i++) {
        if (!kernel.pointers[i]) {
            continue;
        }
        void* address;
        memcpy(&address, arguments->bytes.data() + arguments->offsets[i], sizeof address);
        // Empty arrays may lie at the end of an allocation.
        if (address != nullptr && driver.find(address, 0) == nullptr) {
            char text[200];
            snprintf(text, sizeof text, "%s: parameter %u is %p, which is no memory of a device", kernel.name, i, address);
            driver.breakContext(context, CUDA_ERROR_ILLEGAL_ADDRESS, text);
            return CUDA_SUCCESS; // as on a device, later calls tell
        }
    }
    const JavelinFamily* family = function->module->family;
    Grid grid = {{gridX, gridY, gridZ}, {blockX, blockY, blockZ}, shared};
    uint64_t seed = driver.settings.seed * 1000003 + stream->number * 7919 + ++stream->launches;
    driver.submit(stream, {[=, &kernel, &driver] {
        std::vector<void*> values;
        for (size_t offset : arguments->offsets) {
            values.push_back(arguments->bytes.data() + offset);
        }
        Fault fault = runner().run(kernel, *family, values.data(), grid, seed);
        if (!fault.what.empty()) {
            std::lock_guard<std::mutex> again(driver.lock);
            driver.breakContext(context, fault.address ? CUDA_ERROR_ILLEGAL_ADDRESS : CUDA_ERROR_LAUNCH_FAILED,
                    std::string(kernel.name) + ": " + fault.what);
        }
    }, {}, nullptr});
    return CUDA_SUCCESS;
}
