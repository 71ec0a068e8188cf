package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cuda.dispatch.CudaKernels;
import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.spi.kernel.KernelTable;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The planning half of a GPU: answers from its model and its kernel table, and nothing else. */
final class CudaPlanner implements DevicePlanner {
    /** What cuMemAlloc promises, and what vector loads and cuBLAS like. */
    static final long ALIGNMENT_BYTES = 256;

    /** Nominal: what a launch costs the host. */
    private static final double LAUNCH_SECONDS = 3e-6;

    private final CudaOptions options;
    private final GpuModel model;
    private final KernelTable<KernelChoice> table;

    CudaPlanner(CudaOptions options, GpuModel model) {
        this.options = options;
        this.model = model;
        this.table = CudaKernels.all(model, options.attention());
    }

    CudaOptions options() {
        return options;
    }

    GpuModel model() {
        return model;
    }

    /** The kernel for an instruction, plan and all. */
    Optional<KernelChoice> choose(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return table.choose(operation, inputs, outputs);
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public Set<DType> dtypes() {
        return EnumSet.allOf(DType.class);
    }

    @Override
    public long alignmentBytes() {
        return ALIGNMENT_BYTES;
    }

    @Override
    public long memoryBytes() {
        return Math.min(options.memoryBytes(), model.memoryBytes());
    }

    @Override
    public Rates rates() {
        return new Rates(flopsPerSecond(DType.FLOAT32), model.bytesPerSecond(), LAUNCH_SECONDS);
    }

    @Override
    public double flopsPerSecond(DType dtype) {
        return switch (dtype) {
            case FLOAT64 -> model.fp64();
            case BFLOAT16, FLOAT16 -> model.half();
            default -> options.tf32() ? model.tf32() : model.fp32();
        };
    }

    @Override
    public boolean concurrent(QueueRole role) {
        return true;
    }

    @Override
    public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return choose(operation, inputs, outputs).map(KernelChoice::plan);
    }
}
