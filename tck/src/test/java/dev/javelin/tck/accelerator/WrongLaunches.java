package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Doubles for the rules that every launch keeps to. */
final class WrongLaunches {
    private WrongLaunches() {}

    static List<Wrong> all() {
        return List.of(
                Wrong.launching("ACC-641", "sums forget their last element", Binary.class, (device, launch) -> {
                            MemorySegment output = launch.output(0);
                            byte[] before = output.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
                            launch.run(device);
                            int size = launch.outputTypes().getFirst().dtype().bytes();
                            boolean sum = launch.operation().equals(new Binary(Binary.Kind.ADD));
                            if (sum && before.length > size) {
                                int from = before.length - size;
                                MemorySegment.copy(MemorySegment.ofArray(before), from, output, from, size);
                            }
                        })
                        .also("ACC-527", "ACC-528", "ACC-605", "ACC-646"),
                Wrong.behind("ACC-642", "functions write in lines of 16 bytes", Unary.class, launch -> {
                    long end = launch.outputTypes().getFirst().bytes();
                    SoundAccelerator.Launch.memory(launch.outputs()[0] + end, (16 - end % 16) % 16)
                            .fill((byte) 0);
                }),
                Wrong.provider("ACC-643", "the second launch goes on where the first was", Counting::new)
                        .also("ACC-649"),
                Wrong.device("ACC-644", "another sum on another queue", p -> new SoundAccelerator(p) {
                    @Override
                    void launch(DeviceQueue queue, Launch launch) {
                        super.launch(queue, launch);
                        if (queue == queue(QueueRole.COMMUNICATION)
                                && launch.operation().equals(new Unary(Unary.Kind.EXP))) {
                            launch.change(0, value -> value * (1 + 1e-6));
                        }
                    }
                }),
                Wrong.launching("ACC-645", "functions read from aligned addresses", Unary.class, (device, launch) -> {
                    long[] aligned =
                            Arrays.stream(launch.inputs()).map(a -> a / 64 * 64).toArray();
                    launch.kernel().launch(device.direct(), aligned, launch.outputs(), launch.workspace());
                }),
                Wrong.provider("ACC-646", "a plan that lets permutations work in place", InPlace::new),
                Wrong.launching(
                        "ACC-646",
                        "a loss is taken from logits where the gradient lies already",
                        FusedCrossEntropy.class,
                        WrongLaunches::lossBehindGradient),
                Wrong.launching("ACC-647", "pack begins with zeros", Pack.class, (device, launch) -> {
                    launch.output(0).fill((byte) 0);
                    launch.run(device);
                }),
                Wrong.launching(
                        "ACC-648",
                        "averages that stay are written all the same",
                        MovingAverage.class,
                        (device, launch) -> {
                            launch.run(device);
                            launch.change(0, value -> value); // of many NaNs one
                            if (launch.outputTypes().getFirst().dtype() == DType.FLOAT32) {
                                launch.change(0, value -> Double.isNaN(value) ? Double.NaN : value);
                            }
                        }),
                Wrong.device("ACC-649", "a kernel remembers its first addresses", p -> new SoundAccelerator(p) {
                    @Override
                    public Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
                        Kernel kernel = super.prepare(operation, inputs, outputs);
                        if (!(operation instanceof Unary)) {
                            return kernel;
                        }
                        List<long[]> first = new ArrayList<>();
                        return (queue, from, to, workspace) -> {
                            if (first.isEmpty()) {
                                first.add(from.clone());
                                first.add(to.clone());
                            }
                            kernel.launch(queue, first.get(0), first.get(1), workspace);
                        };
                    }
                }),
                Wrong.device("ACC-650", "every kernel has memory of its own", OwnMemory::new));
    }

    /** Results of exp differ from launch to launch of one kernel. */
    private static final class Counting extends SoundProvider {
        @Override
        SoundAccelerator device() {
            return new SoundAccelerator(planner()) {
                @Override
                public Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
                    Kernel kernel = super.prepare(operation, inputs, outputs);
                    int[] launches = new int[1];
                    return (queue, from, to, workspace) -> {
                        kernel.launch(queue, from, to, workspace);
                        if (launches[0]++ > 0 && operation.equals(new Unary(Unary.Kind.EXP))) {
                            fill(queue, to[0], Math.min(1, outputs.getFirst().bytes()), (byte) launches[0]);
                        }
                    };
                }
            };
        }
    }

    private static final class InPlace extends SoundProvider {
        @Override
        SoundPlanner planner() {
            return new SoundPlanner(OnCpu.provider("cpu").planner(options())) {
                @Override
                public Optional<KernelPlan> plan(
                        Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
                    Optional<KernelPlan> plan = super.plan(operation, inputs, outputs);
                    return operation instanceof Permute ? plan.map(p -> p.withMayAlias(new Alias(0, 0))) : plan;
                }
            };
        }
    }

    private static final class OwnMemory extends SoundAccelerator {
        private final List<DeviceMemory> scratch = new ArrayList<>();

        OwnMemory(SoundPlanner planner) {
            super(planner);
        }

        @Override
        public Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
            scratch.add(allocate(64, "scratch"));
            return super.prepare(operation, inputs, outputs);
        }

        @Override
        public void close() {
            scratch.forEach(DeviceMemory::close);
            super.close();
        }
    }

    /** Gradient first, then loss and weight. */
    private static void lossBehindGradient(SoundAccelerator device, SoundAccelerator.Launch launch) {
        launch.run(device);
        if (launch.outputs()[2] == launch.inputs()[0]) {
            double moved = launch.outputTypes().get(2).elements();
            launch.change(0, value -> value - moved);
        }
    }
}
