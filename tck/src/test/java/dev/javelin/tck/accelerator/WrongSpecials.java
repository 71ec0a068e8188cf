package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.engine.run.Numbers;
import dev.javelin.spi.device.DeviceQueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.Stream;

/** Doubles for the rules on numbers at the edges, fused operations, and whole steps. */
final class WrongSpecials {
    /** Byte of the first global sample among the keys of random numbers. */
    private static final long FIRST_SAMPLE = 16;

    private WrongSpecials() {}

    static List<Wrong> all() {
        return Stream.of(edges(), cuts(), together()).flatMap(List::stream).toList();
    }

    private static double zeroForNaN(double value) {
        return Double.isNaN(value) ? 0 : value;
    }

    private static List<Wrong> edges() {
        return List.of(
                Wrong.behind("ACC-661", "relu takes a NaN for zero", Unary.class, launch -> {
                    if (launch.operation().equals(new Unary(Unary.Kind.RELU))) {
                        launch.change(0, WrongSpecials::zeroForNaN);
                    }
                }),
                Wrong.behind("ACC-662", "the maximum leaves NaNs out", Binary.class, launch -> {
                    if (launch.operation().equals(new Binary(Binary.Kind.MAXIMUM))) {
                        launch.change(0, WrongSpecials::zeroForNaN);
                    }
                }),
                Wrong.behind("ACC-663", "concat makes one NaN of all", Concat.class, launch -> {
                    if (launch.outputTypes().getFirst().dtype().floating()) {
                        launch.change(0, value -> Double.isNaN(value) ? Double.NaN : value);
                    }
                }),
                Wrong.behind("ACC-664", "softmax overflows beyond 100", Softmax.class, launch -> {
                    DType dtype = launch.inputTypes().getFirst().dtype();
                    launch.change(0, (i, value) -> Numbers.get(launch.input(0), dtype, i) > 100 ? Double.NaN : value);
                }),
                Wrong.behind(
                        "ACC-665",
                        "products take NaN for zero",
                        MatMul.class,
                        launch -> launch.change(0, WrongSpecials::zeroForNaN)),
                Wrong.behind("ACC-666", "casts to integers wrap around", Cast.class, launch -> {
                    if (launch.inputTypes().getFirst().dtype() == DType.FLOAT32
                            && launch.outputTypes().getFirst().dtype() == DType.INT32) {
                        launch.change(0, (i, value) -> {
                            double x = Numbers.get(launch.input(0), DType.FLOAT32, i);
                            return Math.abs(x) > Integer.MAX_VALUE ? (int) (long) x : value;
                        });
                    }
                }));
    }

    private static List<Wrong> cuts() {
        return List.of(
                Wrong.launching(
                                "ACC-667",
                                "random numbers count from the rank's own rows",
                                RandomUniform.class,
                                (device, launch) -> {
                                    MemorySegment key = launch.input(0);
                                    int first = key.get(ValueLayout.JAVA_INT_UNALIGNED, FIRST_SAMPLE);
                                    key.set(ValueLayout.JAVA_INT_UNALIGNED, FIRST_SAMPLE, 0);
                                    launch.run(device);
                                    key.set(ValueLayout.JAVA_INT_UNALIGNED, FIRST_SAMPLE, first);
                                })
                        .also("ACC-613", "ACC-671"),
                Wrong.behind(
                                "ACC-668",
                                "each launch rounds up",
                                SquareSum.class,
                                launch -> launch.change(0, (i, value) -> i == 0 ? value + 1 : value))
                        .also("ACC-601", "ACC-615"));
    }

    private static List<Wrong> together() {
        return List.of(
                Wrong.behind(
                                "ACC-671",
                                "a fused gradient of ten bits",
                                SiluGradient.class,
                                launch -> launch.change(
                                        0, value -> Format.of(DType.FLOAT16).rounded(value)))
                        .also("ACC-601", "ACC-624"),
                Wrong.launching(
                        "ACC-672",
                        "the sum is normed before it is rounded",
                        FusedNorm.class,
                        WrongSpecials::normTheSumItself),
                Wrong.behind(
                                "ACC-801",
                                "the gradient of GELU is a little large",
                                GeluGradient.class,
                                launch -> launch.change(0, value -> value * 1.01))
                        .also("ACC-601", "ACC-624", "ACC-671"),
                Wrong.behind(
                                "ACC-802",
                                "the gradient of SwiGLU is a little large",
                                SwiGluGradient.class,
                                launch -> launch.change(0, value -> value * 1.01))
                        .also("ACC-601", "ACC-625", "ACC-671"),
                Wrong.device("ACC-803", "a peak with what the library holds", p -> new SoundAccelerator(p) {
                            @Override
                            public Usage usage() {
                                return new Usage(
                                        super.usage().liveBytes(), super.usage().peakBytes() + 4096);
                            }
                        })
                        .also("ACC-302"),
                Wrong.device("ACC-804", "every update is a little different", Restless::new)
                        .also("ACC-622", "ACC-641", "ACC-643", "ACC-644", "ACC-645", "ACC-648", "ACC-649", "ACC-671"));
    }

    private static void normTheSumItself(SoundAccelerator device, SoundAccelerator.Launch launch) {
        FusedNorm norm = (FusedNorm) launch.operation();
        DType dtype = launch.inputTypes().getFirst().dtype();
        if (norm.centred() || !norm.residual()) {
            launch.run(device);
            return;
        }
        int last = launch.inputs().length - 1;
        double[] sums = new double[(int) launch.inputTypes().getFirst().elements()];
        double[] scale = new double[(int) launch.inputTypes().get(1).elements()];
        for (int i = 0; i < sums.length; i++) {
            long repeated = i % launch.inputTypes().get(last).elements();
            sums[i] = Numbers.get(launch.input(0), dtype, i)
                    + Numbers.get(
                            launch.input(last), launch.inputTypes().get(last).dtype(), repeated);
            scale[i % scale.length] = Numbers.get(launch.input(1), dtype, i % scale.length);
        }
        launch.run(device);
        launch.change(1, (i, value) -> {
            double squares = 0;
            for (int c = 0; c < scale.length; c++) {
                double sum = sums[(int) i / scale.length * scale.length + c];
                squares += sum * sum;
            }
            return sums[(int) i] / Math.sqrt(squares / scale.length + norm.epsilon()) * scale[(int) (i % scale.length)];
        });
    }

    /** Counts its updates, and lets it show. */
    private static final class Restless extends SoundAccelerator {
        private int updates;

        Restless(SoundPlanner planner) {
            super(planner);
        }

        @Override
        void launch(DeviceQueue queue, Launch launch) {
            super.launch(queue, launch);
            if (launch.operation() instanceof AdamW) {
                int count = ++updates;
                launch.change(0, value -> value * (1 + count * 1e-7));
            }
        }
    }
}
