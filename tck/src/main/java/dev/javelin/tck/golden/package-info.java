/**
 * The golden runs: trainings computed by PyTorch in 64-bit, repeated by Javelin and compared.
 * {@link dev.javelin.tck.golden.GoldenCase} reads one, {@link dev.javelin.tck.golden.GoldenRun} repeats it on an
 * accelerator, {@link dev.javelin.tck.golden.GoldenReport} holds the errors and the verdict. The format is described
 * beside the cases, in the resource folder of this package.
 */
@NullMarked
package dev.javelin.tck.golden;

import org.jspecify.annotations.NullMarked;
