package dev.javelin.engine;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The planner of the CPU, but for what a test says otherwise. */
public class PlannerDouble implements DevicePlanner {
    private final DevicePlanner cpu = Fixtures.planner();

    @Override
    public String name() {
        return cpu.name();
    }

    @Override
    public Set<DType> dtypes() {
        return cpu.dtypes();
    }

    @Override
    public long alignmentBytes() {
        return cpu.alignmentBytes();
    }

    @Override
    public long memoryBytes() {
        return cpu.memoryBytes();
    }

    @Override
    public Rates rates() {
        return cpu.rates();
    }

    @Override
    public double flopsPerSecond(DType dtype) {
        return cpu.flopsPerSecond(dtype);
    }

    @Override
    public boolean concurrent(QueueRole role) {
        return cpu.concurrent(role);
    }

    @Override
    public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return cpu.plan(operation, inputs, outputs);
    }
}
