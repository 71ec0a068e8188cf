package dev.javelin.api;

/**
 * A training module whose model continues sequences of tokens: what a generator needs of it. A new family of models is
 * generated from once its module implements this.
 */
public interface GenerativeModule extends TrainingModule {

    /** V, the number of token ids. */
    long vocabulary();

    /** The largest number of positions of a sequence. */
    long positions();

    /**
     * Writes the reading of T more tokens of each of B sequences. What the model keeps of the tokens before them, their
     * keys and values, is state of the program ({@link Graph#state}) with room for {@code capacity} positions; that of the
     * new tokens is added. A token sees itself and those of its sequence before it.
     *
     * @param tokens INT32 [B, T]
     * @param positions INT32 [B, T], of each token in its sequence, below {@code capacity}; −1 for padding, which leaves no
     *     trace
     * @param rows INT32 [R], the tokens whose successors are asked for: row b·T + t is token t of sequence b
     * @return logits [R, V] of the successors
     */
    Tensor nextLogits(Tensor tokens, Tensor positions, Tensor rows, long capacity);
}
