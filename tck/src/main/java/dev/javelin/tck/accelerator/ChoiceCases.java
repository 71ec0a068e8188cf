package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.spi.kernel.TokenChoice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;

/** Inputs for the choice of tokens. */
final class ChoiceCases {
    private ChoiceCases() {}

    /** B, V. Logits in the first half of the rows are whole numbers, so that many are equal. */
    static void choices(Cases c) {
        Random random = c.random();
        for (long[] e : c.shapes(
                new long[] {60, 31},
                new long[] {40, 2},
                new long[] {8, 1000},
                new long[] {3, 1},
                new long[] {0, 7},
                new long[] {80, 65},
                new long[] {4, 50257},
                new long[] {2, 131072})) {
            long rows = e[0];
            long width = e[1];
            Value logits = Value.generate(c.type(rows, width), i -> {
                double value = random.nextGaussian() * 3;
                return i / width < rows / 2 ? Math.rint(value) : value;
            });
            TokenChoice[] how = new TokenChoice[(int) rows];
            for (int row = 0; row < rows; row++) {
                how[row] = any(random, (int) width);
            }
            c.add(Tolerance.EXACT, new ChooseToken(), logits, rows(how));
        }
        faults(c);
    }

    private static TokenChoice any(Random random, int width) {
        double temperature = List.of(0.0, 0.3, 1.0, 1.7, 40.0).get(random.nextInt(5));
        int topK = random.nextInt(3) == 0 ? 0 : random.nextInt(1, width + 2);
        double topP = random.nextInt(3) == 0 ? 1 : 1 - random.nextDouble();
        int choices = random.nextInt(4) == 0 ? random.nextInt(1, width + 2) : 0;
        return new TokenChoice(temperature, topK, topP, choices, random.nextLong(), random.nextLong());
    }

    /** Rows without a token, and one where what is not a number may not be chosen. */
    private static void faults(Cases c) {
        double low = Double.NEGATIVE_INFINITY;
        double nan = Double.NaN;
        Value logits = Value.of(c.type(4, 3), 1, nan, 2, 1, 2, nan, low, low, 3, low, -low, 1);
        c.add(
                Tolerance.EXACT,
                new ChooseToken(),
                logits,
                rows(
                        new TokenChoice(1, 0, 1, 0, 1, 2),
                        new TokenChoice(1, 0, 1, 2, 1, 2),
                        new TokenChoice(0, 0, 1, 2, 1, 2),
                        new TokenChoice(1, 2, 0.5, 0, 1, 2)));
    }

    /** The second input. */
    static Value rows(TokenChoice... how) {
        ByteBuffer bytes = ByteBuffer.allocate(how.length * ChooseToken.COLUMNS * Long.BYTES)
                .order(ByteOrder.nativeOrder());
        for (TokenChoice choice : how) {
            for (long word : choice.row()) {
                bytes.putLong(word);
            }
        }
        return new Value(TensorType.of(DType.INT64, how.length, ChooseToken.COLUMNS), bytes.array());
    }
}
