// What the emulated driver knows: settings, devices, memory, streams and events.
//
// One lock guards all of it. Streams run on threads of their own and take the lock only between two pieces of work.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fibers.h"
#include "results.h"

namespace emulated {

struct Context;
struct Stream;

/** Settings, from emulated-driver.conf beside the library; see README.md. */
struct Settings {
    int devices = 1;
    int driverVersion = 13000;
    int initResult = 0;
    int capability = 90; // 10 * major + minor
    int multiprocessors = 4;
    size_t memoryBytes = size_t(4) << 30;
    size_t contextBytes = size_t(64) << 20;
    uint64_t seed = 1;
    int jitterMicros = 0;
    struct Failure {
        int result;
        long at; // the number of the call that fails; 0: every call
    };
    std::map<std::string, Failure> failures;
};

/** A piece of work has been done once its stream has completed this many. */
struct Ticket {
    std::shared_ptr<Stream> stream;
    uint64_t number = 0;
};

/** One recording of an event: shared by the event and by all that wait for it. */
struct Recording {
    Ticket ticket;
    bool done = false;
    int64_t nanos = 0;
};

struct Event {
    Context* context;
    unsigned flags;
    std::shared_ptr<Recording> recording; // the latest; null before the first
};

struct Work {
    std::function<void()> run;
    std::vector<Ticket> after;
    std::shared_ptr<Recording> recording; // finished with it
};

struct Stream {
    Context* context = nullptr;
    unsigned flags = 0;
    int priority = 0;
    uint64_t number = 0;
    std::deque<Work> queue;
    uint64_t submitted = 0;
    uint64_t completed = 0;
    bool closing = false;
    bool started = false;
    std::condition_variable arrived;
    std::thread thread;
    Shuffler shuffler{};
    uint64_t launches = 0;
};

struct Allocation {
    char* start;
    size_t bytes;
    char* mapping;
    size_t mapped;
    int device; // -1: host memory
    unsigned flags;
    bool registered; // host memory of somebody else
    Context* context;
};

struct Function;
struct Module;

struct Context {
    int device = 0;
    unsigned flags = 0;
    bool primary = false;
    int users = 0;
    CUresult broken = CUDA_SUCCESS; // sticky
    std::shared_ptr<Stream> legacy; // the null stream
    std::set<std::shared_ptr<Stream>> streams;
    std::set<Module*> modules;
};

class Driver {
public:
    static Driver& the();

    std::mutex lock;
    std::condition_variable completed; // some piece of work is done
    Settings settings;
    bool initialized = false;
    std::map<int, Context*> primaries;
    std::set<Context*> contexts;
    std::set<Event*> events;
    std::map<uintptr_t, Allocation> memory; // by start
    std::map<int, size_t> used;            // bytes by device
    std::map<std::string, long> calls;
    std::string complaint;                  // the latest fault in words
    uint64_t streamNumbers = 0;

    void readSettings();
    bool set(const std::string& key, const std::string& value);

    // With the lock held:
    CUresult failure(const char* function);
    const Allocation* find(const void* address, size_t bytes) const;
    std::shared_ptr<Stream> newStream(Context* context, unsigned flags, int priority);
    Ticket submit(const std::shared_ptr<Stream>& stream, Work work);
    void wait(std::unique_lock<std::mutex>& held, const Ticket& ticket);
    void waitAll(std::unique_lock<std::mutex>& held, Context* context);
    void closeStream(std::unique_lock<std::mutex>& held, const std::shared_ptr<Stream>& stream);
    void releaseMemory(Context* context);
    void checkZones(Context* context);
    void breakContext(Context* context, CUresult result, const std::string& why);

private:
    void work(std::shared_ptr<Stream> stream);
    bool ready(const Work& work) const;
};

/** The folder of this library. */
std::string ownFolder();

/** Begins a call: settings, injected failures, initialization. */
CUresult begin(const char* function);

/** Begins a call that needs a context, with the lock held. */
CUresult begin(const char* function, std::unique_lock<std::mutex>& held, Context*& context);

Context*& currentContext();

/** A stream by its handle; null if there is none such. The handles 0, 1 and 2 are the null stream. */
std::shared_ptr<Stream> streamOf(Context* context, void* handle);

/** Installs the handler that turns accesses to no memory into faults of kernels. */
void catchFaults();

} // namespace emulated

#define EMULATED_API(name, ...) extern "C" __attribute__((visibility("default"))) CUresult name(__VA_ARGS__)
