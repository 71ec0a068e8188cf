package dev.javelin.cli.ranks;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Token sequences with something to learn in them; remembers which rows were read, by whatever rank. */
final class Counting implements Dataset {
    private static final int BLOCK = 6;
    private static final int VOCAB = 11;

    private final long rows;
    final List<Long> read = Collections.synchronizedList(new ArrayList<>());

    Counting(long rows) {
        this.rows = rows;
    }

    @Override
    public List<Field> fields() {
        TensorType row = TensorType.of(DType.INT32, BLOCK);
        return List.of(new Field("tokens", row, 0), new Field("targets", row, -1));
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public void read(long row, Field field, MemorySegment destination) {
        boolean targets = field.name().equals("targets");
        if (!targets) {
            read.add(row);
        }
        for (int i = 0; i < BLOCK; i++) {
            long token = (row * 7 + (targets ? i + 1 : i) * 3L) % VOCAB;
            destination.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i, (int) token);
        }
    }
}
