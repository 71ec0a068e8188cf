package dev.javelin.accelerator.cuda;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;

/** Run in a JVM of its own, which has loaded no driver yet: prints what the provider says. */
public final class ProbeAlone {
    private ProbeAlone() {}

    public static void main(String[] arguments) {
        CudaProvider provider = new CudaProvider();
        System.out.println(provider.probe());
        try (Accelerator gpu = provider.open(Options.none("accelerator.cuda"))) {
            System.out.println("opened " + gpu.planner().name());
        } catch (JavelinException e) {
            System.out.println(e.getMessage());
        }
    }
}
