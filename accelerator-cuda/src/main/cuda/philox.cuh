// Random words addressed by a counter: the bits are those of every other device.
#pragma once
#include "common.cuh"

/** Four 32-bit words. */
struct Words {
    u32 at[4];
};

/**
 * Ten rounds of Philox4x32.
 *
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3.
 */
__device__ __forceinline__ Words philox(Words counter, u32 key0, u32 key1) {
#pragma unroll
    for (int round = 0; round < 10; round++) {
        u32 high0 = __umulhi(counter.at[0], 0xD2511F53u);
        u32 high1 = __umulhi(counter.at[2], 0xCD9E8D57u);
        Words next;
        next.at[0] = high1 ^ counter.at[1] ^ key0;
        next.at[1] = counter.at[2] * 0xCD9E8D57u;
        next.at[2] = high0 ^ counter.at[3] ^ key1;
        next.at[3] = counter.at[0] * 0xD2511F53u;
        counter = next;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return counter;
}
