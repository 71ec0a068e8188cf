package dev.javelin.engine.run;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.trace.StepTracer;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * One micro-batch in host memory. Its contents must stay as they are until the step is done that it was given to.
 *
 * @param fields by name, row-major, native byte order, with the batch dim in front, padding rows included
 * @param rows of data; the rows behind them are padding
 * @param firstSample global index of the first row within the step, for keys of random numbers
 */
public record HostBatch(Map<String, MemorySegment> fields, long rows, long firstSample) {
    public HostBatch {
        fields = Map.copyOf(fields);
    }

    /**
     * Writes what a program reads from a slot.
     *
     * @param program whose field it is
     * @throws JavelinException {@code JVL-DAT-0020} if the field is missing or has another size
     */
    void write(Slot slot, String program, MemorySegment target) {
        String name = StepTracer.field(slot, program);
        if (name.equals(StepTracer.ROW_WEIGHTS)) {
            DType dtype = slot.type().dtype();
            for (long i = 0; i < slot.type().elements(); i++) {
                Numbers.set(target, dtype, i, i < rows ? 1 : 0);
            }
        } else {
            target.copyFrom(field(name, slot));
        }
    }

    private MemorySegment field(String name, Slot slot) {
        MemorySegment source = fields.get(name);
        if (source == null || source.byteSize() != slot.type().bytes()) {
            throw new JavelinException(
                    "JVL-DAT-0020",
                    "field '" + name + "' of a batch "
                            + (source == null ? "is missing" : "has " + source.byteSize() + " bytes") + ", expected "
                            + slot.type() + " = " + slot.type().bytes() + " bytes",
                    "give batches of the form that was compiled");
        }
        return source;
    }
}
