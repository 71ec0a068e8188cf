package dev.javelin.strategy.ddp;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.StrategyProvider;
import java.util.HashMap;
import java.util.Map;

/**
 * The names under which Lightning 2 knows {@code ddp}: with {@code findUnusedParameters} fixed, and with {@code spawn},
 * {@code fork} or {@code notebook} for how it starts processes. Javelin starts ranks the same way for every strategy
 * ({@code --launch}), so the latter say nothing more here than {@code ddp} does.
 */
public final class LightningNames {
    private LightningNames() {}

    /** {@code ddp} under another name. */
    abstract static class Named implements StrategyProvider {
        private final String name;

        private Named(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int spiMajor() {
            return Spi.MAJOR;
        }

        @Override
        public Probe probe() {
            return Probe.available("ddp, as Lightning names it; --launch says how ranks are started");
        }

        @Override
        public Strategy strategy(Options options) {
            return new DdpStrategy(DdpOptions.of(options));
        }
    }

    /** {@code ddp} under a name that fixes {@code findUnusedParameters}. */
    abstract static class Unused extends Named {
        private final boolean allowed;

        private Unused(String name, boolean allowed) {
            super(name);
            this.allowed = allowed;
        }

        @Override
        public Probe probe() {
            return Probe.available("ddp with " + DdpOptions.FIND_UNUSED + "=" + allowed + ", as Lightning names it");
        }

        /**
         * The strategy with the option that the name says.
         *
         * @throws JavelinException {@code JVL-STR-0011} if the options say otherwise
         */
        @Override
        public Strategy strategy(Options options) {
            if (options.flag(DdpOptions.FIND_UNUSED, allowed) != allowed) {
                throw new JavelinException(
                        "JVL-STR-0011",
                        "strategy " + name() + " is given " + DdpOptions.FIND_UNUSED + "=" + !allowed,
                        "leave the option out, or choose the strategy ddp with it");
            }
            Map<String, String> values = new HashMap<>(options.values());
            values.put(DdpOptions.FIND_UNUSED, Boolean.toString(allowed));
            return super.strategy(new Options(options.owner(), values));
        }
    }

    /** {@code ddp_find_unused_parameters_false}. */
    public static final class DdpUnusedFalse extends Unused {
        public DdpUnusedFalse() {
            super("ddp_find_unused_parameters_false", false);
        }
    }

    /** {@code ddp_find_unused_parameters_true}. */
    public static final class DdpUnusedTrue extends Unused {
        public DdpUnusedTrue() {
            super("ddp_find_unused_parameters_true", true);
        }
    }

    /** {@code ddp_spawn}. */
    public static final class Spawn extends Named {
        public Spawn() {
            super("ddp_spawn");
        }
    }

    /** {@code ddp_spawn_find_unused_parameters_false}. */
    public static final class SpawnUnusedFalse extends Unused {
        public SpawnUnusedFalse() {
            super("ddp_spawn_find_unused_parameters_false", false);
        }
    }

    /** {@code ddp_spawn_find_unused_parameters_true}. */
    public static final class SpawnUnusedTrue extends Unused {
        public SpawnUnusedTrue() {
            super("ddp_spawn_find_unused_parameters_true", true);
        }
    }

    /** {@code ddp_fork}. */
    public static final class Fork extends Named {
        public Fork() {
            super("ddp_fork");
        }
    }

    /** {@code ddp_fork_find_unused_parameters_false}. */
    public static final class ForkUnusedFalse extends Unused {
        public ForkUnusedFalse() {
            super("ddp_fork_find_unused_parameters_false", false);
        }
    }

    /** {@code ddp_fork_find_unused_parameters_true}. */
    public static final class ForkUnusedTrue extends Unused {
        public ForkUnusedTrue() {
            super("ddp_fork_find_unused_parameters_true", true);
        }
    }

    /** {@code ddp_notebook}. */
    public static final class Notebook extends Named {
        public Notebook() {
            super("ddp_notebook");
        }
    }

    /** {@code ddp_notebook_find_unused_parameters_false}. */
    public static final class NotebookUnusedFalse extends Unused {
        public NotebookUnusedFalse() {
            super("ddp_notebook_find_unused_parameters_false", false);
        }
    }

    /** {@code ddp_notebook_find_unused_parameters_true}. */
    public static final class NotebookUnusedTrue extends Unused {
        public NotebookUnusedTrue() {
            super("ddp_notebook_find_unused_parameters_true", true);
        }
    }
}
