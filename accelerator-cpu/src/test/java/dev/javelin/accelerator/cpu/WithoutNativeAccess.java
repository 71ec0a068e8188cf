package dev.javelin.accelerator.cpu;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;

/** Run in a JVM without native access: prints what the provider says. */
public final class WithoutNativeAccess {
    private WithoutNativeAccess() {}

    public static void main(String[] arguments) {
        CpuProvider provider = new CpuProvider();
        System.out.println(provider.probe());
        try {
            provider.open(Options.none("accelerator.cpu"));
        } catch (JavelinException e) {
            System.out.println(e.getMessage());
        }
    }
}
