package dev.javelin.engine.train;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.TensorType;
import dev.javelin.engine.run.Numbers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongBinaryOperator;

/** Rows computed on the fly; remembers which were read. */
final class Rows implements Dataset {
    private final long rows;
    private final long block;
    private final LongBinaryOperator token;
    final List<Long> read = new ArrayList<>();

    /**
     * @param token (row, position) → token id
     */
    Rows(long rows, long block, LongBinaryOperator token) {
        this.rows = rows;
        this.block = block;
        this.token = token;
    }

    /** Token sequences with something to learn in them. */
    static Rows sequences(long rows) {
        return new Rows(rows, 6, (row, position) -> (row * 7 + position * 3) % 11);
    }

    @Override
    public List<Field> fields() {
        TensorType row = TensorType.of(DType.INT32, block);
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
        for (long i = 0; i < block; i++) {
            Numbers.set(destination, DType.INT32, i, token.applyAsLong(row, targets ? i + 1 : i));
        }
    }
}
