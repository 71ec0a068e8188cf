package dev.javelin.tck.accelerator;

import dev.javelin.api.Operation;
import dev.javelin.spi.device.DeviceQueue;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

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

    /** Computes another operation in place of some. */
    static Wrong computing(String rule, String defect, UnaryOperator<Operation> computed) {
        return device(rule, defect, planner -> new SoundAccelerator(planner) {
            @Override
            Operation computed(Operation operation) {
                return computed.apply(operation);
            }
        });
    }

    /** Does something to what a kernel left, for operations of one kind. */
    static Wrong behind(
            String rule, String defect, Class<? extends Operation> kind, Consumer<SoundAccelerator.Launch> more) {
        return launching(rule, defect, kind, (device, launch) -> {
            launch.run(device);
            more.accept(launch);
        });
    }

    /** Launches in its own way, for operations of one kind. */
    static Wrong launching(
            String rule,
            String defect,
            Class<? extends Operation> kind,
            BiConsumer<SoundAccelerator, SoundAccelerator.Launch> way) {
        return device(rule, defect, planner -> new SoundAccelerator(planner) {
            @Override
            void launch(DeviceQueue queue, Launch launch) {
                if (kind.isInstance(launch.operation())) {
                    way.accept(this, launch);
                } else {
                    super.launch(queue, launch);
                }
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
