// The seam between kernels and the engine that runs them: who am I, and let me meet the others.
#pragma once

struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x, y, z;
};

/** What a running thread of a kernel knows of itself. */
struct JavelinThread {
    uint3 index;
    uint3 block;
    dim3 blockSize;
    dim3 gridSize;
    unsigned number; // within the block
    void* dynamicShared;
};

extern "C" {
#pragma GCC visibility push(default)
/** The thread of a kernel that runs now on this thread of the emulator. */
extern __thread JavelinThread* javelinThread;

/** Waits for all threads of the block; the sum of their values. */
int javelinBlockBarrier(int value, int line);

/** Waits for all lanes of the mask; the last to arrive applies the function to the data of all (indexed by lane). */
void javelinWarp(unsigned mask, void* data, void (*apply)(unsigned mask, void** lanes), const char* what);
#pragma GCC visibility pop
}

inline int javelinLane() {
    return static_cast<int>(javelinThread->number & 31);
}
