package dev.javelin.accelerator.cpu;

import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A kernel that is launched by the caller, with all threads, or on the queue that has a thread of its own, with that. */
final class EitherKernel implements Kernel {
    private final CpuAccelerator device;
    private final Kernel kernel;
    private final Supplier<Kernel> makeBeside;
    /** Made and used by the queue's thread alone. */
    private @Nullable Kernel beside;

    EitherKernel(CpuAccelerator device, Kernel kernel, Supplier<Kernel> makeBeside) {
        this.device = device;
        this.kernel = kernel;
        this.makeBeside = makeBeside;
    }

    @Override
    public void launch(DeviceQueue queue, long[] inputs, long[] outputs, long workspace) {
        if (device.require(queue) instanceof ThreadQueue thread) {
            long[] from = inputs.clone();
            long[] to = outputs.clone();
            thread.run(() -> beside().launch(thread, from, to, workspace));
        } else {
            kernel.launch(queue, inputs, outputs, workspace);
        }
    }

    private Kernel beside() {
        Kernel made = beside;
        if (made == null) {
            made = makeBeside.get();
            beside = made;
        }
        return made;
    }
}
