package dev.javelin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenDatasetTest {

    /** Bytes 0, 1, 2, …: token i is i modulo 256. */
    private static ByteText counting(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) i;
        }
        return ByteText.of("counting", bytes);
    }

    private static int[] row(Dataset data, long row, String field) {
        Dataset.Field found = data.fields().stream()
                .filter(f -> f.name().equals(field))
                .findFirst()
                .orElseThrow();
        int[] values = new int[(int) found.row().elements()];
        data.read(row, found, MemorySegment.ofArray(values));
        return values;
    }

    @Test
    void rowsFollowEachOtherAndTargetsAreTheTokensMovedOnByOne() {
        try (ByteText text = counting(13)) {
            TokenDataset data = new TokenDataset(text, 4);
            assertEquals(3, data.rows());
            assertArrayEquals(new int[] {4, 5, 6, 7}, row(data, 1, "tokens"));
            assertArrayEquals(new int[] {5, 6, 7, 8}, row(data, 1, "targets"));
            assertArrayEquals(new int[] {9, 10, 11, 12}, row(data, 2, "targets"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 8, 9, 10, 100, 101})
    void everyTokenWithASuccessorInItsRowIsUsedOnceAndNoneIsReadBeyondTheEnd(int count) {
        try (ByteText text = counting(count)) {
            TokenDataset data = new TokenDataset(text, 4);
            assertEquals((count - 1) / 4, data.rows());
            int[] last = row(data, data.rows() - 1, "targets");
            assertEquals(data.rows() * 4, last[3]);
            assertThrows(IndexOutOfBoundsException.class, () -> row(data, data.rows(), "tokens"));
        }
    }

    @Test
    void rowsCanBeReadToAnyAlignment() {
        try (ByteText text = counting(13)) {
            TokenDataset data = new TokenDataset(text, 4);
            byte[] bytes = new byte[17];
            data.read(1, data.fields().getFirst(), MemorySegment.ofArray(bytes).asSlice(1));
            assertArrayEquals(
                    new int[] {4, 5, 6, 7},
                    MemorySegment.ofArray(bytes).asSlice(1).toArray(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED));
        }
    }

    @Test
    void fieldsAreIntegersOfOneBlockAndPaddedTargetsAreIgnored() {
        try (ByteText text = counting(13)) {
            TensorType type = TensorType.of(DType.INT32, 4);
            assertEquals(
                    java.util.List.of(new Dataset.Field("tokens", type, 0), new Dataset.Field("targets", type, -1)),
                    new TokenDataset(text, 4).fields());
        }
    }

    @Test
    void theLastShareIsHeldBackAndSharesNoTokenWithTraining() {
        try (ByteText text = counting(100)) {
            TokenDataset.Split split = TokenDataset.split(text, 4, 0.2);
            assertEquals((80 - 1) / 4, split.train().rows());
            assertEquals((20 - 1) / 4, split.validation().rows());
            assertArrayEquals(new int[] {80, 81, 82, 83}, row(split.validation(), 0, "tokens"));
            assertTrue(row(split.train(), split.train().rows() - 1, "targets")[3] < 80);
        }
    }

    @Test
    void aShareOf0HoldsNothingBack() {
        try (ByteText text = counting(101)) {
            TokenDataset.Split split = TokenDataset.split(text, 4, 0);
            assertEquals(25, split.train().rows());
            assertNull(split.validation());
        }
    }

    @Test
    void dataShorterThanABlockIsRefusedWithBothLengths() {
        try (ByteText text = counting(4)) {
            JavelinException error = assertThrows(JavelinException.class, () -> new TokenDataset(text, 4));
            assertEquals("JVL-DAT-0004", error.code());
            assertTrue(error.getMessage().contains("has 4 tokens, one row needs 5"), error.getMessage());
        }
    }

    @Test
    void aPartTooShortForARowIsRefusedByName() {
        try (ByteText text = counting(100)) {
            JavelinException validation = assertThrows(JavelinException.class, () -> TokenDataset.split(text, 32, 0.1));
            assertTrue(validation.getMessage().contains("validation data (a share of 0.1)"), validation.getMessage());
            JavelinException training = assertThrows(JavelinException.class, () -> TokenDataset.split(text, 32, 0.9));
            assertTrue(training.getMessage().contains("training data"), training.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, 1.5, Double.NaN})
    void aShareOutsideItsRangeIsRefused(double share) {
        try (ByteText text = counting(100)) {
            assertEquals(
                    "JVL-DAT-0005",
                    assertThrows(JavelinException.class, () -> TokenDataset.split(text, 4, share))
                            .code());
        }
    }

    @Test
    void aBlockOf0IsRefused() {
        try (ByteText text = counting(100)) {
            assertEquals(
                    "JVL-DAT-0006",
                    assertThrows(JavelinException.class, () -> new TokenDataset(text, 0))
                            .code());
        }
    }

    @Test
    void aModelThatDoesNotKnowAllTokensIsRefused() {
        try (ByteText text = counting(100)) {
            TokenDataset data = new TokenDataset(text, 4);
            assertEquals(data, data.requireVocabulary(256));
            JavelinException error = assertThrows(JavelinException.class, () -> data.requireVocabulary(65));
            assertEquals("JVL-DAT-0007", error.code());
            assertTrue(error.getMessage().contains("Set model.vocab to 256"), error.getMessage());
        }
    }
}
