package dev.javelin.engine.run;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * One micro-batch in host memory.
 *
 * @param fields by name, row-major, native byte order, with the batch dim in front, padding rows included
 * @param rows of data; the rows behind them are padding
 * @param firstSample global index of the first row within the step, for keys of random numbers
 */
public record HostBatch(Map<String, MemorySegment> fields, long rows, long firstSample) {
    public HostBatch {
        fields = Map.copyOf(fields);
    }
}
