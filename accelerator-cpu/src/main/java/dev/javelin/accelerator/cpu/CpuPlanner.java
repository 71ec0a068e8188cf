package dev.javelin.accelerator.cpu;

import dev.javelin.accelerator.cpu.dispatch.FastKernels;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.reference.ReferenceKernels;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.spi.kernel.KernelTable;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The planning half of the CPU: answers from its kernel table and nothing else. */
final class CpuPlanner implements DevicePlanner {
    /** A cache line, and the width of the widest vector. */
    static final long ALIGNMENT_BYTES = 64;

    /** Nominal: eight lanes, two fused multiply-adds a cycle, 2.5 GHz. */
    private static final double FLOPS_PER_THREAD = 80e9;
    /** Nominal: two threads fill the memory bus of a small machine. */
    private static final double BYTES_PER_THREAD = 12e9;
    /** Nominal: a call and the wake-up of workers. */
    private static final double LAUNCH_SECONDS = 2e-6;

    private final CpuOptions options;
    private final KernelTable<KernelChoice> table;

    CpuPlanner(CpuOptions options) {
        this.options = options;
        this.table = table(options);
    }

    private static KernelTable<KernelChoice> table(CpuOptions options) {
        KernelTable<KernelChoice> reference =
                options.decompose() ? ReferenceKernels.primitives() : ReferenceKernels.all();
        if (options.kernels() == CpuOptions.Kernels.REFERENCE) {
            return reference;
        }
        KernelTable<KernelChoice> fast =
                options.decompose() ? FastKernels.primitives() : FastKernels.all(options.threads());
        return fast.over(reference.where(ReferenceKernels::fitsNarrow));
    }

    CpuOptions options() {
        return options;
    }

    /** The kernel for an instruction, plan and all. */
    Optional<KernelChoice> choose(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return table.choose(operation, inputs, outputs);
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public Set<DType> dtypes() {
        return ReferenceKernels.dtypes();
    }

    @Override
    public long alignmentBytes() {
        return ALIGNMENT_BYTES;
    }

    @Override
    public long memoryBytes() {
        return options.memoryBytes();
    }

    @Override
    public Rates rates() {
        return new Rates(options.threads() * FLOPS_PER_THREAD, options.threads() * BYTES_PER_THREAD, LAUNCH_SECONDS);
    }

    /** Communication has a thread of its own if there are two to share: with one, it works at its place in the program. */
    @Override
    public boolean concurrent(QueueRole role) {
        return role == QueueRole.COMMUNICATION && options.threads() >= 2;
    }

    @Override
    public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return choose(operation, inputs, outputs).map(KernelChoice::plan);
    }
}
