package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The planning half of the sound accelerator; doubles override what they get wrong. */
class SoundPlanner implements DevicePlanner {
    private final DevicePlanner kernels;

    SoundPlanner(DevicePlanner kernels) {
        this.kernels = kernels;
    }

    @Override
    public String name() {
        return "sound";
    }

    @Override
    public Set<DType> dtypes() {
        return kernels.dtypes();
    }

    @Override
    public long alignmentBytes() {
        return kernels.alignmentBytes();
    }

    @Override
    public long memoryBytes() {
        return kernels.memoryBytes();
    }

    @Override
    public Rates rates() {
        return kernels.rates();
    }

    @Override
    public boolean concurrent(QueueRole role) {
        return role != QueueRole.COMPUTE;
    }

    @Override
    public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return kernels.plan(operation, inputs, outputs);
    }
}
