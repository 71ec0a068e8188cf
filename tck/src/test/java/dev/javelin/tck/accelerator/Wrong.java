package dev.javelin.tck.accelerator;

import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A wrong accelerator.
 *
 * @param rule the one it breaks
 * @param defect what it gets wrong
 * @param also rules that cannot be kept with this defect
 */
record Wrong(String rule, String defect, Set<String> also, Supplier<SoundProvider> provider) {
    static Wrong provider(String rule, String defect, Supplier<SoundProvider> provider) {
        return new Wrong(rule, defect, Set.of(), provider);
    }

    /** Wrong in its opened half. */
    static Wrong device(String rule, String defect, Function<SoundPlanner, SoundAccelerator> device) {
        return provider(rule, defect, () -> new SoundProvider() {
            @Override
            SoundAccelerator device() {
                return device.apply(planner());
            }
        });
    }

    /** Wrong in its queues. */
    static Wrong queue(String rule, String defect, Function<SoundAccelerator, SoundQueue> queue) {
        return device(rule, defect, planner -> new SoundAccelerator(planner) {
            @Override
            SoundQueue makeQueue(dev.javelin.spi.device.QueueRole role) {
                return queue.apply(this);
            }
        });
    }

    /** Names what else cannot be kept. */
    Wrong also(String... rules) {
        return new Wrong(rule, defect, Set.of(rules), provider);
    }

    @Override
    public String toString() {
        return rule + " " + defect;
    }
}
