package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.Case;
import dev.javelin.accelerator.cpu.FusedCases;
import dev.javelin.accelerator.cpu.PrimitiveCases;
import dev.javelin.accelerator.cpu.TestDevice;
import dev.javelin.accelerator.cpu.Tolerance;
import dev.javelin.accelerator.cpu.Value;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.spi.kernel.KernelTable;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Operations whose bits must not depend on compiler or threads: those that the fast table runs, of all dtypes it takes and
 * odd sizes, and for each kernel one that is cut into several tiles. Equal in every JVM.
 */
final class BitCases {
    private static final long SEED = 20261128;
    private static final KernelTable<KernelChoice> FAST = FastKernels.all(1);

    /** Elements of flat arrays that are cut into several tiles. */
    static final int MANY = 33_001;

    /** Few enough for a JVM that compiles nothing. */
    static final int FEW = 2_003;

    private static final long MOST_ELEMENTS = 12_000;

    private final RandomGenerator random = new SplittableRandom(SEED);
    private final TestDevice reference;
    private final int flat;
    private final List<Case> cases = new ArrayList<>();

    private BitCases(TestDevice reference, int flat) {
        this.reference = reference;
        this.flat = flat;
    }

    /** All of them. */
    static List<Case> many(TestDevice reference) {
        return of(reference, MANY).toList();
    }

    /** The small ones, of every kernel. */
    static List<Case> few(TestDevice reference) {
        return of(reference, FEW).filter(c -> elements(c) <= MOST_ELEMENTS).toList();
    }

    private static Stream<Case> of(TestDevice reference, int flat) {
        RandomGenerator random = new SplittableRandom(SEED);
        BitCases more = new BitCases(reference, flat);
        more.elementwise();
        more.rows();
        more.products();
        more.states();
        return Stream.of(
                        PrimitiveCases.of(random, DType.FLOAT32, DType.FLOAT64),
                        FusedCases.of(random, reference, DType.FLOAT32, DType.FLOAT64),
                        more.cases.stream())
                .flatMap(all -> all)
                .filter(BitCases::fast);
    }

    /** Whether the fast table has a kernel for it, and something to do. */
    static boolean fast(Case c) {
        List<TensorType> inputs = c.inputs().stream().map(Value::type).toList();
        List<TensorType> outputs = c.operation().infer(inputs);
        return outputs.getFirst().elements() > 0
                && FAST.choose(c.operation(), inputs, outputs).isPresent();
    }

    static long elements(Case c) {
        return c.inputs().stream().mapToLong(value -> value.type().elements()).sum();
    }

    private Value normal(long... dims) {
        return Value.normal(TensorType.of(DType.FLOAT32, dims), random, 1);
    }

    private void add(Operation operation, Value... inputs) {
        cases.add(new Case(operation, List.of(inputs), Tolerance.EXACT));
    }

    private void elementwise() {
        Value x = normal(flat);
        Value dy = normal(flat);
        add(new Gelu(), x);
        add(new GeluGradient(), x, dy);
        add(new ExactGelu(), x);
        add(new ExactGeluGradient(), x, dy);
        add(new Silu(), x);
        add(new SiluGradient(), x, dy);
        add(new Dropout(0.3, 7), x, Value.of(TensorType.of(DType.INT32, 6), 17, -3, 5, 1, 12, 1));
        for (DType half : List.of(DType.FLOAT16, DType.BFLOAT16)) {
            for (int n : new int[] {1, 19, flat}) {
                add(new Cast(half), normal(n));
                add(new Cast(DType.FLOAT32), Value.normal(TensorType.of(half, n), random, 3));
            }
        }
        add(new Pack(flat + 40L), normal(flat / 2), normal(3, 5), normal(flat / 2 - 7));
    }

    private void rows() {
        long rows = Math.max(5, flat / 77);
        Value x = normal(rows, 77);
        Value dy = normal(rows, 77);
        Value scale = normal(77);
        Value y = reference.run(new Softmax(), x).getFirst();
        add(new Softmax(), x);
        add(new SoftmaxGradient(), y, dy);
        List<Value> normed = reference.run(new LayerNorm(1e-5), x, scale, scale);
        add(new LayerNorm(1e-5), x, scale, scale);
        add(new LayerNormGradient(), dy, x, scale, normed.get(1), normed.get(2));
        Value inverse = reference.run(new RmsNorm(1e-5), x, scale).get(1);
        add(new RmsNorm(1e-5), x, scale);
        add(new RmsNormGradient(), dy, x, scale, inverse);
        add(new FusedNorm(true, 1e-5, true, DType.FLOAT32), x, scale, scale, dy);
        add(new FusedNorm(false, 1e-5, true, DType.FLOAT32), x, scale, scale);
        Value passing = normal(rows, 77);
        add(FusedNormGradient.of(true).withResidual(), dy, x, scale, normed.get(1), normed.get(2), passing);
        add(FusedNormGradient.of(false).withResidual(), dy, x, scale, inverse, passing);
        Value packed = normal(rows, 154);
        add(new SwiGlu(), packed);
        add(new SwiGluGradient(), packed, dy);
        Value targets = Value.generate(TensorType.of(DType.INT32, rows), i -> i % 5 == 1 ? -1 : random.nextInt(77));
        Value sums = reference.run(new CrossEntropy(-1), x, targets).get(2);
        add(new CrossEntropy(-1), x, targets);
        Value quarter = Value.of(TensorType.of(DType.FLOAT32), 0.25);
        add(new CrossEntropyGradient(-1), x, targets, sums, quarter);
        add(new FusedCrossEntropy(-1), x, targets, quarter);
        Value ids = Value.generate(TensorType.of(DType.INT32, rows), i -> random.nextInt(31));
        add(new EmbeddingGradient(31), ids, dy);
    }

    private void products() {
        long rows = flat / 133;
        FusedMatMul fused = new FusedMatMul(false, true, false, false, false, false);
        add(fused.withBias().withGelu(), normal(rows, 19), normal(410, 19), normal(410));
        add(fused.withBias().withResidual(), normal(rows, 19), normal(410, 19), normal(410), normal(rows, 410));
        add(new MatMul(true, false), normal(flat / 30, 4), normal(flat / 30, 7)); // deep: sums of several parts
        add(new MatMul(false, true), normal(3, 117), normal(41, 117)); // few rows
        long positions = flat == MANY ? 70 : 21;
        for (long width : new long[] {20, 64}) { // by products of BLAS, by panels
            for (boolean causal : new boolean[] {true, false}) {
                Value packed = normal(1, positions, 4 * width);
                Attention forward = new Attention(2, 1, causal);
                List<Value> out = reference.run(forward, packed);
                add(forward, packed);
                Value dy = normal(1, positions, 2 * width);
                add(new AttentionGradient(2, 1, causal), packed, out.get(0), out.get(1), dy);
            }
        }
    }

    private void states() {
        TensorType scalar = TensorType.of(DType.FLOAT32);
        Value go = Value.of(TensorType.of(DType.INT32), 1);
        Value half = Value.of(scalar, 0.5);
        Value second = Value.generate(TensorType.of(DType.FLOAT32, flat), i -> random.nextDouble());
        add(
                new AdamW(0.9, 0.95, 1e-8, 0.1),
                normal(flat),
                normal(flat),
                normal(flat),
                second,
                Value.of(scalar, 1e-2),
                Value.of(scalar, 0.271),
                Value.of(scalar, 0.143),
                half,
                go);
        add(new MovingAverage(), normal(flat), normal(flat), Value.of(scalar, 0.3), go);
    }
}
