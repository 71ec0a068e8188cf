/**
 * What {@code javelin bench step} measures: a training step beside the matrix products in it.
 *
 * <p>Reading order: {@link dev.javelin.cli.bench.StepBench} (the measurement), {@code Products} (the products of a step,
 * by shape), {@code OwnProducts} (our kernels on them), {@code OpenBlasProducts} (OpenBLAS on them, in a process of its
 * own), {@link dev.javelin.cli.bench.StepReport} (the numbers).
 *
 * <p>Of {@code javelin bench allreduce}: {@link dev.javelin.cli.bench.AllReduceBench} starts the processes of each row in
 * turns, {@link dev.javelin.cli.bench.SumTeam} is what each of them does, {@code SumRank} one rank's part in it,
 * {@link dev.javelin.cli.bench.AllReduceReport} the numbers.
 *
 * <p>Steps, our products and those of OpenBLAS take turns, so that a change of the machine's speed meets all three; each
 * number is the median over the turns. One thread.
 */
@NullMarked
package dev.javelin.cli.bench;

import org.jspecify.annotations.NullMarked;
