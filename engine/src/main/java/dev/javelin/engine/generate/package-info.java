/**
 * Generation: a language model continues texts. Reading order: {@link dev.javelin.engine.generate.Generator} (the loop),
 * {@link dev.javelin.engine.generate.CachedModel} (a model with what it has read), {@link
 * dev.javelin.engine.generate.Sampling} (how a token is chosen), {@link dev.javelin.engine.generate.Generation} and {@link
 * dev.javelin.engine.generate.Generated} (what is asked and what comes back).
 *
 * <p>Data walk: the generator gives prompts to the cached model, which reads them in stretches: a program of the smallest
 * fitting length writes their keys and values into the cache, a state of the session, and ends with the logits of the last
 * token. The device chooses the next token from them ({@link dev.javelin.api.operation.ChooseToken}); where it has no kernel
 * for that, the logits come to the host, which chooses by the same arithmetic. The generator tells its listener, and gives
 * the token to the model, whose decode program reads one token of each text. All programs share parameters and cache;
 * positions, lengths and how to choose are fields of the batch, so that nothing is compiled or allocated while texts grow.
 *
 * <p>Token ids only: texts and tokenizers are the caller's. Thread rule: one thread.
 */
@NullMarked
package dev.javelin.engine.generate;

import org.jspecify.annotations.NullMarked;
