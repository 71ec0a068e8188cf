package dev.javelin.engine;

import dev.javelin.engine.lower.Chunk;
import dev.javelin.engine.program.Slot;

/** Which of a model's weights are meant, where a running average of them is kept. */
public enum Weights {
    /** As the last update left them. */
    LAST,
    /** Their average; frozen parameters are their own. */
    AVERAGE;

    /** The slot of a chunk that a program reads its parameters from. */
    public Slot of(Chunk chunk) {
        return this == AVERAGE && chunk.trainable() ? chunk.average() : chunk.values();
    }
}
