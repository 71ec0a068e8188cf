package dev.javelin.data.tokenize;

/** Turns tokens that arrive one by one into text. A token may be a part of a character only. For one thread. */
public interface TextStream {

    /**
     * The text that is complete with this token, sometimes none.
     *
     * @throws IllegalArgumentException if the vocabulary has no such token
     */
    String add(int token);

    /** What is left at the end: U+FFFD for an incomplete character. */
    String end();
}
