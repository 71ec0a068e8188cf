package dev.javelin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class InMemoryDatasetTest {
    private static final InMemoryDataset DATA = InMemoryDataset.of(3)
            .withFloats("features", new float[] {1, 2, 3, 4, 5, 6}, 2)
            .withDoubles("weight", new double[] {0.5, 0.25, 0.125})
            .withLabels("label", new int[] {7, 8, 9});

    @Test
    void eachRowGivesItsPartOfEveryArray() {
        List<Dataset.Field> fields = DATA.fields();
        float[] features = new float[2];
        DATA.read(1, fields.get(0), MemorySegment.ofArray(features));
        double[] weight = new double[1];
        DATA.read(2, fields.get(1), MemorySegment.ofArray(weight));
        int[] label = new int[1];
        DATA.read(0, fields.get(2), MemorySegment.ofArray(label));
        assertArrayEquals(new float[] {3, 4}, features);
        assertArrayEquals(new double[] {0.125}, weight);
        assertArrayEquals(new int[] {7}, label);
        assertEquals(3, DATA.rows());
    }

    @Test
    void paddingLabelsAreIgnoredByLosses() {
        assertEquals(-1, DATA.fields().get(2).padding());
        assertEquals(0, DATA.fields().get(0).padding());
    }

    @Test
    void addingAFieldLeavesTheOtherDatasetAsItWas() {
        DATA.withInts("more", new int[6], 0, 2);
        assertEquals(3, DATA.fields().size());
    }

    @Test
    void anArrayOfTheWrongLengthIsRefusedWithBothLengths() {
        JavelinException error = assertThrows(JavelinException.class, () -> DATA.withFloats("short", new float[5], 2));
        assertEquals("JVL-DAT-0008", error.code());
        assertTrue(error.getMessage().contains("has 5 values, expected 6 (3 rows of F32[2])"), error.getMessage());
    }

    @Test
    void aFieldNamedTwiceIsRefused() {
        JavelinException error = assertThrows(JavelinException.class, () -> DATA.withLabels("label", new int[3]));
        assertEquals("JVL-DAT-0009", error.code());
    }

    @Test
    void noRowsAreRefused() {
        assertEquals(
                "JVL-DAT-0003",
                assertThrows(JavelinException.class, () -> InMemoryDataset.of(0))
                        .code());
    }

    @Test
    void rowsOutsideTheDataAreRefused() {
        MemorySegment any = MemorySegment.ofArray(new int[1]);
        Dataset.Field label = DATA.fields().get(2);
        assertThrows(IndexOutOfBoundsException.class, () -> DATA.read(3, label, any));
        assertThrows(IndexOutOfBoundsException.class, () -> DATA.read(-1, label, any));
    }
}
