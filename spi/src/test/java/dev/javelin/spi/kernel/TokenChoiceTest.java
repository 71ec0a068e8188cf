package dev.javelin.spi.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.Philox;
import dev.javelin.api.operation.ChooseToken;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The host's choice is what the operation's rules say, followed one by one in numbers of any size. */
class TokenChoiceTest {
    private static final long SEED = 20261128;

    /** The rules of {@link ChooseToken}, with lists and exact numbers. */
    private static int byTheRules(TokenChoice how, double[] row) {
        int count = how.choices() == 0 ? row.length : (int) Math.min(how.choices(), row.length);
        List<Integer> order = IntStream.range(0, count)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> row[i] == 0 ? 0 : -row[i])
                        .thenComparing(i -> i))
                .toList();
        double largest = row[order.getFirst()];
        if (IntStream.range(0, count).anyMatch(i -> Double.isNaN(row[i])) || !Double.isFinite(largest)) {
            return ChooseToken.NONE;
        }
        if (how.temperature() == 0) {
            return order.getFirst();
        }
        List<Integer> kept = new ArrayList<>(order);
        if (how.topK() > 0 && how.topK() < count) {
            double edge = row[order.get((int) how.topK() - 1)];
            kept.removeIf(i -> row[i] < edge);
        }
        BigInteger[] weights = new BigInteger[count];
        BigInteger sum = BigInteger.ZERO;
        for (int i : kept) {
            double weight = StrictMath.exp((row[i] - largest) / how.temperature());
            weights[i] = new BigDecimal(weight)
                    .multiply(BigDecimal.TWO.pow(ChooseToken.unit(row.length)))
                    .setScale(0, RoundingMode.HALF_EVEN)
                    .toBigIntegerExact();
            sum = sum.add(weights[i]);
        }
        if (how.topP() < 1) {
            BigInteger needed = new BigDecimal(how.topP() * sum.doubleValue())
                    .setScale(0, RoundingMode.CEILING)
                    .toBigIntegerExact()
                    .min(sum);
            List<Integer> likely = new ArrayList<>();
            sum = BigInteger.ZERO;
            for (int i : kept) {
                if (sum.compareTo(needed) < 0) {
                    sum = sum.add(weights[i]);
                    likely.add(i);
                }
            }
            kept = likely;
        }
        int[] words = new int[4];
        Philox.block(
                (int) how.index(),
                (int) (how.index() >>> 32),
                0,
                0,
                (int) how.seed(),
                (int) (how.seed() >>> 32),
                words);
        BigInteger random = BigInteger.valueOf((words[0] & 0xFFFFFFFFL) << 21 | (words[1] & 0xFFFFFFFFL) >>> 11);
        BigInteger target = random.multiply(sum).shiftRight(53);
        BigInteger passed = BigInteger.ZERO;
        for (int i : kept.stream().sorted().toList()) {
            passed = passed.add(weights[i]);
            if (passed.compareTo(target) > 0) {
                return i;
            }
        }
        throw new AssertionError("the weights add up to " + passed + ", target " + target);
    }

    private static double[] logits(Random random, int width) {
        double[] values = new double[width];
        boolean coarse = random.nextBoolean(); // many equal ones
        double spread = random.nextInt(1, 9);
        for (int i = 0; i < width; i++) {
            double value = random.nextGaussian() * spread;
            values[i] = coarse ? Math.rint(value) : (float) value;
            if (random.nextInt(50) == 0) {
                values[i] = random.nextBoolean() ? Double.NEGATIVE_INFINITY : -0.0;
            }
        }
        values[0] = 0;
        return values;
    }

    private static TokenChoice how(Random random, int width) {
        double temperature = List.of(0.0, 0.3, 1.0, 1.7, 1e-12).get(random.nextInt(5));
        int topK = random.nextInt(3) == 0 ? 0 : random.nextInt(1, width + 2);
        double topP = random.nextInt(3) == 0 ? 1 : 1 - random.nextDouble();
        int choices = random.nextInt(3) == 0 ? random.nextInt(1, width + 2) : 0;
        return new TokenChoice(temperature, topK, topP, choices, random.nextLong(), random.nextInt(1000));
    }

    @Test
    void theTokenIsThatOfTheRules() {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            int width = random.nextInt(1, 70);
            double[] row = logits(random, width);
            TokenChoice how = how(random, width);
            int token = how.choose(row);
            assertEquals(byTheRules(how, row), token, () -> how + " of " + java.util.Arrays.toString(row));
            assertTrue(how.choices() == 0 || token < how.choices());
        }
    }

    @Test
    void ofEqualLogitsTopKKeepsAllAtTheEdgeAndTopPTheFirst() {
        double[] row = {1, 3, 2, 2, 2, 0};
        int[] topK = new int[row.length];
        int[] topP = new int[row.length];
        for (int i = 0; i < 1000; i++) {
            topK[new TokenChoice(1, 2, 1, 0, 5, i).choose(row)]++;
            topP[new TokenChoice(1000, 0, 0.5, 0, 5, i).choose(row)]++; // weights next to equal: three of six
        }
        assertEquals(0, topK[0] + topK[5]);
        assertTrue(IntStream.rangeClosed(1, 4).allMatch(i -> topK[i] > 0));
        assertEquals(0, topP[0] + topP[4] + topP[5]);
        assertTrue(IntStream.rangeClosed(1, 3).allMatch(i -> topP[i] > 0));
    }

    @Test
    void noTokenIsChosenWhereThereIsNoNumber() {
        TokenChoice how = new TokenChoice(1, 0, 1, 2, 3, 4);
        assertEquals(ChooseToken.NONE, how.choose(new double[] {1, Double.NaN, 3}));
        assertTrue(how.choose(new double[] {1, 2, Double.NaN}) >= 0, "the third one may not be chosen");
        assertEquals(ChooseToken.NONE, how.choose(new double[] {1, Double.POSITIVE_INFINITY}));
        double nothing = Double.NEGATIVE_INFINITY;
        assertEquals(ChooseToken.NONE, how.choose(new double[] {nothing, nothing}));
        assertEquals(1, how.choose(new double[] {nothing, -1000}));
    }

    @Test
    void theRowOfTheOperationsInputHoldsItAll() {
        TokenChoice how = new TokenChoice(0.7, 40, 0.9, 50257, -5, 1L << 40);
        assertEquals(how, TokenChoice.of(how.row()));
        assertEquals(ChooseToken.COLUMNS, how.row().length);
        assertArrayEquals(new long[] {61, 60, 46, 44}, new long[] {
            ChooseToken.unit(1), ChooseToken.unit(2), ChooseToken.unit(50257), ChooseToken.unit(1 << 17)
        });
    }
}
