package dev.javelin.engine.generate;

/**
 * What was written after one prompt.
 *
 * @param tokens without the prompt and without a stop token
 * @param slides how often the model forgot the text and read its last half again
 */
public record Generated(int[] tokens, Ending ending, int slides) {

    /** Why a text ended. */
    public enum Ending {
        /** It has as many tokens as were asked for. */
        COUNT,
        /** A stop token came. */
        STOP,
        /** The listener wanted no more. */
        LISTENER,
        /** The cache is full. */
        FULL
    }
}
