/**
 * The numbers of a run as files: {@link dev.javelin.engine.log.JsonLinesLog} ({@code metrics.jsonl}), {@link
 * dev.javelin.engine.log.CsvLog} ({@code metrics.csv}) and {@link dev.javelin.engine.log.TensorBoardLog} (event files).
 * The trainer opens those of {@link dev.javelin.api.trainer.Monitoring#logs} in its run's folder, on the first rank.
 *
 * <p>Each is a {@link dev.javelin.api.trainer.Callback} too, so that a program can write one anywhere:
 *
 * <pre>{@code
 * try (TensorBoardLog log = new TensorBoardLog(Path.of("boards/first"), Map.of("note", "a try"))) {
 *     Trainer.of(options.withCallbacks(List.of(log))).fit(module, train, validation);
 * }
 * }</pre>
 *
 * <p>A log goes on where its run does: what it holds of steps that are yet to come, because the run began again at an
 * earlier checkpoint, is cut off when it is opened, and so is a last row that a killed process left half written. So no
 * step is in a log twice.
 *
 * <p>Reading order: {@link dev.javelin.engine.log.LogFile}, the three logs, then {@code EventFile} (records and their
 * checksums), {@code Event} and {@code Message} (the few protocol buffers that TensorBoard needs).
 *
 * <p>Threads: logs are used by the thread that trains. Every row is handed to the operating system at once.
 */
@NullMarked
package dev.javelin.engine.log;

import org.jspecify.annotations.NullMarked;
