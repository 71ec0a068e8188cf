/**
 * Corpora: text that was tokenised once, and token ids that others wrote, as Arrow files.
 *
 * <p>Reading order: {@link dev.javelin.data.corpus.Corpus} (opens what is there), {@link
 * dev.javelin.data.corpus.Preparation} (makes one from text), {@code Encoding} (the pipeline), {@code TextCuts} (where a
 * text may be cut), {@link dev.javelin.data.corpus.CorpusManifest} (what {@code corpus.json} says).
 *
 * <pre>{@code
 * new Preparation(Path.of("books"), "gpt2", Path.of("corpus"), 4, false).run(PreparationListener.none());
 * try (Corpus corpus = Corpus.open(Path.of("corpus"), Corpus.Wish.any())) {
 *     TokenDataset.Split data = TokenDataset.split(corpus.tokens(), 256, 0.1);
 *     trainer.fit(module, data.train(), data.validation());
 * }
 * }</pre>
 *
 * <p>The tokens of all documents follow each other, each document closed by its tokenizer's end of text, where it has one;
 * training rows are cut from that sequence without regard to documents, as GPT's are.
 */
@NullMarked
package dev.javelin.data.corpus;

import org.jspecify.annotations.NullMarked;
