package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.List;

/** Inputs for attention and its caches. */
final class AttentionCases {
    private AttentionCases() {}

    /** B, T, H, K, D. */
    static void attention(Cases c) {
        for (long[] e : c.shapes(
                new long[] {2, 5, 3, 3, 4},
                new long[] {1, 17, 4, 2, 7},
                new long[] {2, 0, 2, 2, 3},
                new long[] {1, 1, 1, 1, 1},
                new long[] {3, 9, 6, 1, 5},
                new long[] {1, 130, 2, 1, 64},
                new long[] {2, 70, 2, 2, 32})) {
            for (boolean causal : new boolean[] {true, false}) {
                Attention forward = new Attention((int) e[2], (int) e[3], causal);
                Value packed = c.normal(e[0], e[1], (e[2] + 2 * e[3]) * e[4]);
                List<Value> out = c.forward(forward, packed);
                Value dy = Value.generate(out.getFirst().type(), i -> c.random().nextGaussian());
                long terms = e[1] + e[4];
                c.add(Tolerance.CHAIN, Scale.INPUTS, terms, forward, packed);
                c.add(
                        Tolerance.CHAIN,
                        Scale.INPUTS,
                        terms,
                        new AttentionGradient((int) e[2], (int) e[3], causal),
                        packed,
                        out.get(0),
                        out.get(1),
                        dy);
            }
        }
    }

    /** B, K, H / K, S, D, T: positions that follow each other up to behind the end, one of them padding, and any. */
    static void caches(Cases c) {
        for (long[] e : c.shapes(
                new long[] {3, 2, 2, 17, 5, 1},
                new long[] {2, 1, 6, 70, 33, 3},
                new long[] {2, 1, 1, 5, 3, 0},
                new long[] {1, 1, 1, 1, 1, 1},
                new long[] {1, 3, 1, 100, 8, 1},
                new long[] {2, 2, 2, 40, 40, 7},
                new long[] {1, 2, 1, 150, 16, 130})) {
            TensorType places = TensorType.of(DType.INT32, e[0], e[5]);
            int first = (int) (e[3] - e[5] / 2 - 1);
            Value following = Value.generate(places, i -> i % e[5] == 2 ? -1 : first + i % e[5]);
            Value anywhere = Value.generate(places, i -> c.random().nextInt((int) e[3]));
            for (Value positions : List.of(following, anywhere)) {
                Value keys = c.normal(e[0], e[1], e[3], e[4]);
                Value values = c.normal(e[0], e[1], e[3], e[4]);
                Value queries = c.normal(e[0], e[5], e[1] * e[2] * e[4]);
                c.add(Tolerance.EXACT, new CacheWrite(), keys, c.normal(e[0], e[5], e[1] * e[4]), positions);
                c.add(
                        Tolerance.CHAIN,
                        Scale.INPUTS,
                        e[3] + e[4],
                        new CachedAttention(),
                        queries,
                        keys,
                        values,
                        positions);
            }
        }
    }
}
