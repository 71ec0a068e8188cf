/**
 * The CPU as an accelerator: scalar reference kernels, kept as the oracle, and fast ones on OpenBLAS and the Vector API.
 *
 * <p>Reading order: {@link dev.javelin.accelerator.cpu.CpuProvider}, what ServiceLoader finds;
 * {@link dev.javelin.accelerator.cpu.CpuOptions}; {@link dev.javelin.accelerator.cpu.CpuPlanner}, the pure half, which
 * asks a {@code KernelTable} for each instruction; {@link dev.javelin.accelerator.cpu.CpuAccelerator}, the opened half:
 * memory with its {@link dev.javelin.spi.device.MemoryLedger}, queues ({@code InlineQueue}, {@code ThreadQueue}) and
 * kernels from the same table.
 *
 * <p>Memory is off-heap and addressed by plain numbers; small allocations come from an {@code Arena}, slabs straight
 * from the operating system, in huge pages. {@code usage()} counts exactly the bytes asked for.
 *
 * <p>Queues: work is done when the call that enqueues it returns, in the calling thread and its workers, so that errors
 * appear where the work was enqueued. With two threads or more, the communication queue is another thing: a thread of its
 * own does its work, beside the caller's, and its errors appear where that is waited for.
 *
 * <p>Threads: the planner is immutable. An accelerator is used by one thread at a time; memory may be allocated, adopted
 * and closed by work on the communication queue too.
 *
 * <p>Errors: {@code JVL-CPU-0001} no kernel for an instruction, {@code 0002} a kernel failed, {@code 0003} used after
 * closing, or with another device's queue or event, {@code 0004} closed while memory is held, {@code 0005} native access
 * not granted; {@code JVL-MEM-0001} out of memory, {@code JVL-MEM-0002} a negative size,
 * {@code JVL-MEM-0004} adopted memory that is not aligned.
 */
@NullMarked
package dev.javelin.accelerator.cpu;

import org.jspecify.annotations.NullMarked;
