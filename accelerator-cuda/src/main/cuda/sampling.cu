// The next token of each text from its logits [B, V]: largest, top-k, top-p and a draw, one block per row. `how` I64 [B, 6]
// holds temperature (bits), K, P (bits), choices, seed, index.
//
// The result is what the operation's rules say, to the bit: logits are ordered by their own bits, weights are integers of
// 64 bits, and sums of integers do not depend on their order, nor on that of the atomics in shared memory. A row is never
// sorted: the K-th largest logit and the end of the likely ones are found digit by digit, from the top.
//
// Bytes moved: the row once for its largest, once for the draw; top-k reads it as often as a logit has bytes, top-p that
// often and twice more. Rows of 256 K logits lie in the L2 cache meanwhile.
#include "philox.cuh"
#include "rows.cuh"

constexpr int SAMPLING_THREADS = 1024;
constexpr int SAMPLING_WARPS = SAMPLING_THREADS / 32;
/** Bins of a digit. */
constexpr int DIGITS = 256;
/** Counters of a bin, so that the lanes of a warp seldom meet at one. */
constexpr int COPIES = 16;

// ---------------------------------------------------------------------------------------------- order

/** Ordered<T>: unsigned numbers in the order of elements, from their bits; zeros of both signs are equal. */
template <class T>
struct Ordered {
    typedef typename Bits<sizeof(T)>::type Key;

    static constexpr int bytes = static_cast<int>(sizeof(T));
    static constexpr Key sign = static_cast<Key>(static_cast<Key>(1) << (8 * bytes - 1));

    static __device__ __forceinline__ Key of(T x) {
        union {
            T value;
            Key bits;
        } both;
        both.value = x;
        if (both.bits == sign) {
            return sign; // minus zero as zero
        }
        return static_cast<Key>(both.bits & sign ? ~both.bits : both.bits | sign);
    }

    /** The element of a key. */
    static __device__ __forceinline__ T element(Key key) {
        union {
            T value;
            Key bits;
        } both;
        both.bits = static_cast<Key>(key & sign ? key & ~sign : ~key);
        return both.value;
    }
};

// ---------------------------------------------------------------------------------------------- weights

/**
 * exp(x) for x from -44 to 0, with the bits of Java's StrictMath: x = k ln 2 + r with ln 2 in two parts, then a rational
 * function of r. No product is fused with a sum.
 *
 * Source: the method of fdlibm 5.3, e_exp.c, which StrictMath promises, with its constants.
 */
__device__ __forceinline__ f64 strictExponential(f64 x) {
    constexpr f64 LN2_HIGH = 6.93147180369123816490e-01;
    constexpr f64 LN2_LOW = 1.90821492927058770002e-10;
    constexpr f64 INVERSE_LN2 = 1.44269504088896338700e+00;
    int high = __double2hiint(x) & 0x7fffffff; // fdlibm compares by the upper half of the bits
    f64 above = 0;
    f64 below = 0;
    int k = 0;
    f64 r = x;
    if (high > 0x3fd62e42) { // beyond ln 2 / 2
        k = high < 0x3ff0a2b2 ? -1 : static_cast<int>(__dsub_rn(__dmul_rn(INVERSE_LN2, x), 0.5)); // up to 3/2 ln 2: -1
        above = __dsub_rn(x, __dmul_rn(static_cast<f64>(k), LN2_HIGH));
        below = __dmul_rn(static_cast<f64>(k), LN2_LOW);
        r = __dsub_rn(above, below);
    } else if (high < 0x3e300000) { // nearer to 0 than 2^-28
        return __dadd_rn(1.0, x);
    }
    f64 t = __dmul_rn(r, r);
    f64 p = __dadd_rn(-1.65339022054652515390e-06, __dmul_rn(t, 4.13813679705723846039e-08));
    p = __dadd_rn(6.61375632143793436117e-05, __dmul_rn(t, p));
    p = __dadd_rn(-2.77777777770155933842e-03, __dmul_rn(t, p));
    p = __dadd_rn(1.66666666666666019037e-01, __dmul_rn(t, p));
    f64 c = __dsub_rn(r, __dmul_rn(t, p));
    if (k == 0) {
        return __dsub_rn(1.0, __dsub_rn(__ddiv_rn(__dmul_rn(r, c), __dsub_rn(c, 2.0)), r));
    }
    f64 y = __dsub_rn(1.0, __dsub_rn(__dsub_rn(below, __ddiv_rn(__dmul_rn(r, c), __dsub_rn(2.0, c))), above));
    return __hiloint2double(__double2hiint(y) + k * (1 << 20), __double2loint(y)); // never subnormal here
}

/** What logits weigh: integers, of which a whole row adds up to less than 2^62. */
struct Weights {
    f64 largest;
    f64 temperature;
    f64 unit;  // 2^s
    f64 least; // exponents below weigh nothing

    __device__ __forceinline__ Weights(f64 largest, f64 temperature, int unit)
        : largest(largest), temperature(temperature), unit(static_cast<f64>(1LL << unit)), least(-0.7 * (unit + 2)) {}

    __device__ __forceinline__ u64 of(f64 logit) const {
        f64 x = __ddiv_rn(__dsub_rn(logit, largest), temperature);
        if (!(x >= least)) {
            return 0;
        }
        return static_cast<u64>(rint(__dmul_rn(strictExponential(x), unit)));
    }
};

// ---------------------------------------------------------------------------------------------- the block

/** What the threads of a block share. */
struct Shared {
    u64 bins[DIGITS * COPIES];
    u64 parts[SAMPLING_WARPS];
    u64 found[2];
};

/** Where the largest end that are needed: the key there, and what those above it count or weigh. */
template <class Key>
struct Edge {
    Key key;
    u64 above;
};

/** The greatest over the block, in every thread. */
__device__ __forceinline__ u64 blockGreatest(u64 value, Shared& shared) {
    for (int distance = 16; distance > 0; distance >>= 1) {
        u64 other = __shfl_xor_sync(JAVELIN_ALL_LANES, value, distance);
        value = other > value ? other : value;
    }
    __syncthreads(); // parts of an earlier call may still be read
    if ((threadIdx.x & 31) == 0) {
        shared.parts[threadIdx.x >> 5] = value;
    }
    __syncthreads();
    for (int i = 0; i < SAMPLING_WARPS; i++) {
        value = shared.parts[i] > value ? shared.parts[i] : value;
    }
    return value;
}

/** What the digits above `digit` hold together, for each warp's lane its eight digits: by thread 0 to 31. */
__device__ __forceinline__ void findDigit(u64 needed, Shared& shared) {
    constexpr int EACH = DIGITS / 32;
    int lane = static_cast<int>(threadIdx.x);
    u64 own[EACH];
    u64 sum = 0;
    for (int i = 0; i < EACH; i++) {
        own[i] = 0;
        for (int copy = 0; copy < COPIES; copy++) {
            own[i] += shared.bins[(lane * EACH + i) * COPIES + ((copy + lane) & (COPIES - 1))];
        }
        sum += own[i];
    }
    u64 upTo = sum; // of this lane and all above it
    for (int distance = 1; distance < 32; distance <<= 1) {
        u64 other = __shfl_down_sync(JAVELIN_ALL_LANES, upTo, distance);
        upTo += lane + distance < 32 ? other : 0;
    }
    u64 above = upTo - sum;
    if (above < needed && needed <= upTo) { // one lane's
        int i = EACH - 1;
        while (above + own[i] < needed) {
            above += own[i--];
        }
        shared.found[0] = static_cast<u64>(lane * EACH + i);
        shared.found[1] = above;
    }
}

/**
 * The largest key such that the elements from it on count or weigh at least `needed`, which all of them do together.
 * value(key, element) is what an element that is looked at counts.
 */
template <class T, class Value>
__device__ __forceinline__ Edge<typename Ordered<T>::Key> edge(
        const T* row, i64 count, u64 needed, Shared& shared, Value value) {
    typedef typename Ordered<T>::Key Key;
    Key prefix = 0; // the digits that are known
    u64 above = 0;
#pragma unroll 1
    for (int shift = 8 * (Ordered<T>::bytes - 1); shift >= 0; shift -= 8) {
        __syncthreads(); // bins and what was found may still be read
        for (int i = threadIdx.x; i < DIGITS * COPIES; i += SAMPLING_THREADS) {
            shared.bins[i] = 0;
        }
        __syncthreads();
        int known = 8 * Ordered<T>::bytes - shift - 8;
        u64 mask = known == 0 ? 0 : ~0ULL << (shift + 8);
        for (i64 i = threadIdx.x; i < count; i += SAMPLING_THREADS) {
            Key key = Ordered<T>::of(row[i]);
            if (((key ^ prefix) & mask) == 0) {
                u64 counts = value(key, row[i]);
                if (counts != 0) {
                    int digit = static_cast<int>(static_cast<u64>(key) >> shift) & (DIGITS - 1);
                    atomicAdd(&shared.bins[digit * COPIES + (threadIdx.x & (COPIES - 1))], counts);
                }
            }
        }
        __syncthreads();
        if (threadIdx.x < 32) {
            findDigit(needed - above, shared);
        }
        __syncthreads();
        prefix = static_cast<Key>(prefix | static_cast<Key>(shared.found[0] << shift));
        above += shared.found[1];
    }
    return {prefix, above};
}

/** What lanes before this one hold. */
__device__ __forceinline__ u64 lanesBefore(u64 value) {
    int lane = threadIdx.x & 31;
    u64 upTo = value;
    for (int distance = 1; distance < 32; distance <<= 1) {
        u64 other = __shfl_up_sync(JAVELIN_ALL_LANES, upTo, distance);
        upTo += lane >= distance ? other : 0;
    }
    return upTo - value;
}

/** Every warp's value, one after the other; all lanes of a warp give the same. Then what warps before this one hold. */
__device__ __forceinline__ u64 warpsBefore(u64 value, Shared& shared) {
    __syncthreads();
    if ((threadIdx.x & 31) == 0) {
        shared.parts[threadIdx.x >> 5] = value;
    }
    __syncthreads();
    u64 before = 0;
    for (int i = 0; i < static_cast<int>(threadIdx.x >> 5); i++) {
        before += shared.parts[i];
    }
    return before;
}

// ---------------------------------------------------------------------------------------------- the draw

/**
 * The tokens that count, in order of their index: a warp has a run of neighbours, 32 at a time. Those above the edge
 * count, and the first `equals` of those at it.
 */
template <class T>
struct Draw {
    typedef typename Ordered<T>::Key Key;

    const T* row;
    i64 first;
    i64 end;
    Key edge;
    u64 equals;
    Weights weights;

    __device__ __forceinline__ Draw(const T* row, i64 count, Key edge, u64 equals, Weights weights)
        : row(row), edge(edge), equals(equals), weights(weights) {
        i64 run = (count + SAMPLING_THREADS - 1) / SAMPLING_THREADS * 32;
        i64 warp = threadIdx.x >> 5;
        first = warp * run < count ? warp * run : count;
        end = first + run < count ? first + run : count;
    }

    /** How many of this warp's lie at the edge. */
    __device__ __forceinline__ u64 atEdge() const {
        u64 sum = 0;
        for (i64 i = first + (threadIdx.x & 31); i < end; i += 32) {
            sum += Ordered<T>::of(row[i]) == edge ? 1 : 0;
        }
        return warpSum(sum);
    }

    /** body(index, weight) for the 32 neighbours of each lane, until it returns true in all lanes. */
    template <class Body>
    __device__ __forceinline__ void each(u64 equalsBefore, Body body) const {
        int lane = threadIdx.x & 31;
        for (i64 at = first; at < end; at += 32) {
            i64 i = at + lane;
            Key key = i < end ? Ordered<T>::of(row[i]) : 0;
            bool equal = i < end && key == edge;
            u32 equalLanes = __ballot_sync(JAVELIN_ALL_LANES, equal);
            u64 rank = equalsBefore + static_cast<u64>(__popc(equalLanes & ((1u << lane) - 1)));
            bool counts = i < end && (equal ? rank < equals : key > edge);
            if (body(i, counts ? weights.of(real(row[i])) : 0)) {
                return;
            }
            equalsBefore += static_cast<u64>(__popc(equalLanes));
        }
    }

    /** The token at which the weights pass `random` / 2^64 of their sum. */
    __device__ __forceinline__ void token(u64 random, i32* to, Shared& shared) const {
        u64 before = warpsBefore(atEdge(), shared);
        u64 own = 0;
        each(before, [&](i64, u64 weight) {
            own += weight;
            return false;
        });
        own = warpSum(own);
        u64 passed = warpsBefore(own, shared);
        u64 sum = 0;
        for (int i = 0; i < SAMPLING_WARPS; i++) {
            sum += shared.parts[i];
        }
        u64 target = __umul64hi(random, sum);
        if (passed <= target && target < passed + own) { // one warp's
            each(before, [&](i64 i, u64 weight) {
                u64 start = passed + lanesBefore(weight);
                bool here = start <= target && target < start + weight;
                if (here) {
                    *to = static_cast<i32>(i);
                }
                passed += warpSum(weight);
                return __any_sync(JAVELIN_ALL_LANES, here) != 0;
            });
        }
    }
};

// ---------------------------------------------------------------------------------------------- a row

/** Random bits of a token: 53 at the upper end. */
__device__ __forceinline__ u64 randomBits(i64 seed, i64 index) {
    Words counter = {{static_cast<u32>(index), static_cast<u32>(static_cast<u64>(index) >> 32), 0, 0}};
    Words words = philox(counter, static_cast<u32>(seed), static_cast<u32>(static_cast<u64>(seed) >> 32));
    return (static_cast<u64>(words.at[0]) << 32 | words.at[1]) >> 11 << 11;
}

/** Launch: a block of SAMPLING_THREADS for each row; unit is s of the operation. */
template <class T>
__device__ __forceinline__ void chooseToken(const T* logits, const i64* how, i32* tokens, i64 width, i64 unit) {
    typedef typename Ordered<T>::Key Key;
    __shared__ Shared shared;
    const T* row = logits + blockIdx.x * width;
    const i64* settings = how + blockIdx.x * 6;
    i32* token = tokens + blockIdx.x;
    f64 temperature = __longlong_as_double(settings[0]);
    f64 share = __longlong_as_double(settings[2]);
    i64 count = settings[3] > 0 && settings[3] < width ? settings[3] : width;

    u64 greatest = 0; // above every key if there is a NaN
    for (i64 i = threadIdx.x; i < count; i += SAMPLING_THREADS) {
        u64 key = real(row[i]) == real(row[i]) ? static_cast<u64>(Ordered<T>::of(row[i])) : ~0ULL;
        greatest = key > greatest ? key : greatest;
    }
    greatest = blockGreatest(greatest, shared);
    Key top = static_cast<Key>(greatest);
    f64 largest = real(Ordered<T>::element(top));
    if (greatest == ~0ULL || !(largest - largest == 0)) { // not finite
        if (threadIdx.x == 0) {
            *token = -1;
        }
        return;
    }
    if (temperature == 0) {
        u64 first = 0; // counted from the end, so that the greatest is the first
        for (i64 i = threadIdx.x; i < count; i += SAMPLING_THREADS) {
            u64 place = static_cast<u64>(count - i);
            first = Ordered<T>::of(row[i]) == top && place > first ? place : first;
        }
        first = blockGreatest(first, shared);
        if (threadIdx.x == 0) {
            *token = static_cast<i32>(count - static_cast<i64>(first));
        }
        return;
    }
    Key least = 0;
    if (settings[1] > 0 && settings[1] < count) {
        u64 most = static_cast<u64>(settings[1]);
        least = edge(row, count, most, shared, [](Key, T) { return 1ULL; }).key;
    }
    Weights weights(largest, temperature, static_cast<int>(unit));
    u64 equals = static_cast<u64>(count);
    if (share < 1) {
        auto weight = [&](Key key, T x) { return key >= least ? weights.of(real(x)) : 0ULL; };
        u64 own = 0;
        for (i64 i = threadIdx.x; i < count; i += SAMPLING_THREADS) {
            own += weight(Ordered<T>::of(row[i]), row[i]);
        }
        u64 sum = blockSum(own);
        u64 needed = static_cast<u64>(ceil(__dmul_rn(share, static_cast<f64>(static_cast<i64>(sum)))));
        needed = needed < sum ? needed : sum;
        Edge<Key> likely = edge(row, count, needed, shared, weight);
        u64 each = weights.of(real(Ordered<T>::element(likely.key)));
        least = likely.key;
        equals = (needed - likely.above + each - 1) / each;
    }
    Draw<T>(row, count, least, equals, weights).token(randomBits(settings[4], settings[5]), token, shared);
}

#define ENTRIES(T)                                                                                          \
    extern "C" __global__ void __launch_bounds__(SAMPLING_THREADS) choose_token_##T(                        \
            const T* logits, const i64* how, i32* tokens, i64 width, i64 unit) {                            \
        chooseToken<T>(logits, how, tokens, width, unit);                                                   \
    }
JAVELIN_FLOATS(ENTRIES)
