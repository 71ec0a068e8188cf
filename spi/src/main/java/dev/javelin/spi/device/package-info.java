/**
 * Accelerators. An {@link dev.javelin.spi.device.AcceleratorProvider} has two halves. The
 * {@link dev.javelin.spi.device.DevicePlanner} is pure and needs no driver: it says which operations have kernels, with
 * which workspace, and how fast they should be, so that a job can be planned on a machine without the device. The opened
 * {@link dev.javelin.spi.device.Accelerator} allocates memory, makes queues and prepares kernels.
 *
 * <p>Data flow: the engine asks the planner for a {@link dev.javelin.spi.device.KernelPlan} of every instruction
 * (decomposing what is declined), places all temporaries, then opens the accelerator, prepares one
 * {@link dev.javelin.spi.device.Kernel} per instruction and launches them with addresses each step.
 *
 * <p>Threads: a planner is immutable and may be used by any thread. An accelerator and its queues are used by one
 * thread at a time. Memory belongs to whoever allocated it and is closed by that owner.
 */
@NullMarked
package dev.javelin.spi.device;

import org.jspecify.annotations.NullMarked;
