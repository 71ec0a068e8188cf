package dev.javelin.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.operation.Reshape;
import org.junit.jupiter.api.Test;

class ShapeTest {
    private static String code(Runnable action) {
        return assertThrows(JavelinException.class, action::run).code();
    }

    @Test
    void aScalarHasNoDimsAndOneElement() {
        assertEquals(0, Shape.scalar().rank());
        assertEquals(1, Shape.scalar().elements());
        assertEquals(Shape.scalar(), Shape.of());
    }

    @Test
    void negativeIndicesCountFromTheEnd() {
        Shape shape = Shape.of(2, 3, 5);
        assertEquals(5, shape.dim(-1));
        assertEquals(2, shape.dim(-3));
        assertEquals("JVL-API-0003", code(() -> shape.dim(3)));
        assertEquals("JVL-API-0003", code(() -> shape.dim(-4)));
    }

    @Test
    void extentsOfZeroAreAllowedAndNegativeOnesAreNot() {
        assertEquals(0, Shape.of(4, 0, 7).elements());
        assertEquals("JVL-API-0002", code(() -> Shape.of(3, -1)));
    }

    @Test
    void aNumberOfElementsBeyondALongIsAnErrorAndNotAWrongNumber() {
        assertThrows(
                ArithmeticException.class, () -> Shape.of(1L << 40, 1L << 40).elements());
    }

    @Test
    void stridesAreRowMajor() {
        assertArrayEquals(new long[] {15, 5, 1}, Shape.of(2, 3, 5).strides());
    }

    @Test
    void dimsAreReplacedRemovedAndInserted() {
        Shape shape = Shape.of(2, 3, 5);
        assertEquals(Shape.of(2, 9, 5), shape.with(1, 9));
        assertEquals(Shape.of(2, 3), shape.without(-1));
        assertEquals(Shape.of(7, 2, 3, 5), shape.insert(0, 7));
        assertEquals(Shape.of(2, 3, 5, 1), shape.insert(3, 1));
        assertEquals(Shape.of(2, 3, 5), shape, "the shape itself stays");
    }

    @Test
    void broadcastingStretchesOnesAndMissingDims() {
        assertEquals(Shape.of(4, 2, 3), Shape.broadcast(Shape.of(4, 1, 3), Shape.of(2, 1)));
        assertEquals(Shape.of(2, 3), Shape.broadcast(Shape.scalar(), Shape.of(2, 3)));
        assertEquals(Shape.of(2, 0), Shape.broadcast(Shape.of(2, 1), Shape.of(1, 0)));
        JavelinException error =
                assertThrows(JavelinException.class, () -> Shape.broadcast(Shape.of(2, 3), Shape.of(2, 4)));
        assertEquals("JVL-API-0004", error.code());
        assertTrue(error.getMessage().contains("3 against 4"), error.getMessage());
    }

    @Test
    void oneExtentOfAReshapeMayBeLeftOpen() {
        assertEquals(Shape.of(6, 5), Reshape.resolve(Shape.of(2, 3, 5), -1, 5));
        assertEquals(Shape.of(30), Reshape.resolve(Shape.of(2, 3, 5), -1));
        assertEquals("JVL-API-0011", code(() -> Reshape.resolve(Shape.of(2, 3), -1, 4)));
    }

    @Test
    void equalShapesAreEqual() {
        assertEquals(Shape.of(2, 3).hashCode(), Shape.of(2, 3).hashCode());
        assertNotEquals(Shape.of(2, 3), Shape.of(3, 2));
        assertEquals("[2, 3]", Shape.of(2, 3).toString());
        assertEquals("F32[2, 3]", TensorType.of(DType.FLOAT32, 2, 3).toString());
    }
}
