/**
 * Data for the trainer: rows that can be read in any order, by any thread.
 *
 * <p>Reading order: {@link dev.javelin.data.Tokens} (a long sequence of token ids), {@link dev.javelin.data.ByteText}
 * (text files whose bytes are the tokens), {@link dev.javelin.data.BundledText} (the book that comes with Javelin),
 * {@link dev.javelin.data.TokenDataset} (rows of T tokens with the tokens that follow), {@link
 * dev.javelin.data.InMemoryDataset} (rows from arrays); then the packages {@code tokenize}, {@code arrow} and {@code
 * corpus}. Tables have a package of their own: {@code dev.javelin.data.table}.
 *
 * <pre>{@code
 * try (ByteText text = ByteText.open(Path.of("books"))) {
 *     TokenDataset.Split data = TokenDataset.split(text, 128, 0.1);
 *     trainer.fit(module, data.train(), data.validation());
 * }
 * }</pre>
 *
 * <p>Files are mapped, never read whole. Who opens a text closes it, after the last dataset over it was used. All types
 * are immutable.
 */
@NullMarked
package dev.javelin.data;

import org.jspecify.annotations.NullMarked;
