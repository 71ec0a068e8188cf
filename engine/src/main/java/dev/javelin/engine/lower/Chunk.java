package dev.javelin.engine.lower;

import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.program.Slot;
import java.util.List;

/**
 * Parameters of one unit and one optimizer group, one after the other in a flat buffer; gaps between them and padding
 * behind them hold zeros.
 *
 * @param name unit and group, for example {@code h.0/matrices}
 * @param trainable whether it has gradients and is updated
 * @param type of the parameters, flat, gaps and padding included
 * @param precision the types of what belongs to them
 */
public record Chunk(
        String name,
        String unit,
        ParameterGroup group,
        boolean trainable,
        TensorType type,
        PrecisionPlan precision,
        List<Member> members) {
    public Chunk {
        members = List.copyOf(members);
    }

    /**
     * @param offset of the parameter's first element in the chunk
     */
    public record Member(String path, long offset, Shape shape) {
        public long end() {
            return offset + shape.elements();
        }
    }

    /** The parameters themselves. */
    public Slot values() {
        return new Slot(Slot.Kind.CHUNK, name, type);
    }

    /** The parameters as products read them, where that is another type. */
    public Slot weights() {
        return new Slot(Slot.Kind.WEIGHTS, name, type.withDType(precision.compute()));
    }

    /** Their accumulated gradients. */
    public Slot gradients() {
        return new Slot(Slot.Kind.GRADIENT, name, type.withDType(precision.gradAccum()));
    }

    /** The running average of the parameters: small steps need more than 16 bits. */
    public Slot average() {
        return new Slot(
                Slot.Kind.AVERAGE, name, type.withDType(precision.master().wide()));
    }

    /** One of the optimizer's slots. */
    public Slot optimizer(String slot) {
        return new Slot(Slot.Kind.OPTIMIZER, name + "#" + slot, type.withDType(precision.slots()));
    }

    /** Elements that belong to parameters. */
    public long elements() {
        return members.stream().mapToLong(m -> m.shape().elements()).sum();
    }
}
