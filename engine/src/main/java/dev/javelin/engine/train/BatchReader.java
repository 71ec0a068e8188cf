package dev.javelin.engine.train;

import dev.javelin.api.Dataset;
import dev.javelin.engine.Share;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Numbers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongUnaryOperator;

/**
 * Reads rows into micro-batches of host memory, allocated once, in buffers that take turns: what {@link #read} returns is
 * valid until it has been called as often again as there are buffers.
 */
final class BatchReader {
    private final Dataset data;
    private final long rows;
    private final long padded;
    private final Dealt dealt;
    private final int microBatches;
    private final List<Map<String, MemorySegment>> buffers = new ArrayList<>();
    private int turn;

    /**
     * @param rows of one micro-batch, over all ranks
     * @param microBatches of one step
     * @param turns how many buffers there are: 2 if the next step is read while one goes on
     * @param dealt whose share is read
     */
    BatchReader(Dataset data, long rows, int microBatches, int turns, Dealt dealt, Arena arena) {
        this.data = data;
        this.rows = rows;
        this.dealt = dealt;
        padded = dealt.most(rows);
        this.microBatches = microBatches;
        for (int i = 0; i < turns * microBatches; i++) {
            Map<String, MemorySegment> fields = new LinkedHashMap<>();
            for (Dataset.Field field : data.fields()) {
                long bytes = Math.multiplyExact(padded, field.row().bytes());
                fields.put(field.name(), arena.allocate(Math.max(1, bytes), 64).asSlice(0, bytes));
            }
            buffers.add(fields);
        }
    }

    /**
     * This rank's share of the micro-batches of a step.
     *
     * @param row the row of sample i of the step
     * @param samples number of samples; what is missing to full shares is padded
     */
    List<HostBatch> read(LongUnaryOperator row, long samples) {
        List<HostBatch> batches = new ArrayList<>();
        int base = turn;
        turn = (turn + microBatches) % buffers.size();
        for (int micro = 0; micro < microBatches; micro++) {
            Map<String, MemorySegment> fields = buffers.get(base + micro);
            long start = micro * rows;
            Share share = dealt.share(Math.clamp(samples - start, 0, rows));
            long first = start + share.first();
            long filled = share.rows();
            for (Dataset.Field field : data.fields()) {
                MemorySegment target = Objects.requireNonNull(fields.get(field.name()));
                fill(field, row, first, filled, target);
            }
            batches.add(new HostBatch(fields, filled, first));
        }
        return batches;
    }

    private void fill(Dataset.Field field, LongUnaryOperator row, long first, long filled, MemorySegment target) {
        long bytes = field.row().bytes();
        for (long i = 0; i < filled; i++) {
            data.read(row.applyAsLong(first + i), field, target.asSlice(i * bytes, bytes));
        }
        long elements = field.row().elements();
        for (long i = filled * elements; i < padded * elements; i++) {
            Numbers.set(target, field.row().dtype(), i, field.padding());
        }
    }
}
