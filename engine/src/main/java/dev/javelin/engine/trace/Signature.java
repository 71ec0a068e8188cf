package dev.javelin.engine.trace;

import dev.javelin.api.Dataset;
import dev.javelin.api.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The form of a batch: for which a program is written.
 *
 * @param rows of one micro-batch
 * @param fields by name, with the batch dim in front
 */
public record Signature(long rows, SequencedMap<String, TensorType> fields) {

    /** Batches of so many rows of these fields. */
    public static Signature of(long rows, List<Dataset.Field> fields) {
        SequencedMap<String, TensorType> types = new LinkedHashMap<>();
        for (Dataset.Field field : fields) {
            types.put(field.name(), field.row().withShape(field.row().shape().insert(0, rows)));
        }
        return new Signature(rows, types);
    }
}
