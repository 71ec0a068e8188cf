#include "state.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <sys/prctl.h>
#include <ucontext.h>

namespace emulated {

namespace {

int64_t nowNanos() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct sigaction earlier[NSIG];

void onFault(int signal, siginfo_t* info, void* context) {
    Runner::abandon(signal == SIGFPE ? "a division that has no result" : "an access to no memory", info->si_addr);
    // None of ours: the process' own handler decides.
    const struct sigaction& old = earlier[signal];
    if (old.sa_flags & SA_SIGINFO) {
        old.sa_sigaction(signal, info, context);
    } else if (old.sa_handler != SIG_DFL && old.sa_handler != SIG_IGN) {
        old.sa_handler(signal);
    } else {
        sigaction(signal, &old, nullptr); // the access is repeated, and ends the process
    }
}

} // namespace

void catchFaults() {
    static bool done = [] {
        for (int signal : {SIGSEGV, SIGBUS, SIGFPE}) {
            struct sigaction action = {};
            action.sa_sigaction = onFault;
            action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
            sigemptyset(&action.sa_mask);
            sigaction(signal, &action, &earlier[signal]);
        }
        return true;
    }();
    (void) done;
}

Driver& Driver::the() {
    static Driver* driver = new Driver(); // never destroyed: streams may still run while the process ends
    return *driver;
}

std::string ownFolder() {
    Dl_info info;
    if (dladdr(reinterpret_cast<void*>(&ownFolder), &info) == 0 || info.dli_fname == nullptr) {
        return ".";
    }
    std::string path = info.dli_fname;
    size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

bool Driver::set(const std::string& key, const std::string& value) {
    auto number = [&] { return strtoll(value.c_str(), nullptr, 0); };
    if (key == "devices") {
        settings.devices = static_cast<int>(number());
    } else if (key == "driverVersion") {
        settings.driverVersion = static_cast<int>(number());
    } else if (key == "initResult") {
        settings.initResult = static_cast<int>(number());
    } else if (key == "computeCapability") {
        int major = 0;
        int minor = 0;
        if (sscanf(value.c_str(), "%d.%d", &major, &minor) != 2) {
            return false;
        }
        settings.capability = 10 * major + minor;
    } else if (key == "multiprocessors") {
        settings.multiprocessors = static_cast<int>(number());
    } else if (key == "memoryBytes") {
        settings.memoryBytes = static_cast<size_t>(number());
    } else if (key == "contextBytes") {
        settings.contextBytes = static_cast<size_t>(number());
    } else if (key == "seed") {
        settings.seed = static_cast<uint64_t>(number());
    } else if (key == "jitterMicros") {
        settings.jitterMicros = static_cast<int>(number());
    } else if (key.compare(0, 5, "fail.") == 0) {
        // fail.cuMemAlloc_v2=2 or, for the third call from now on alone, 2@3
        size_t at = value.find('@');
        std::string function = key.substr(5);
        calls[function] = 0;
        if (number() == 0) {
            settings.failures.erase(function);
        } else {
            settings.failures[function] = {static_cast<int>(number()),
                    at == std::string::npos ? 0 : strtol(value.c_str() + at + 1, nullptr, 10)};
        }
    } else {
        return false;
    }
    return true;
}

void Driver::readSettings() {
    std::string path = ownFolder() + "/emulated-driver.conf";
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        size_t equals = line.find('=');
        if (line.empty() || line[0] == '#') {
            continue;
        }
        if (equals == std::string::npos || !set(line.substr(0, equals), line.substr(equals + 1))) {
            fprintf(stderr, "emulated driver: %s has a line that is not a known setting: %s\n", path.c_str(), line.c_str());
        }
    }
}

CUresult Driver::failure(const char* function) {
    auto found = settings.failures.find(function);
    if (found == settings.failures.end()) {
        return CUDA_SUCCESS;
    }
    long call = ++calls[function];
    return found->second.at == 0 || found->second.at == call ? static_cast<CUresult>(found->second.result) : CUDA_SUCCESS;
}

const Allocation* Driver::find(const void* address, size_t bytes) const {
    auto after = memory.upper_bound(reinterpret_cast<uintptr_t>(address));
    if (after == memory.begin()) {
        return nullptr;
    }
    const Allocation& found = std::prev(after)->second;
    const char* from = static_cast<const char*>(address);
    return from + bytes <= found.start + found.bytes ? &found : nullptr;
}

std::shared_ptr<Stream> Driver::newStream(Context* context, unsigned flags, int priority) {
    auto stream = std::make_shared<Stream>();
    stream->context = context;
    stream->flags = flags;
    stream->priority = priority;
    stream->number = ++streamNumbers;
    stream->shuffler.state = settings.seed * 977 + stream->number;
    context->streams.insert(stream);
    return stream;
}

Ticket Driver::submit(const std::shared_ptr<Stream>& stream, Work work) {
    Context* context = stream->context;
    // The null stream waits for all streams that block, and they for it.
    if (stream == context->legacy) {
        for (const auto& other : context->streams) {
            if (other != stream && !(other->flags & CU_STREAM_NON_BLOCKING) && other->completed < other->submitted) {
                work.after.push_back({other, other->submitted});
            }
        }
    } else if (!(stream->flags & CU_STREAM_NON_BLOCKING) && context->legacy->completed < context->legacy->submitted) {
        work.after.push_back({context->legacy, context->legacy->submitted});
    }
    Ticket ticket = {stream, ++stream->submitted};
    if (work.recording) {
        work.recording->ticket = ticket;
    }
    stream->queue.push_back(std::move(work));
    if (!stream->started) {
        stream->started = true;
        stream->thread = std::thread([this, stream] { this->work(stream); });
    }
    stream->arrived.notify_one();
    return ticket;
}

bool Driver::ready(const Work& work) const {
    for (const Ticket& ticket : work.after) {
        if (ticket.stream->completed < ticket.number) {
            return false;
        }
    }
    return true;
}

void Driver::work(std::shared_ptr<Stream> stream) {
    prctl(PR_SET_NAME, "emulated stream", 0, 0, 0);
    std::unique_lock<std::mutex> held(lock);
    for (;;) {
        stream->arrived.wait(held, [&] { return !stream->queue.empty() || stream->closing; });
        if (stream->queue.empty()) {
            return;
        }
        Work next = std::move(stream->queue.front());
        stream->queue.pop_front();
        completed.wait(held, [&] { return ready(next); });
        int jitter = settings.jitterMicros;
        uint32_t micros = jitter > 0 ? stream->shuffler.below(static_cast<uint32_t>(jitter)) : 0;
        bool broken = stream->context->broken != CUDA_SUCCESS;
        held.unlock();
        if (micros > 0) {
            std::this_thread::sleep_for(std::chrono::microseconds(micros));
        }
        if (next.run && !broken) {
            next.run();
        }
        next.run = nullptr;
        held.lock();
        if (next.recording) {
            next.recording->done = true;
            next.recording->nanos = nowNanos();
        }
        stream->completed++;
        completed.notify_all();
    }
}

void Driver::wait(std::unique_lock<std::mutex>& held, const Ticket& ticket) {
    if (ticket.stream) {
        completed.wait(held, [&] { return ticket.stream->completed >= ticket.number; });
    }
}

void Driver::waitAll(std::unique_lock<std::mutex>& held, Context* context) {
    std::vector<Ticket> tickets;
    for (const auto& stream : context->streams) {
        tickets.push_back({stream, stream->submitted});
    }
    for (const Ticket& ticket : tickets) {
        wait(held, ticket);
    }
}

void Driver::closeStream(std::unique_lock<std::mutex>& held, const std::shared_ptr<Stream>& stream) {
    std::shared_ptr<Stream> kept = stream;
    kept->closing = true;
    kept->context->streams.erase(kept);
    if (!kept->started) {
        return;
    }
    // What is queued still runs; nobody waits for it here.
    kept->arrived.notify_all();
    kept->thread.detach();
    (void) held;
}

void Driver::breakContext(Context* context, CUresult result, const std::string& why) {
    if (context->broken == CUDA_SUCCESS) {
        context->broken = result;
        complaint = why;
        fprintf(stderr, "emulated driver: %s\n", why.c_str());
    }
}

Context*& currentContext() {
    static thread_local Context* current = nullptr;
    return current;
}

CUresult begin(const char* function) {
    Driver& driver = Driver::the();
    std::lock_guard<std::mutex> held(driver.lock);
    if (CUresult injected = driver.failure(function)) {
        return injected;
    }
    return driver.initialized ? CUDA_SUCCESS : CUDA_ERROR_NOT_INITIALIZED;
}

CUresult begin(const char* function, std::unique_lock<std::mutex>&, Context*& context) {
    Driver& driver = Driver::the();
    if (CUresult injected = driver.failure(function)) {
        return injected;
    }
    if (!driver.initialized) {
        return CUDA_ERROR_NOT_INITIALIZED;
    }
    context = currentContext();
    if (context == nullptr || driver.contexts.count(context) == 0) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    return context->broken;
}

std::shared_ptr<Stream> streamOf(Context* context, void* handle) {
    if (reinterpret_cast<uintptr_t>(handle) <= 2) {
        return context->legacy;
    }
    for (const auto& stream : context->streams) {
        if (stream.get() == handle) {
            return stream;
        }
    }
    return nullptr;
}

} // namespace emulated
