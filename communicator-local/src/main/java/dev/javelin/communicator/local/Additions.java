package dev.javelin.communicator.local;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Binary;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Additions in a device's memory by its own kernels, each prepared once for a type and a number of elements. */
final class Additions {
    private static final Binary ADD = new Binary(Binary.Kind.ADD);
    /** Prepared kernels that are kept: a training has a few sizes. */
    private static final int MOST_KERNELS = 512;

    private final Accelerator device;
    private final Map<TensorType, Kernel> kernels = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<TensorType, Kernel> eldest) {
            return size() > MOST_KERNELS;
        }
    };

    Additions(Accelerator device) {
        this.device = device;
    }

    boolean of(Accelerator other) {
        return device == other;
    }

    /** Whether the device adds elements of a type in place. */
    boolean can(DType dtype, long elements) {
        TensorType type = TensorType.of(dtype, elements);
        return dtype.floating()
                && device.planner()
                        .plan(ADD, List.of(type, type), List.of(type))
                        .filter(Additions::inPlace)
                        .isPresent();
    }

    private static boolean inPlace(KernelPlan plan) {
        return plan.workspaceBytes() == 0 && plan.mayAlias().contains(new Alias(0, 0));
    }

    /** {@code target[i] += other[i]}; both addresses are aligned. */
    void add(DeviceQueue queue, DType dtype, long target, long other, long elements) {
        TensorType type = TensorType.of(dtype, elements);
        kernels.computeIfAbsent(type, t -> device.prepare(ADD, List.of(t, t), List.of(t)))
                .launch(queue, new long[] {target, other}, new long[] {target}, 0);
    }
}
