// How a library of kernels, compiled from one .cu file, shows what it holds.
#pragma once

#include <cstddef>
#include <cstdint>

/** One entry point. */
struct JavelinKernel {
    const char* name;
    void (*run)(void** parameters);
    unsigned parameters;
    const unsigned* sizes;   // bytes of each parameter
    const bool* pointers;    // which of them are addresses
    bool alone;              // its threads never meet: no barrier, no warp operation, no shared memory
    unsigned staticShared;   // bytes
    unsigned maximumThreads; // per block
};

/** All entry points of a family, and its memory that is shared by the threads of a block. */
struct JavelinFamily {
    const char* name;
    unsigned kernels;
    const JavelinKernel* kernel;
    void (*poisonShared)(); // for the calling thread
};
