package dev.javelin.spi.kernel;

import dev.javelin.api.operation.Rotary;

/**
 * The extents of a rotation: rows of heads, and a table whose rows serve them in turn.
 *
 * @param rows of x
 * @param tableRows positions of the table; row r of x takes table row r mod tableRows
 * @param turned heads that are rotated, from the first on
 * @param half D/2
 */
public record RotaryShape(long rows, long tableRows, int heads, int turned, long half) {

    /** The extents of a rotation of an instruction's inputs. */
    public static RotaryShape of(Instruction<Rotary> instruction) {
        Rotary operation = instruction.operation();
        long row = instruction.shape(0).dim(-1);
        long width = row / operation.heads();
        return new RotaryShape(
                row == 0 ? 0 : instruction.input(0).elements() / row,
                width == 0 ? 0 : instruction.input(1).elements() / width,
                operation.heads(),
                operation.turned(),
                width / 2);
    }

    /** Elements of a row of x. */
    public long row() {
        return 2 * half * heads;
    }
}
