/**
 * What a run leaves on disk: safetensors files, and checkpoints made of them.
 *
 * <p>A checkpoint is a folder {@code checkpoint-<step>} in the folder of a run:
 *
 * <pre>
 * model.safetensors    the parameters under their paths, readable by any tool that knows the format
 * m.safetensors, …     one file for each slot of the optimizer, under the same paths
 * manifest.json        format version, step, every range of every tensor with its file and checksum, and the run's state
 * COMMITTED            the manifest's checksum; written last
 * </pre>
 *
 * <p>It is written into a hidden sibling folder, forced to disk and renamed, so that a folder of this name is always
 * whole: if anything fails or the process dies, the one before is still there. Checksums are CRC-32C: they are there to
 * find damage (truncation, flipped bits, swapped files), not forgery, and cost nothing next to the disk, where SHA-256
 * would be several times slower than a fast NVMe drive. Every byte of a checkpoint is under one.
 *
 * <p>Reading order: {@link dev.javelin.engine.checkpoint.SafetensorsReader}, {@link
 * dev.javelin.engine.checkpoint.StateRange} (what an entry is), {@link dev.javelin.engine.checkpoint.CheckpointWriter},
 * {@link dev.javelin.engine.checkpoint.Checkpoint} (reading), {@link dev.javelin.engine.checkpoint.RunFolder} (which
 * checkpoints there are, which are kept).
 *
 * <p>Data flow: tensors stream through one buffer of 4 MiB, whatever their size. A reader asks for any range of elements
 * in any floating type; the stored ranges are intersected with it, so that shards restore into whole parameters and the
 * reverse.
 *
 * <p>Weights of other systems: {@link dev.javelin.engine.checkpoint.SafetensorsFolder} reads their files, {@link
 * dev.javelin.engine.checkpoint.ForeignExport} and {@link dev.javelin.engine.checkpoint.ForeignImport} rename and transpose
 * by a {@link dev.javelin.engine.checkpoint.ForeignLayout}, one tensor at a time.
 *
 * <p>Threads: readers may be used by one thread at a time; one writer at a time works on a run folder.
 */
@NullMarked
package dev.javelin.engine.checkpoint;

import org.jspecify.annotations.NullMarked;
