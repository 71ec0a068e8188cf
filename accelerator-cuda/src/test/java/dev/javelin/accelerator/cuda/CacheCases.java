package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Caches of keys and values. */
final class CacheCases {
    private CacheCases() {}

    /** B, K, H / K, S, D, T: decoding, a few tokens at once, prefill; positions in and outside of the cache. */
    static Stream<Case> of(RandomGenerator random) {
        return Stream.of(DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16)
                .flatMap(dtype -> RowCases.some(
                                dtype,
                                new int[] {1, 1, 1, 1, 1, 1},
                                new int[] {1, 3, 1, 100, 8, 1},
                                new int[] {3, 2, 2, 17, 5, 1},
                                new int[] {2, 1, 6, 70, 33, 3},
                                new int[] {1, 2, 2, 600, 40, 5},
                                new int[] {1, 1, 1, 300, 64, 20},
                                new int[] {1, 1, 3, 520, 128, 2},
                                new int[] {2, 1, 1, 5, 3, 0})
                        .flatMap(c -> of(random, dtype, c)));
    }

    private static Stream<Case> of(RandomGenerator random, DType dtype, int[] c) {
        TensorType cache = TensorType.of(dtype, c[0], c[1], c[3], c[4]);
        Value keys = Value.normal(cache, random, 1);
        Value values = Value.normal(cache, random, 1);
        Value rows = Value.normal(TensorType.of(dtype, c[0], c[5], c[1] * c[4]), random, 1);
        Value queries = Value.normal(TensorType.of(dtype, c[0], c[5], c[1] * c[2] * c[4]), random, 1);
        TensorType places = TensorType.of(DType.INT32, c[0], c[5]);
        int first = c[3] - c[5] / 2 - 1; // some lie behind the end
        Value following = Value.generate(places, i -> i % c[5] == 2 ? -1 : first + i % c[5]); // and one is padding
        Value anywhere = Value.generate(places, i -> random.nextInt(c[3])); // some twice
        return Stream.of(following, anywhere)
                .flatMap(positions -> Stream.of(
                        new Case(new CacheWrite(), List.of(keys, rows, positions), Tolerance.EXACT),
                        new Case(new CachedAttention(), List.of(queries, keys, values, positions), Tolerance.CHAINS)));
    }
}
