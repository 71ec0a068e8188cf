package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.Philox;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.spi.kernel.TokenChoice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Tokens chosen from logits: a row of each case is a choice of its own, with settings of its own. */
final class SamplingCases {
    private final RandomGenerator random;
    private final DType dtype;

    private SamplingCases(RandomGenerator random, DType dtype) {
        this.random = random;
        this.dtype = dtype;
    }

    static Stream<Case> of(RandomGenerator random) {
        return Stream.of(DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16)
                .map(dtype -> new SamplingCases(random, dtype))
                .flatMap(cases -> Stream.of(
                                cases.any(), cases.faults(), cases.edges(), cases.every(300, 1000), cases.every(2, 33))
                        .flatMap(some -> some));
    }

    /** Rows, V: less than a warp, more, what a block's threads take at once, the vocabulary of GPT-2; none. */
    private Stream<Case> any() {
        return RowCases.some(
                        dtype,
                        new int[] {30, 1},
                        new int[] {200, 2},
                        new int[] {300, 31},
                        new int[] {300, 65},
                        new int[] {60, 1025},
                        new int[] {40, 4099},
                        new int[] {6, 50257},
                        new int[] {3, 131072},
                        new int[] {0, 7})
                .map(c -> choice(c[0], c[1], row -> how(c[1])));
    }

    /** Rows drawn from all of their logits, so that every index comes. */
    private Stream<Case> every(int rows, int width) {
        return Stream.of(choice(rows, width, row -> new TokenChoice(50, 0, 1, 0, random.nextLong(), row)));
    }

    private TokenChoice how(int width) {
        double temperature = List.of(0.0, 0.3, 1.0, 1.7, 1e-12, 40.0).get(random.nextInt(6));
        int topK = random.nextInt(3) == 0 ? 0 : random.nextInt(1, width + 2);
        double topP = random.nextInt(3) == 0 ? 1 : 1 - random.nextDouble();
        int choices = random.nextInt(4) == 0 ? random.nextInt(1, width + 2) : 0;
        return new TokenChoice(temperature, topK, topP, choices, random.nextLong(), random.nextLong());
    }

    /** Every second row has many equal logits, zeros of both signs and minus infinities among them. */
    private Case choice(int rows, int width, IntFunction<TokenChoice> how) {
        Value logits = Value.generate(TensorType.of(dtype, rows, width), i -> {
            double value = random.nextGaussian() * 3;
            boolean coarse = i / width % 2 == 0;
            return !coarse ? value : random.nextInt(20) > 0 ? Math.rint(value) : i % width > 0 ? -1 / 0.0 : -0.0;
        });
        return new Case(new ChooseToken(), List.of(logits, how(rows, how)), Tolerance.EXACT);
    }

    private static Value how(int rows, IntFunction<TokenChoice> how) {
        ByteBuffer bytes = ByteBuffer.allocate(rows * ChooseToken.COLUMNS * 8).order(ByteOrder.nativeOrder());
        for (int row = 0; row < rows; row++) {
            for (long word : how.apply(row).row()) {
                bytes.putLong(word);
            }
        }
        return Value.ofBytes(TensorType.of(DType.INT64, rows, ChooseToken.COLUMNS), bytes.array());
    }

    /** A NaN, the same where it may not be chosen, infinities, nothing but minus infinities. */
    private Stream<Case> faults() {
        double low = Double.NEGATIVE_INFINITY;
        double[][] rows = {
            {1, 2, Double.NaN, 3},
            {1, 2, -Double.NaN, 3},
            {Double.NaN, 2, 1, 3},
            {1, 2, 3, Double.NaN},
            {1, low, 2, Double.POSITIVE_INFINITY},
            {low, low, low, low},
            {low, low, -30, low},
            {-0.0, 0, -0.0, 0}
        };
        Value logits = Value.generate(TensorType.of(dtype, rows.length, 4), i -> rows[i / 4][i % 4]);
        return Stream.of(
                        new TokenChoice(0, 0, 1, 3, 1, 2),
                        new TokenChoice(1, 0, 1, 3, 1, 2),
                        new TokenChoice(1, 2, 0.5, 0, 7, 2))
                .map(choice ->
                        new Case(new ChooseToken(), List.of(logits, how(rows.length, row -> choice)), Tolerance.EXACT));
    }

    /**
     * Two logits, with P where the first has just enough weight or just not: the result tells the last bit of the second
     * one's weight, and so of exp.
     */
    private Stream<Case> edges() {
        int rows = 600;
        Value logits = Value.generate(TensorType.of(dtype, rows, 2), i -> i % 2 == 0 ? 0 : -1.2 * random.nextDouble());
        double one = 1L << ChooseToken.unit(2);
        return Stream.of(new Case(
                new ChooseToken(),
                List.of(logits, how(rows, row -> {
                    double temperature = 1 + random.nextDouble();
                    double weight = StrictMath.exp((logits.at(2 * row + 1) - logits.at(2 * row)) / temperature);
                    double share = one / (one + Math.rint(weight * one));
                    double near = List.of(Math.nextDown(share), share, Math.nextUp(share))
                            .get(random.nextInt(3));
                    return new TokenChoice(temperature, 0, near, 0, 3, late(random.nextInt(1 << 20)));
                })),
                Tolerance.EXACT));
    }

    /** The first index from this one on whose random number takes the last of two tokens, if both count. */
    private static long late(long from) {
        int[] words = new int[4];
        long index = from - 1;
        do {
            index++;
            Philox.block((int) index, 0, 0, 0, 3, 0, words);
        } while (Integer.compareUnsigned(words[0], 0xFE000000) < 0);
        return index;
    }
}
