package dev.javelin.engine.verify;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A device that has a kernel for everything: unary ones may work in place, products need workspace. */
record Kernels(boolean inPlace, long workspaceBytes) implements DevicePlanner {
    @Override
    public String name() {
        return "kernels";
    }

    @Override
    public Set<DType> dtypes() {
        return EnumSet.allOf(DType.class);
    }

    @Override
    public long alignmentBytes() {
        return 64;
    }

    @Override
    public long memoryBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public Rates rates() {
        return new Rates(1, 1, 0);
    }

    @Override
    public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        KernelPlan plan = KernelPlan.of(0, 0);
        if (inPlace && inputs.size() == 1 && inputs.equals(outputs)) {
            plan = plan.withMayAlias(new KernelPlan.Alias(0, 0));
        }
        return Optional.of(operation.name().equals("matmul") ? plan.withWorkspaceBytes(workspaceBytes) : plan);
    }
}
