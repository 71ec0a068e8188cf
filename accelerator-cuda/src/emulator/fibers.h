// Runs one block of a kernel after the other: each thread of a block is a fiber, barriers and warps are real.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "block.h"
#include "kernel.h"

namespace emulated {

/** What a launch asks for. */
struct Grid {
    dim3 blocks;
    dim3 threads;
    unsigned dynamicShared;
};

/** What went wrong while a kernel ran; empty if nothing did. */
struct Fault {
    std::string what;
    bool address = false; // an access that no memory answers to, rather than threads that do not meet
};

/** A numbers generator of its own for each block, so that seeds can be told apart. */
struct Shuffler {
    uint64_t state;
    uint32_t below(uint32_t bound) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        return static_cast<uint32_t>(((state >> 33) * bound) >> 31);
    }
};

/** The stacks and the order of the fibers of one stream's thread. Used by that thread alone. */
class Runner {
public:
    Runner();
    ~Runner();
    Runner(const Runner&) = delete;

    /** Runs all blocks, in an order that the seed fixes. */
    Fault run(const JavelinKernel& kernel, const JavelinFamily& family, void** parameters, const Grid& grid, uint64_t seed);

    /** Called by the signal handler: leaves the kernel. Returns only if none runs on this thread. */
    static void abandon(const char* what, const void* address);

    int blockBarrier(int value, int line);
    void warp(unsigned mask, void* data, void (*apply)(unsigned, void**), const char* what);

private:
    enum State : uint8_t { READY, AT_BARRIER, IN_WARP, DONE };
    struct Fiber {
        void* stack; // saved stack pointer
        JavelinThread self;
        State state;
        int line;
        void* data;
        unsigned mask;
        void (*apply)(unsigned, void**);
        const char* what;
        int result;
    };

    void runThreads(const JavelinKernel& kernel, void** parameters, const Grid& grid, const dim3& block);
    void runBlock(const Grid& grid, const dim3& block);
    void next();
    void release(unsigned number);
    [[noreturn]] void fail(const std::string& what);
    [[noreturn]] static void body();
    [[noreturn]] static void loop();
    void reserve(unsigned threads);
    std::string waiting() const;

    const JavelinKernel* kernel_ = nullptr;
    void** parameters_ = nullptr;
    Grid grid_{};
    dim3 block_{};
    Fault fault_;
    Shuffler shuffler_{};
    void* mainStack_ = nullptr;
    char* stacks_ = nullptr;
    char* alternate_ = nullptr;
    unsigned reserved_ = 0;
    char* shared_ = nullptr; // dynamic shared memory ends where this mapping ends, before an unmapped page
    std::vector<Fiber> fibers_;
    std::vector<unsigned> ready_;
    std::vector<unsigned> inWarp_; // by warp, the lanes that wait in an operation of theirs
    bool lastFirst_ = false;
    unsigned count_ = 0;
    unsigned running_ = 0;
    unsigned done_ = 0;
    unsigned atBarrier_ = 0;
    int barrierSum_ = 0;
};

} // namespace emulated
