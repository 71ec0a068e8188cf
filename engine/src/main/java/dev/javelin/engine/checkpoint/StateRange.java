package dev.javelin.engine.checkpoint;

import dev.javelin.api.TensorType;
import java.util.Objects;

/**
 * A range of the elements of one state of one parameter: all of them, or a shard.
 *
 * @param path of the parameter, for example {@code h.0.ln_1.weight}
 * @param kind of state: {@link #PARAM}, or the name of an optimizer slot, for example {@code m}
 * @param type of the whole parameter's state
 * @param element first element of the range, row-major in the whole
 * @param elements length of the range
 */
public record StateRange(String path, String kind, TensorType type, long element, long elements) {
    /** The kind of the parameters themselves. */
    public static final String PARAM = "param";

    public StateRange {
        Objects.checkFromIndexSize(element, elements, type.elements());
        if (!kind.matches("[a-zA-Z][a-zA-Z0-9_-]*")) {
            throw new IllegalArgumentException("kind of state '" + kind + "'");
        }
    }

    /** All elements. */
    public static StateRange whole(String path, String kind, TensorType type) {
        return new StateRange(path, kind, type, 0, type.elements());
    }

    boolean isWhole() {
        return elements == type.elements();
    }

    /** The tensor's name in its file: the path, for a shard with its first element. */
    String tensorName() {
        return isWhole() ? path : path + "@" + element;
    }

    /** The type of what is stored: a shard is flat. */
    TensorType storedType() {
        return isWhole() ? type : TensorType.of(type.dtype(), elements);
    }

    long bytes() {
        return elements * type.dtype().bytes();
    }
}
