package dev.javelin.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PhiloxTest {

    /** The known answers that Random123 publishes for philox4x32 with 10 rounds. */
    @Test
    void theKnownAnswersOfTheAuthorsAreMet() {
        assertBlock(0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertBlock(-1, -1, -1, -1, -1, -1, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertBlock(
                0x243f6a88,
                0x85a308d3,
                0x13198a2e,
                0x03707344,
                0xa4093822,
                0x299f31d0,
                0xd16cfe09,
                0x94fdcceb,
                0x5001e420,
                0x24126ea1);
    }

    private static void assertBlock(int c0, int c1, int c2, int c3, int k0, int k1, int... expected) {
        int[] words = new int[4];
        Philox.block(c0, c1, c2, c3, k0, k1, words);
        assertArrayEquals(expected, words);
    }

    @Test
    void hashesOfPathsDiffer() {
        Set<Long> hashes = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            hashes.add(Philox.hash("h." + i + ".attn_qkv.weight"));
        }
        assertEquals(10_000, hashes.size());
    }

    @Test
    void initialValuesDependOnSeedPathAndElementAlone() {
        Initializer normal = Initializer.normal(1);
        Initializer.Source source = new Initializer.Source(7, "h.0.weight");
        double late = normal.value(source, 123_456_789_012L);
        normal.value(source, 3);
        assertEquals(late, normal.value(new Initializer.Source(7, "h.0.weight"), 123_456_789_012L));
        assertNotEquals(late, normal.value(new Initializer.Source(8, "h.0.weight"), 123_456_789_012L));
        assertNotEquals(late, normal.value(new Initializer.Source(7, "h.1.weight"), 123_456_789_012L));
        assertNotEquals(late, normal.value(source, 123_456_789_013L));
    }

    @Test
    void normalAndUniformValuesHaveTheirMoments() {
        Initializer.Source source = new Initializer.Source(1, "weight");
        int count = 200_000;
        double sum = 0;
        double squares = 0;
        double least = 1;
        double most = 0;
        for (int i = 0; i < count; i++) {
            double normal = Initializer.normal(0.02).value(source, i);
            sum += normal;
            squares += normal * normal;
            double uniform = Initializer.uniform(0, 1).value(source, i);
            least = Math.min(least, uniform);
            most = Math.max(most, uniform);
        }
        assertEquals(0, sum / count, 0.02 * 4 / Math.sqrt(count));
        assertEquals(0.02, Math.sqrt(squares / count), 0.0002);
        assertTrue(least > 0 && least < 1e-4 && most < 1 && most > 1 - 1e-4, least + " to " + most);
    }
}
