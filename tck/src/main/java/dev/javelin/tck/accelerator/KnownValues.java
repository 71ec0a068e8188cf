package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Pad;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.Slice;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.kernel.TokenChoice;
import dev.javelin.tck.Breach;
import dev.javelin.tck.accelerator.Tolerance.Scale;
import java.util.ArrayList;
import java.util.List;

/** An example of every operation, computed by hand or known from tables. */
final class KnownValues {
    private static final double LN_2 = 0.6931471805599453;
    private static final double SIGMOID_1 = 0.7310585786300049;
    private static final double SILU_SLOPE_1 = 0.9276705118714868;
    private static final TensorType ROW = f64(1, 2);
    private static final TensorType PAIR = f64(2);
    private static final TensorType ONE = f64(1);
    private static final TensorType NUMBER = f64();

    private KnownValues() {}

    /** An operation, its inputs, and what comes out. */
    record Known(Operation operation, List<Value> inputs, List<Value> outputs) {}

    private static final class Table {
        private final List<Known> rows = new ArrayList<>();

        void add(Operation operation, List<Value> inputs, double... flat) {
            List<Value> outputs = new ArrayList<>();
            int from = 0;
            for (TensorType type :
                    operation.infer(inputs.stream().map(Value::type).toList())) {
                int to = from + (int) type.elements();
                outputs.add(Value.of(type, java.util.Arrays.copyOfRange(flat, from, to)));
                from = to;
            }
            rows.add(new Known(operation, inputs, outputs));
        }
    }

    private static TensorType f64(long... dims) {
        return TensorType.of(DType.FLOAT64, dims);
    }

    private static Value of(TensorType type, double... values) {
        return Value.of(type, values);
    }

    private static Value ids(double... values) {
        return Value.of(TensorType.of(DType.INT32, values.length), values);
    }

    static List<Known> all() {
        Table table = new Table();
        elements(table);
        moves(table);
        products(table);
        states(table);
        activations(table);
        rows(table);
        attention(table);
        choices(table);
        return table.rows;
    }

    private static void elements(Table t) {
        t.add(new Fill(PAIR, 1.5), List.of(), 1.5, 1.5);
        t.add(new Iota(f64(2, 3), 1), List.of(), 0, 1, 2, 0, 1, 2);
        unary(t, Unary.Kind.EXP, 1, 2.718281828459045);
        unary(t, Unary.Kind.LOG, 2, LN_2);
        unary(t, Unary.Kind.SQRT, 2.25, 1.5);
        unary(t, Unary.Kind.RSQRT, 4, 0.5);
        unary(t, Unary.Kind.RECIPROCAL, 8, 0.125);
        unary(t, Unary.Kind.TANH, 0.5, 0.46211715726000975);
        unary(t, Unary.Kind.SIGMOID, 1, SIGMOID_1);
        unary(t, Unary.Kind.RELU, -1, 0);
        unary(t, Unary.Kind.SQUARE, -3, 9);
        unary(t, Unary.Kind.ABS, -2, 2);
        unary(t, Unary.Kind.SIN, 0.5, 0.479425538604203);
        unary(t, Unary.Kind.COS, 0.5, 0.8775825618903728);
        unary(t, Unary.Kind.ERF, 0.5, 0.5204998778130465);
        t.add(new Affine(2, 1), List.of(of(ONE, 3)), 7);
        List<Value> two = List.of(of(PAIR, 6, 2), of(ONE, 4));
        t.add(new Binary(Binary.Kind.ADD), two, 10, 6);
        t.add(new Binary(Binary.Kind.SUBTRACT), two, 2, -2);
        t.add(new Binary(Binary.Kind.MULTIPLY), two, 24, 8);
        t.add(new Binary(Binary.Kind.DIVIDE), two, 1.5, 0.5);
        t.add(new Binary(Binary.Kind.MAXIMUM), two, 6, 4);
        t.add(new Binary(Binary.Kind.MINIMUM), two, 4, 2);
        t.add(new Compare(Compare.Kind.LESS), two, 0, 1);
        t.add(new Compare(Compare.Kind.EQUAL), List.of(of(PAIR, 6, 4), of(ONE, 4)), 0, 1);
        Value choice = Value.of(TensorType.of(DType.BOOL, 2), 1, 0);
        t.add(new Select(), List.of(choice, of(PAIR, 1, 2), of(ONE, 9)), 1, 9);
        t.add(new Cast(DType.INT32), List.of(of(PAIR, 2.75, -2.75)), 2, -2);
    }

    private static void unary(Table t, Unary.Kind kind, double x, double y) {
        t.add(new Unary(kind), List.of(of(ONE, x)), y);
    }

    private static void moves(Table t) {
        Value matrix = of(f64(2, 3), 1, 2, 3, 4, 5, 6);
        t.add(new Reduce(Reduce.Kind.SUM, List.of(0)), List.of(matrix), 5, 7, 9);
        t.add(new Reduce(Reduce.Kind.MAX, List.of(1)), List.of(matrix), 3, 6);
        t.add(new BroadcastTo(Shape.of(2, 2)), List.of(of(f64(2, 1), 1, 2)), 1, 1, 2, 2);
        t.add(new Permute(List.of(1, 0)), List.of(matrix), 1, 4, 2, 5, 3, 6);
        t.add(new Slice(1, 1, 2), List.of(matrix), 2, 3, 5, 6);
        t.add(new Pad(0, 1, 3), List.of(of(ROW, 7, 8)), 0, 0, 7, 8, 0, 0);
        t.add(new Concat(1), List.of(of(ROW, 1, 2), of(f64(1, 1), 3)), 1, 2, 3);
        t.add(new Pack(4), List.of(of(f64(1, 1), 5), of(PAIR, 6, 7)), 5, 6, 7, 0);
        t.add(new Embedding(), List.of(of(f64(2, 2), 1, 2, 3, 4), ids(1, 0)), 3, 4, 1, 2);
        t.add(new EmbeddingGradient(2), List.of(ids(1, 1), of(f64(2, 1), 3, 4)), 0, 7);
        // Philox4x32-10 at counter 0 and key 0, from the tables of Random123: 6627e8d5 e169c58d bc57ac4c 9b00dbd8
        Value key = Value.of(TensorType.of(DType.INT32, 6), 0, 0, 0, 0, 0, 1);
        double unit = 0x1p-24;
        t.add(
                new RandomUniform(f64(4), 0),
                List.of(key),
                0x6627e8 * unit,
                0xe169c5 * unit,
                0xbc57ac * unit,
                0x9b00db * unit);
        t.add(new Dropout(0.5, 0), List.of(of(f64(4), 1, 1, 1, 1), key), 0, 2, 2, 2);
    }

    private static void products(Table t) {
        Value a = of(f64(2, 2), 1, 2, 3, 4);
        Value b = of(f64(2, 2), 5, 6, 7, 8);
        t.add(new MatMul(false, false), List.of(a, b), 19, 22, 43, 50);
        t.add(new MatMul(true, true), List.of(a, b), 23, 31, 34, 46);
        FusedMatMul fused = FusedMatMul.of(new MatMul(false, false)).withBias().withResidual();
        Value column = of(f64(2, 1), 3, 4);
        t.add(fused, List.of(of(ROW, 1, 2), column, of(ONE, 0.5), of(f64(1, 1), 2)), 13.5);
    }

    private static void states(Table t) {
        t.add(new Assign(), List.of(of(PAIR, 1, 2), of(PAIR, 3, 4), Cases.flag(1)), 3, 4);
        t.add(new Assign(), List.of(of(PAIR, 1, 2), of(PAIR, 3, 4), Cases.flag(0)), 1, 2);
        t.add(new Accumulate(), List.of(of(PAIR, 1, 2), of(PAIR, 3, 4)), 4, 6);
        List<Value> adam = List.of(
                of(ONE, 1),
                of(ONE, 0.5),
                of(ONE, 0),
                of(ONE, 0),
                of(NUMBER, 0.1),
                of(NUMBER, 0.5),
                of(NUMBER, 0.75),
                of(NUMBER, 2),
                Cases.flag(1));
        // g = 1; m = 1/2, v = 1/4; 1 − 0.1 · 0.1, then less 0.1/0.5 · 0.5 / (√0.25/√0.75)
        t.add(new AdamW(0.5, 0.75, 0, 0.1), adam, 0.99 - 0.1 * 1.7320508075688772, 0.5, 0.25);
        t.add(new MovingAverage(), List.of(of(ONE, 1), of(ONE, 3), of(NUMBER, 0.25), Cases.flag(1)), 1.5);
        // 1 is 2^1074 times the smallest unit: bit 18 of limb 33
        double[] limbs = new double[72];
        limbs[33] = 25 * 0x1p18;
        Value empty = Value.generate(SquareSum.ACCUMULATOR, i -> 0);
        t.add(new SquareSum(), List.of(empty, of(PAIR, 3, 4)), limbs);
        t.add(new ExactNorm(DType.FLOAT64), List.of(Value.of(SquareSum.ACCUMULATOR, limbs)), 5);
        t.add(new IsFinite(), List.of(of(NUMBER, 1), of(NUMBER, Double.POSITIVE_INFINITY)), 0);
        t.add(new IsFinite(), List.of(of(NUMBER, 1), of(NUMBER, -2)), 1);
    }

    private static void activations(Table t) {
        t.add(new Gelu(), List.of(of(ONE, 1)), 0.8411919906082768);
        t.add(new GeluGradient(), List.of(of(ONE, 1), of(ONE, 2)), 2 * 1.0829640838457826);
        t.add(new ExactGelu(), List.of(of(ONE, 1)), 0.8413447460685429);
        t.add(new ExactGeluGradient(), List.of(of(ONE, 1), of(ONE, 1)), 1.0833154705876863);
        t.add(new Silu(), List.of(of(ONE, 1)), SIGMOID_1);
        t.add(new SiluGradient(), List.of(of(ONE, 1), of(ONE, 1)), SILU_SLOPE_1);
        t.add(new SwiGlu(), List.of(of(PAIR, 1, 3)), 3 * SIGMOID_1);
        t.add(new SwiGluGradient(), List.of(of(PAIR, 1, 3), of(ONE, 2)), 6 * SILU_SLOPE_1, 2 * SIGMOID_1);
    }

    private static void rows(Table t) {
        Value dy = of(ROW, 1, 0);
        Value ones = of(PAIR, 1, 1);
        t.add(new Softmax(), List.of(of(ROW, 0, 1.0986122886681098)), 0.25, 0.75);
        t.add(new SoftmaxGradient(), List.of(of(ROW, 0.25, 0.75), dy), 0.1875, -0.1875);
        Value x = of(ROW, 1, 3);
        t.add(new LayerNorm(0), List.of(x, of(PAIR, 2, 2), ones), -1, 3, 2, 1);
        List<Value> gradient = List.of(dy, x, ones, of(ONE, 2), of(ONE, 1));
        t.add(new LayerNormGradient(), gradient, 0, 0, -1, 0, 1, 0);
        t.add(new RmsNorm(0), List.of(of(ROW, 3, 4), ones), 0.848528137423857, 1.131370849898476, 0.282842712474619);
        t.add(new RmsNormGradient(), List.of(dy, of(ROW, 1, 1), ones, of(ONE, 1)), 0.5, -0.5, 1, 0);
        norms(t, dy, ones);
        t.add(new Rotary(1, 1, false), List.of(dy, of(ROW, 0, 1)), 0, 1);
        t.add(new Rotary(1, 1, true), List.of(dy, of(ROW, 0, 1)), 0, -1);
        t.add(new CrossEntropy(-1), List.of(of(ROW, 0, 0), ids(0)), LN_2, 1, LN_2);
        List<Value> loss = List.of(of(ROW, 0, 0), ids(0), of(ONE, LN_2), of(NUMBER, 2));
        t.add(new CrossEntropyGradient(-1), loss, -1, 1);
        t.add(new FusedCrossEntropy(-1), List.of(of(ROW, 0, 0), ids(0), of(NUMBER, 2)), LN_2, 1, -1, 1);
    }

    /** The same norms, of sums; the same gradients, with others added. */
    private static void norms(Table t, Value dy, Value ones) {
        FusedNorm norm = FusedNorm.of(new LayerNorm(0), DType.FLOAT64).withResidual();
        List<Value> sum = List.of(of(ROW, 1, 1), of(PAIR, 2, 2), ones, of(PAIR, 0, 2));
        t.add(norm, sum, 1, 3, -1, 3, 2, 1);
        FusedNorm rms = FusedNorm.of(new RmsNorm(0), DType.FLOAT64).withResidual();
        List<Value> other = List.of(of(ROW, 1, 4), ones, of(ROW, 2, 0));
        t.add(rms, other, 3, 4, 0.848528137423857, 1.131370849898476, 0.282842712474619);
        List<Value> layer = List.of(dy, of(ROW, 1, 3), ones, of(ONE, 2), of(ONE, 1), of(ROW, 5, 7));
        FusedNormGradient gradient = FusedNormGradient.of(true).withResidual();
        t.add(gradient.withCopy(DType.FLOAT64), layer, 5, 7, -1, 0, 1, 0, 5, 7);
        List<Value> plain = List.of(dy, of(ROW, 1, 1), ones, of(ONE, 1), of(ROW, 1, 2));
        t.add(FusedNormGradient.of(false).withResidual(), plain, 1.5, 1.5, 1, 0);
    }

    /** Two positions of one head of width 1, whose queries are 0: each looks at all that it sees alike. */
    private static void attention(Table t) {
        Value packed = of(f64(1, 2, 3), 0, 0, 4, 0, 5, 8);
        Value y = of(f64(1, 2, 1), 4, 6);
        Value sums = of(f64(1, 1, 2), 0, LN_2);
        t.add(new Attention(1, 1, true), List.of(packed), 4, 6, 0, LN_2);
        List<Value> back = List.of(packed, y, sums, of(f64(1, 2, 1), 1, 1));
        t.add(new AttentionGradient(1, 1, true), back, 0, 0, 1.5, 5, 0, 0.5);
        Value cache = of(f64(1, 1, 2, 1), 4, 8);
        Value places = Value.of(TensorType.of(DType.INT32, 1, 2), 1, 0);
        Value queries = of(f64(1, 2, 1), 0, 0);
        t.add(new CachedAttention(), List.of(queries, of(f64(1, 1, 2, 1), 0, 5), cache, places), 6, 4);
        Value second = Value.of(TensorType.of(DType.INT32, 1, 1), 1);
        t.add(new CacheWrite(), List.of(cache, of(f64(1, 1, 1), 9), second), 4, 9);
    }

    /** Of equal weights; the random number at counter 0 and key 0 is 0x6627e8d5 / 2^32 = 0.399 and some more. */
    private static void choices(Table t) {
        Value how = ChoiceCases.rows(
                new TokenChoice(0, 0, 1, 0, 0, 0),
                new TokenChoice(1, 0, 1, 0, 0, 0),
                new TokenChoice(1, 0, 0.5, 0, 0, 0),
                new TokenChoice(1, 3, 1, 0, 0, 0),
                new TokenChoice(1, 0, 1, 3, 0, 0));
        // the first of the largest; ⌊0.399 · 5⌋ of five; the first two of the four; all four that equal the third;
        // three
        double[] logits = {3, 5, 5, 5, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, -99, 0, 2, 2, 2, 2, 0, 0, 0, 9, 9};
        t.add(new ChooseToken(), List.of(of(f64(5, 5), logits), how), 1, 1, 0, 2, 1);
    }

    /** The oracle first, in FLOAT64; then the device, in FLOAT32 where it takes that. */
    static String check(Bench bench) {
        int tried = 0;
        try (Truth truth = new Truth(bench.subject().oracle())) {
            Judge judge = new Judge(truth, bench.subject().seed());
            for (Known known : all()) {
                Case wide = of(known, known.inputs());
                try {
                    judge.compare(wide, known.outputs(), truth.of(known.operation(), known.inputs()));
                } catch (Breach breach) {
                    throw new Breach(breach.actual(), breach.expected(), "the oracle: " + breach.place())
                            .causedBy(breach);
                }
                Case narrow = Narrow.of(wide);
                if (narrow.plan(bench.device().planner()).isPresent()) {
                    judge.compare(
                            narrow,
                            known.outputs(),
                            Trial.run(bench.lab(), narrow, Layout.usual()).outputs());
                    tried++;
                }
            }
        }
        return all().size() + " examples, " + tried + " of them on the device";
    }

    private static Case of(Known known, List<Value> inputs) {
        return new Case(known.operation(), inputs, Tolerance.CHAIN, Scale.INPUTS, 1, false);
    }
}
