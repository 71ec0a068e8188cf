/**
 * Checkpoints and files of other systems: what a checkpoint holds, export and import.
 *
 * <p>Reading order: {@link dev.javelin.cli.exchange.Format}, {@link dev.javelin.cli.exchange.Export}, {@link
 * dev.javelin.cli.exchange.Import} (with {@code ImportedTokenizer}), {@link dev.javelin.cli.exchange.Inspection}.
 *
 * <p>Data flow: {@code dev.javelin.models.huggingface} says how tensors are called, {@code dev.javelin.data.tokenize} how
 * tokenizers are written, {@code dev.javelin.engine.checkpoint} reads and writes files tensor by tensor, and this package
 * joins them with the configuration of the run.
 */
@NullMarked
package dev.javelin.cli.exchange;

import org.jspecify.annotations.NullMarked;
