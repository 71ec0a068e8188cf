package dev.javelin.engine.plugin;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A planner behind a guard. */
record GuardedPlanner(DevicePlanner planner, PluginGuard guard) implements DevicePlanner {

    @Override
    public String name() {
        return guard.call("name", planner::name);
    }

    @Override
    public Set<DType> dtypes() {
        return guard.call("dtypes", planner::dtypes);
    }

    @Override
    public long alignmentBytes() {
        return guard.call("alignmentBytes", planner::alignmentBytes);
    }

    @Override
    public long memoryBytes() {
        return guard.call("memoryBytes", planner::memoryBytes);
    }

    @Override
    public Rates rates() {
        return guard.call("rates", planner::rates);
    }

    @Override
    public double flopsPerSecond(DType dtype) {
        return guard.call("flopsPerSecond", () -> planner.flopsPerSecond(dtype));
    }

    @Override
    public boolean concurrent(QueueRole role) {
        return guard.call("concurrent", () -> planner.concurrent(role));
    }

    @Override
    public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return guard.call("plan", () -> planner.plan(operation, inputs, outputs));
    }
}
