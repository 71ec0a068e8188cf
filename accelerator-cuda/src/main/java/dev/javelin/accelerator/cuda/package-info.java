/**
 * NVIDIA GPUs as an accelerator, and the example for a vendor of another chip.
 *
 * <p>Reading order: {@link dev.javelin.accelerator.cuda.CudaProvider}, what ServiceLoader finds; {@code CudaOptions};
 * {@code CudaPlanner}, the pure half, which asks a {@code KernelTable} for each instruction; {@code CudaAccelerator}, the
 * opened half: memory with its {@link dev.javelin.spi.device.MemoryLedger}, queues ({@code CudaQueue}), events, and kernels
 * from the same table; then the packages {@code kernel}, {@code dispatch}, {@code blas} and {@code driver}.
 *
 * <p>How one instruction gets to the GPU. The planner asks the table for {@code MatMul} of these types; the rule in
 * {@code dispatch} answers with a plan, which the engine gets, and steps, which are pure data: here a product, elsewhere a
 * launch of an entry of our own CUDA C. When the session prepares it, each step is readied on the opened {@code Device}:
 * the family's PTX is loaded, the algorithm chosen, parameters are laid into memory. A launch writes addresses into them and
 * enqueues the work on the queue's stream; it makes no object and waits for nothing.
 *
 * <p>To follow it for another chip, in this order, each step of use by itself:
 * <ol>
 *   <li>a provider with a probe that says what is missing, and a planner with types, alignment, rates and a table;
 *       {@code ./javelin explain} works from here on, without a device;
 *   <li>memory, one queue, copies and fill; the chapters of the kit for memory and copies:
 *       {@code ./javelin tck run --accelerator NAME};
 *   <li>queues for all roles, events and tasks of the host; the chapter for queues;
 *   <li>kernels for the primitives, in any order: what is missing is named by {@code JVL-...-0001}; the chapter for
 *       operations compares each with the 64-bit reference; {@code ./javelin fit} works;
 *   <li>fused operations, one by one, each as it shows in {@code ./javelin fit --profile}.
 * </ol>
 *
 * <p>Queues: each role has a stream of its own, all run beside the host and each other. An error of a kernel appears where
 * the host waits; the option {@code check} waits after each launch and names the operation. What a task of the host throws
 * appears at every later wait on its queue, and on queues that waited for it.
 *
 * <p>Numbers: grids follow from shapes, sums have a fixed order, there are no atomics on floating numbers, and algorithms of
 * products are chosen when they are prepared: each run has the same bits.
 *
 * <p>Threads: the planner is immutable. An accelerator is used by one thread at a time, any thread; memory may be allocated
 * and closed by others too. Two openings of one GPU in a JVM share its context, so that their queues await each other's
 * events and their kernels reach each other's memory.
 *
 * <p>Errors: {@code JVL-CUD-0001} no kernel for an instruction, {@code 0002} a kernel failed, {@code 0003} used after
 * closing, or with another device's queue or event, {@code 0004} closed while memory is held, {@code 0005} native access
 * not granted, {@code 0006} and {@code 0007} compiled kernels that are missing or do not fit, {@code 0011} no driver,
 * {@code 0012} it is too old, {@code 0013} no GPU, {@code 0014} a library is missing, {@code 0015} no GPU of this number,
 * {@code 0016} the GPU is too old, {@code 0017} two drivers in one JVM, {@code 0020} to {@code 0022} the driver failed, {@code 0023}
 * flash attention is wrong on this GPU,
 * {@code 0030} to {@code 0033} cuBLAS failed; {@code JVL-MEM-0001} out of memory, {@code 0002} a negative size, {@code 0005}
 * no memory to pin.
 */
@NullMarked
package dev.javelin.accelerator.cuda;

import org.jspecify.annotations.NullMarked;
