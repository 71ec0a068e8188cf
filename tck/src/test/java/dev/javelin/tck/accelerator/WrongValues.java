package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.Unary;
import dev.javelin.engine.run.Numbers;
import dev.javelin.spi.kernel.TokenChoice;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Doubles for the rules on what operations give. */
final class WrongValues {
    private WrongValues() {}

    static List<Wrong> all() {
        return Stream.of(elements(), moves(), fused(), choices())
                .flatMap(List::stream)
                .toList();
    }

    private static double tenBits(double value) {
        return Format.of(DType.FLOAT16).rounded(value);
    }

    private static List<Wrong> elements() {
        return List.of(
                Wrong.computing(
                                "ACC-601",
                                "the cosine is the sine",
                                op -> op.equals(new Unary(Unary.Kind.COS)) ? new Unary(Unary.Kind.SIN) : op)
                        .also("ACC-603"),
                Wrong.computing(
                        "ACC-602",
                        "iota counts along the last dim",
                        op -> op instanceof Iota iota
                                ? new Iota(iota.type(), iota.type().shape().rank() - 1)
                                : op),
                Wrong.behind("ACC-603", "reciprocal roots of ten bits", Unary.class, launch -> {
                    if (launch.operation().equals(new Unary(Unary.Kind.RSQRT))) {
                        launch.change(0, WrongValues::tenBits);
                    }
                }),
                Wrong.computing(
                                "ACC-604",
                                "affine forgets its shift",
                                op -> op instanceof Affine affine ? new Affine(affine.scale(), 0) : op)
                        .also("ACC-601"),
                Wrong.computing(
                                "ACC-605",
                                "the minimum is the maximum",
                                op -> op.equals(new Binary(Binary.Kind.MINIMUM)) ? new Binary(Binary.Kind.MAXIMUM) : op)
                        .also("ACC-601"),
                Wrong.computing(
                                "ACC-606",
                                "less is for equal too",
                                op -> op.equals(new Compare(Compare.Kind.EQUAL)) ? new Compare(Compare.Kind.LESS) : op)
                        .also("ACC-601"),
                Wrong.behind("ACC-607", "select forgets the last element", Select.class, launch -> {
                    if (launch.outputTypes().getFirst().elements() > 2) {
                        long last = launch.outputTypes().getFirst().elements() - 1;
                        launch.change(0, (i, value) -> i == last ? 0 : value);
                    }
                }),
                Wrong.behind("ACC-608", "casts to 16 bits cut off", Cast.class, launch -> {
                    if (launch.inputTypes().getFirst().dtype() == DType.FLOAT32
                            && launch.outputTypes().getFirst().dtype() == DType.BFLOAT16) {
                        launch.change(0, (i, value) -> {
                            float exact = (float) Numbers.get(launch.input(0), DType.FLOAT32, i);
                            return Float.intBitsToFloat(Float.floatToRawIntBits(exact) >>> 16 << 16);
                        });
                    }
                }));
    }

    private static List<Wrong> moves() {
        return List.of(
                Wrong.behind("ACC-609", "pads of ones", Pad.class, launch -> {
                            Pad pad = (Pad) launch.operation();
                            if (pad.start() > 0) {
                                launch.change(0, (i, value) -> i == 0 ? 1 : value);
                            }
                        })
                        .also("ACC-601"),
                Wrong.computing(
                                "ACC-610",
                                "a maximum is summed",
                                op -> op instanceof Reduce reduce && reduce.kind() == Reduce.Kind.MAX
                                        ? new Reduce(Reduce.Kind.SUM, reduce.dims())
                                        : op)
                        .also("ACC-601"),
                Wrong.behind(
                        "ACC-611",
                        "ids outside of the table give zeros",
                        Embedding.class,
                        launch -> launch.change(0, value -> Double.isNaN(value) ? 0 : value)),
                Wrong.behind(
                        "ACC-612",
                        "products of ten bits",
                        MatMul.class,
                        launch -> launch.change(0, WrongValues::tenBits)),
                Wrong.computing(
                        "ACC-613",
                        "all calls draw the same numbers",
                        op -> op instanceof RandomUniform random ? new RandomUniform(random.type(), 0) : op),
                Wrong.behind("ACC-614", "sums of 64 bits in 32", Accumulate.class, launch -> {
                    if (launch.outputTypes().getFirst().dtype() == DType.INT64) {
                        launch.change(0, value -> (int) (long) value);
                    }
                }),
                Wrong.behind(
                        "ACC-615",
                        "roots of ten bits",
                        ExactNorm.class,
                        launch -> launch.change(0, WrongValues::tenBits)),
                Wrong.behind("ACC-616", "an infinity is finite", IsFinite.class, launch -> {
                            boolean nan = false;
                            for (int i = 0; i < launch.inputs().length; i++) {
                                DType dtype = launch.inputTypes().get(i).dtype();
                                nan |= Double.isNaN(Numbers.get(launch.input(i), dtype, 0));
                            }
                            double finite = nan ? 0 : 1;
                            launch.change(0, value -> finite);
                        })
                        .also("ACC-601"));
    }

    private static List<Wrong> fused() {
        return List.of(
                Wrong.behind("ACC-621", "the residual is added twice", FusedMatMul.class, launch -> {
                            if (((FusedMatMul) launch.operation()).residual()) {
                                int last = launch.inputs().length - 1;
                                DType dtype = launch.inputTypes().get(last).dtype();
                                launch.change(0, (i, value) -> value + Numbers.get(launch.input(last), dtype, i));
                            }
                        })
                        .also("ACC-601"),
                Wrong.computing(
                                "ACC-622",
                                "weights do not decay",
                                op -> op instanceof AdamW adam
                                        ? new AdamW(adam.beta1(), adam.beta2(), adam.epsilon(), 0)
                                        : op)
                        .also("ACC-601"),
                Wrong.behind(
                        "ACC-623",
                        "averages of ten bits",
                        MovingAverage.class,
                        launch -> launch.change(0, WrongValues::tenBits)),
                Wrong.computing("ACC-624", "one GELU for both", op -> op instanceof Gelu ? new ExactGelu() : op)
                        .also("ACC-601"),
                Wrong.behind("ACC-625", "SwiGLU takes the gate for what it lets through", SwiGlu.class, launch -> {
                            DType dtype = launch.outputTypes().getFirst().dtype();
                            long width = launch.outputTypes().getFirst().shape().dim(-1);
                            launch.change(0, (i, value) -> {
                                long gate = i / width * 2 * width + i % width;
                                double x = Numbers.get(launch.input(0), dtype, gate + width);
                                return x / (1 + Math.exp(-x)) * Numbers.get(launch.input(0), dtype, gate);
                            });
                        })
                        .also("ACC-601"),
                Wrong.behind(
                        "ACC-626",
                        "probabilities of ten bits",
                        Softmax.class,
                        launch -> launch.change(0, WrongValues::tenBits)),
                Wrong.computing(
                        "ACC-627",
                        "layer norm leaves out its epsilon",
                        op -> op instanceof LayerNorm ? new LayerNorm(0) : op),
                Wrong.computing(
                                "ACC-628",
                                "back is forward",
                                op -> op instanceof Rotary rotary
                                        ? new Rotary(rotary.heads(), rotary.turned(), false)
                                        : op)
                        .also("ACC-601"),
                Wrong.computing(
                        "ACC-629",
                        "ignored rows count",
                        op -> op instanceof CrossEntropy entropy ? new CrossEntropy(entropy.ignored() - 1) : op),
                Wrong.computing(
                        "ACC-629",
                        "ignored rows have a gradient, where it comes with the loss",
                        op -> op instanceof FusedCrossEntropy both ? new FusedCrossEntropy(both.ignored() - 1) : op),
                Wrong.computing(
                                "ACC-630",
                                "every position sees all",
                                op -> op instanceof Attention attention
                                        ? new Attention(attention.heads(), attention.kvHeads(), false)
                                        : op)
                        .also("ACC-601"),
                Wrong.behind(
                        "ACC-631",
                        "cached attention of ten bits",
                        CachedAttention.class,
                        launch -> launch.change(0, WrongValues::tenBits)),
                Wrong.computing(
                                "ACC-633",
                                "a norm of a sum leaves out its epsilon",
                                op -> op instanceof FusedNorm norm
                                        ? new FusedNorm(norm.centred(), 0, norm.residual(), norm.normed())
                                        : op)
                        .also("ACC-671", "ACC-672"));
    }

    private static List<Wrong> choices() {
        return List.of(
                choosing("top-p is left out", how -> how(how, how.topK(), 1, how.seed(), how.index()))
                        .also("ACC-601"),
                choosing("the random number is another one", how -> how(how, how.topK(), how.topP(), how.index(), 0)),
                choosing(
                        "the K-th largest is left out",
                        how -> how(
                                how,
                                how.topK() > 1 ? how.topK() - 1 : how.topK(),
                                how.topP(),
                                how.seed(),
                                how.index())));
    }

    private static TokenChoice how(TokenChoice how, long topK, double topP, long seed, long index) {
        return new TokenChoice(how.temperature(), topK, topP, how.choices(), seed, index);
    }

    /** Tokens as the host chooses them by other settings. */
    private static Wrong choosing(String defect, UnaryOperator<TokenChoice> settings) {
        return Wrong.behind("ACC-632", defect, ChooseToken.class, launch -> {
            DType dtype = launch.inputTypes().getFirst().dtype();
            int width = (int) launch.inputTypes().getFirst().shape().dim(1);
            launch.change(0, (row, value) -> {
                double[] logits = new double[width];
                for (int i = 0; i < width; i++) {
                    logits[i] = Numbers.get(launch.input(0), dtype, row * width + i);
                }
                long[] words = new long[ChooseToken.COLUMNS];
                for (int i = 0; i < words.length; i++) {
                    words[i] = launch.input(1).getAtIndex(ValueLayout.JAVA_LONG, row * words.length + i);
                }
                return settings.apply(TokenChoice.of(words)).choose(logits);
            });
        });
    }
}
