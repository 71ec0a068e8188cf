package dev.javelin.engine.run;

import dev.javelin.api.trainer.Communication;
import dev.javelin.engine.Sent;
import dev.javelin.engine.program.Instruction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What this rank's collectives have sent and how long they took, by unit and collective. Rows are written by the queue
 * that runs the collectives, and read when it stands still.
 */
final class Traffic {
    private final Map<String, Row> rows = new LinkedHashMap<>();
    private long exposedNanos;

    /** The row of a collective's unit and kind. */
    Row row(Instruction instruction) {
        String unit = Sent.unit(instruction);
        String name = instruction.operation().name();
        return rows.computeIfAbsent(unit + " " + name, key -> new Row(unit, name));
    }

    /** Adds time for which the compute queue stood still for collectives. */
    void expose(long nanos) {
        exposedNanos += nanos;
    }

    /** What has been counted since the last call. */
    Communication take() {
        List<Communication.Part> parts = new ArrayList<>();
        for (Row row : rows.values()) {
            if (row.calls > 0) {
                parts.add(new Communication.Part(row.unit, row.collective, row.calls, row.bytes, row.nanos / 1e9));
                row.clear();
            }
        }
        double exposed = exposedNanos / 1e9;
        exposedNanos = 0;
        return new Communication(parts, exposed);
    }

    /** One unit's collectives of one kind. */
    static final class Row {
        private final String unit;
        private final String collective;
        private long calls;
        private long bytes;
        private long nanos;
        private long bytesBefore;
        private long nanosBefore;

        Row(String unit, String collective) {
            this.unit = unit;
            this.collective = collective;
        }

        void begin(long sentBytes) {
            bytesBefore = sentBytes;
            nanosBefore = System.nanoTime();
        }

        void end(long sentBytes) {
            calls++;
            bytes += sentBytes - bytesBefore;
            nanos += System.nanoTime() - nanosBefore;
        }

        private void clear() {
            calls = 0;
            bytes = 0;
            nanos = 0;
        }
    }
}
