package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DropoutTest {

    /** The known-answer tests of Random123 1.14, file kat_vectors, philox4x32 10. */
    @Test
    void philoxGivesTheKnownAnswers() {
        assertPhilox(new Dropout.Words(0, 0, 0, 0, 0), 0L, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertPhilox(new Dropout.Words(-1, -1, 0, -1, -1), -1L, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertPhilox(
                new Dropout.Words(0xa4093822, 0x299f31d0, 0, 0x13198a2e, 0x03707344),
                0x85a308d3243f6a88L,
                0xd16cfe09,
                0x94fdcceb,
                0x5001e420,
                0x24126ea1);
    }

    private static void assertPhilox(Dropout.Words words, long block, int... expected) {
        for (int i = 0; i < 4; i++) {
            assertEquals(expected[i], Philox.word(words, block, i), "word " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,0", "1000,0", "1000,1", "777,32766", "70000,123456789012", "5,3", "100,-0"})
    void keepsByThePhiloxWordOfEachElement(int n, long first) {
        Random random = new Random(n);
        Dropout.Words words = new Dropout.Words(12345, -678, -77, 9, -10);
        float p = 0.3f;
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long x = pad.random(random, n);
            long y = pad.empty(n);
            Dropout.run(workers, n, p, words, first, x, y);
            for (int i = 0; i < n; i++) {
                long e = first + i;
                double uniform = (Philox.word(words, e >>> 2, (int) (e & 3)) >>> 8) * 0x1p-24;
                float expected = uniform >= p ? Raw.getFloat(x + 4L * i) * (float) (1 / (1 - (double) p)) : 0f;
                assertEquals(expected, Raw.getFloat(y + 4L * i), "element " + i);
            }
        }
    }

    @Test
    void aShardGetsItsPartOfTheMask() {
        Dropout.Words words = new Dropout.Words(1, 2, 5, 3, 4);
        float[] ones = new float[10_000];
        java.util.Arrays.fill(ones, 1f);
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long x = pad.of(ones);
            long whole = pad.empty(ones.length);
            long parts = pad.empty(ones.length);
            Dropout.run(workers, ones.length, 0.5f, words, 0, x, whole);
            Dropout.run(workers, 3333, 0.5f, words, 0, x, parts);
            Dropout.run(workers, ones.length - 3333, 0.5f, words, 3333, x, parts + 4 * 3333);
            Close.same(Scratchpad.floats(whole, ones.length), parts, "mask");
        }
    }

    @Test
    void dropsAboutTheFractionAndNothingAtZero() {
        int n = 100_000;
        float[] ones = new float[n];
        java.util.Arrays.fill(ones, 1f);
        try (Workers workers = new Workers(1);
                Scratchpad pad = new Scratchpad()) {
            long x = pad.of(ones);
            long y = pad.empty(n);
            Dropout.run(workers, n, 0.2f, new Dropout.Words(7, 0, 0, 0, 0), 0, x, y);
            int dropped = 0;
            for (int i = 0; i < n; i++) {
                dropped += Raw.getFloat(y + 4L * i) == 0 ? 1 : 0;
            }
            assertEquals(0.2, dropped / (double) n, 0.005);
            Dropout.run(workers, n, 0f, new Dropout.Words(7, 0, 0, 0, 0), 0, x, y);
            Close.same(ones, y, "p = 0");
        }
    }
}
