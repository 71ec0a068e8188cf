/**
 * Tokenizers: text to token ids and back.
 *
 * <p>Reading order: {@link dev.javelin.data.tokenize.Tokenizer}, {@link dev.javelin.data.tokenize.TokenizerIdentity}
 * (what corpora and checkpoints remember), {@link dev.javelin.data.tokenize.Tokenizers} (opens them by name), then the
 * four kinds: {@link dev.javelin.data.tokenize.ByteTokenizer}, {@link dev.javelin.data.tokenize.Gpt2Tokenizer}, {@link
 * dev.javelin.data.tokenize.JsonTokenizer}, {@link dev.javelin.data.tokenize.IdTokenizer}; {@link
 * dev.javelin.data.tokenize.TokenizerFiles} exchanges them with Hugging Face's transformers.
 *
 * <pre>{@code
 * try (Tokenizer tokenizer = Tokenizers.open("gpt2")) {
 *     int[] tokens = tokenizer.encode("Call me Ishmael.");
 *     TextStream text = tokenizer.stream();
 *     for (int token : tokens) {
 *         System.out.print(text.add(token)); // a token may be a part of a character
 *     }
 *     System.out.println(text.end());
 * }
 * }</pre>
 *
 * <p>Nothing is downloaded, and nobody is told: the table of GPT-2 and the native library come in jars, the latter is
 * unpacked to a temporary file that is deleted once it is loaded. Tokenizers may be used by several threads at once.
 */
@NullMarked
package dev.javelin.data.tokenize;

import org.jspecify.annotations.NullMarked;
