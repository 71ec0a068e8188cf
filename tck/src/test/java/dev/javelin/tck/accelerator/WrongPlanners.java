package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Doubles for the rules on planners. */
final class WrongPlanners {
    private WrongPlanners() {}

    private static Wrong planner(String rule, String defect, Supplier<SoundPlanner> planner) {
        return Wrong.provider(rule, defect, () -> new SoundProvider() {
            @Override
            SoundPlanner planner() {
                return planner.get();
            }
        });
    }

    /** What a planner makes of a sound plan. */
    @FunctionalInterface
    private interface Plans {
        Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, Optional<KernelPlan> sound);
    }

    private static Wrong plans(String rule, String defect, Supplier<Plans> plans) {
        return planner(rule, defect, () -> {
            Plans own = plans.get();
            return new Planner() {
                @Override
                public Optional<KernelPlan> plan(
                        Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
                    return own.plan(operation, inputs, super.plan(operation, inputs, outputs));
                }
            };
        });
    }

    private static class Planner extends SoundPlanner {
        Planner() {
            super(OnCpu.provider("cpu").planner(SoundProvider.options()));
        }
    }

    private static KernelPlan costing(KernelPlan plan, double flops) {
        return new KernelPlan(plan.workspaceBytes(), plan.mayAlias(), flops, plan.bytes());
    }

    static List<Wrong> all() {
        return List.of(
                planner("ACC-201", "lines of 48 bytes", () -> new Planner() {
                            @Override
                            public long alignmentBytes() {
                                return 48;
                            }
                        })
                        .also("ACC-301"),
                planner("ACC-202", "no masks", () -> new Planner() {
                    @Override
                    public Set<DType> dtypes() {
                        return EnumSet.complementOf(EnumSet.of(DType.BOOL));
                    }
                }),
                planner("ACC-203", "launches cost nothing", () -> new Planner() {
                    @Override
                    public Rates rates() {
                        return new Rates(1e12, 1e11, 0);
                    }
                }),
                plans(
                        "ACC-204",
                        "no permutations in 64 bits",
                        () -> (operation, inputs, sound) -> operation instanceof Permute
                                        && inputs.getFirst().dtype() == DType.FLOAT64
                                ? Optional.empty()
                                : sound),
                plans(
                        "ACC-205",
                        "nobody knows what functions cost",
                        () -> (operation, inputs, sound) ->
                                sound.map(plan -> operation instanceof Unary ? costing(plan, Double.NaN) : plan)),
                plans("ACC-206", "plans are numbered", () -> {
                            int[] asked = new int[1];
                            return (operation, inputs, sound) -> sound.map(plan -> costing(plan, asked[0]++));
                        })
                        .also("ACC-207"),
                plans("ACC-207", "a planner for one thread", () -> {
                            Thread owner = Thread.currentThread();
                            return (operation, inputs, sound) -> {
                                if (Thread.currentThread() != owner) {
                                    throw new IllegalStateException("another thread");
                                }
                                return sound;
                            };
                        })
                        .also("ACC-528"),
                plans(
                        "ACC-208",
                        "sizes of 32 bits",
                        () -> (operation, inputs, sound) -> sound.map(plan -> new KernelPlan(
                                plan.workspaceBytes(), plan.mayAlias(), plan.flops(), (int) (long) plan.bytes()))),
                plans("ACC-209", "what is unknown is an error", () -> (operation, inputs, sound) -> {
                    if (!operation.getClass().getName().startsWith("dev.javelin.api")) {
                        throw new JavelinException("JVL-TCK-0094", "no operation " + operation, "leave it out");
                    }
                    return sound;
                }),
                Wrong.provider("ACC-210", "the opened device knows its costs better", () -> new SoundProvider() {
                    @Override
                    SoundAccelerator device() {
                        return new SoundAccelerator(new Planner() {
                            @Override
                            public Optional<KernelPlan> plan(
                                    Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
                                return super.plan(operation, inputs, outputs).map(plan -> costing(plan, 1));
                            }
                        });
                    }
                }),
                Wrong.provider("ACC-211", "kernels for what was declined", KernelsForAll::new));
    }

    private static final class KernelsForAll extends SoundProvider {
        @Override
        SoundPlanner planner() {
            return new Planner() {
                @Override
                public Optional<KernelPlan> plan(
                        Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
                    return operation instanceof Silu ? Optional.empty() : super.plan(operation, inputs, outputs);
                }
            };
        }

        @Override
        SoundAccelerator device() {
            return new SoundAccelerator(planner()) {
                @Override
                public Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
                    return kernel(operation, inputs, outputs);
                }
            };
        }
    }
}
