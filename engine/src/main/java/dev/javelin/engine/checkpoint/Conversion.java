package dev.javelin.engine.checkpoint;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.engine.run.Numbers;
import java.lang.foreign.MemorySegment;

/** Between floating element types, rounding to nearest even: a checkpoint restores at another precision. */
final class Conversion {

    private Conversion() {}

    /**
     * Refuses what cannot be converted.
     *
     * @throws JavelinException {@code JVL-CKP-0017}
     */
    static void require(DType from, DType to, String path) {
        if (from != to && !(from.floating() && to.floating())) {
            throw new JavelinException(
                    "JVL-CKP-0017",
                    "the checkpoint holds " + path + " as " + from.label() + ", which cannot become " + to.label(),
                    "only floating types convert into each other");
        }
    }

    static void convert(MemorySegment source, DType from, MemorySegment target, DType to, long elements) {
        Numbers.convert(source, from, target, to, elements);
    }
}
