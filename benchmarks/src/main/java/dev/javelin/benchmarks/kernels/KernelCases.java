package dev.javelin.benchmarks.kernels;

import static dev.javelin.benchmarks.kernels.KernelCase.copying;
import static dev.javelin.benchmarks.kernels.KernelCase.multiplying;

import dev.javelin.accelerator.cpu.dispatch.FastKernels;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.Fill;
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
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.kernel.KernelTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/** Every fast kernel, at sizes of the model {@code baby}: 12 rows of 256 positions, width 384, 6 heads. */
final class KernelCases {
    /** The limit of memory: copies one array to another. */
    static final String COPY = "copy (assign)";

    /** The limit of arithmetic. */
    static final String PRODUCT = "matmul, square";

    private static final long ROWS = 3072;
    private static final long WIDTH = 384;
    private static final long WIDE = 4 * WIDTH;
    private static final long N = ROWS * WIDE;
    private static final TensorType FLAT = floats(N);
    private static final TensorType SCALAR = floats();
    private static final TensorType FLAG = TensorType.of(DType.INT32);

    private final List<KernelCase> cases = new ArrayList<>();

    private KernelCases() {}

    /** By name, in the order of the table. */
    static SequencedMap<String, KernelCase> all() {
        KernelCases all = new KernelCases();
        all.moves();
        all.elementwise();
        all.rows();
        all.states();
        all.products();
        SequencedMap<String, KernelCase> named = new LinkedHashMap<>();
        for (KernelCase kernel : all.cases) {
            if (named.put(kernel.name(), kernel) != null) {
                throw new IllegalStateException("two cases named " + kernel.name());
            }
        }
        return named;
    }

    private static TensorType floats(long... dims) {
        return TensorType.of(DType.FLOAT32, dims);
    }

    private static TensorType ints(long... dims) {
        return TensorType.of(DType.INT32, dims);
    }

    private void add(KernelCase kernel) {
        cases.add(kernel);
    }

    private void moves() {
        add(copying(COPY, new Assign(), FLAT, FLAT, FLAG).withWork(8.0 * N));
        add(copying("fill", new Fill(FLAT, 1.5)));
        add(copying("fill, zero", new Fill(FLAT, 0)));
        add(copying("permute, heads", new Permute(List.of(0, 2, 1, 3)), floats(48, 256, 6, 64)));
        add(copying("permute, transpose", new Permute(List.of(1, 0)), floats(ROWS, WIDE)));
        add(copying("pack", new Pack(N), floats(N / 2), floats(N / 4), floats(N / 4 - 60)));
        add(copying("embedding", new Embedding(), floats(50_257, WIDTH), ints(4 * ROWS))
                .withBound(50_257)
                .withWork(8.0 * N));
        add(copying("embedding_gradient", new EmbeddingGradient(4096), ints(4 * ROWS), floats(4 * ROWS, WIDTH))
                .withBound(4096));
        for (DType to : List.of(DType.FLOAT64, DType.FLOAT16, DType.BFLOAT16)) {
            String name = to.name().toLowerCase(Locale.ROOT);
            add(copying("cast to " + name, new Cast(to), FLAT));
            add(copying("cast from " + name, new Cast(DType.FLOAT32), TensorType.of(to, N)));
        }
    }

    private void elementwise() {
        KernelTable<KernelChoice> fast = FastKernels.all(1);
        for (Unary.Kind kind : Unary.Kind.values()) {
            Unary unary = new Unary(kind);
            if (fast.choose(unary, List.of(FLAT), List.of(FLAT)).isPresent()) {
                add(copying("unary, " + kind.name().toLowerCase(Locale.ROOT), unary, FLAT));
            }
        }
        for (Binary.Kind kind : Binary.Kind.values()) {
            Binary binary = new Binary(kind);
            if (fast.choose(binary, List.of(FLAT, FLAT), List.of(FLAT)).isPresent()) {
                add(copying("binary, " + kind.name().toLowerCase(Locale.ROOT), binary, FLAT, FLAT));
            }
        }
        add(copying("binary, add a row", new Binary(Binary.Kind.ADD), floats(ROWS, WIDE), floats(WIDE)));
        add(copying("affine", new Affine(1.5, 0.5), FLAT));
        add(copying("dropout", new Dropout(0.1, 3), FLAT, ints(6)));
        add(copying("gelu", new Gelu(), FLAT));
        add(copying("gelu_gradient", new GeluGradient(), FLAT, FLAT));
        add(copying("exact_gelu", new ExactGelu(), FLAT));
        add(copying("exact_gelu_gradient", new ExactGeluGradient(), FLAT, FLAT));
        add(copying("silu", new Silu(), FLAT));
        add(copying("silu_gradient", new SiluGradient(), FLAT, FLAT));
        add(copying("swiglu", new SwiGlu(), floats(ROWS, 2 * WIDE)));
        add(copying("swiglu_gradient", new SwiGluGradient(), floats(ROWS, 2 * WIDE), floats(ROWS, WIDE)));
    }

    private void rows() {
        long many = 4 * ROWS;
        TensorType x = floats(many, WIDTH);
        TensorType row = floats(WIDTH);
        TensorType each = floats(many);
        add(copying("reduce_sum, rows", new Reduce(Reduce.Kind.SUM, List.of(1)), x));
        add(copying("reduce_sum, columns", new Reduce(Reduce.Kind.SUM, List.of(0)), x));
        add(copying("reduce_max, rows", new Reduce(Reduce.Kind.MAX, List.of(1)), x));
        add(copying("softmax", new Softmax(), x));
        add(copying("softmax_gradient", new SoftmaxGradient(), x, x));
        add(copying("layer_norm", new LayerNorm(1e-5), x, row, row));
        add(copying("layer_norm_gradient", new LayerNormGradient(), x, x, row, each, each));
        add(copying("rms_norm", new RmsNorm(1e-5), x, row));
        add(copying("rms_norm_gradient", new RmsNormGradient(), x, x, row, each));
        add(copying("fused_norm", new FusedNorm(true, 1e-5, true, DType.FLOAT32), x, row, row, x));
        FusedNormGradient gradient = FusedNormGradient.of(true).withResidual();
        add(copying("fused_norm_gradient", gradient, x, x, row, each, each, x));
        add(copying("rotary", new Rotary(6, 6, false), floats(48, 256, WIDTH), floats(256, 64)));
        TensorType logits = floats(256, 50_257);
        add(copying("cross_entropy", new CrossEntropy(-1), logits, ints(256)).withBound(50_257));
        add(copying("cross_entropy_gradient", new CrossEntropyGradient(-1), logits, ints(256), floats(256), SCALAR)
                .withBound(50_257));
        add(copying("fused_cross_entropy", new FusedCrossEntropy(-1), logits, ints(256), SCALAR)
                .withBound(50_257));
    }

    private void states() {
        add(copying("accumulate", new Accumulate(), FLAT, FLAT));
        add(copying("square_sum", new SquareSum(), SquareSum.ACCUMULATOR, FLAT));
        add(copying("square_sum, float64", new SquareSum(), SquareSum.ACCUMULATOR, TensorType.of(DType.FLOAT64, N)));
        add(copying(
                "adamw",
                new AdamW(0.9, 0.95, 1e-8, 0.1),
                FLAT,
                FLAT,
                FLAT,
                FLAT,
                SCALAR,
                SCALAR,
                SCALAR,
                SCALAR,
                FLAG));
        add(copying("moving_average", new MovingAverage(), FLAT, FLAT, SCALAR, FLAG));
        TensorType cache = floats(8, 12, 1024, 64);
        add(copying("cache_write", new CacheWrite(), cache, floats(8, 256, 768), ints(8, 256))
                .withBound(1024)
                .withWork(8.0 * 8 * 256 * 768));
        add(copying("cached_attention, one token", new CachedAttention(), floats(8, 1, 768), cache, cache, ints(8, 1))
                .withBound(1024));
    }

    private void products() {
        add(multiplying(PRODUCT, new MatMul(false, false), floats(1536, 1536), floats(1536, 1536)));
        add(multiplying("matmul, input gradient", new MatMul(false, false), floats(ROWS, WIDE), floats(WIDE, WIDTH)));
        add(multiplying("matmul, weight gradient", new MatMul(true, false), floats(ROWS, WIDE), floats(ROWS, WIDTH)));
        add(multiplying(
                "matmul, float64",
                new MatMul(false, true),
                TensorType.of(DType.FLOAT64, 768, WIDTH),
                TensorType.of(DType.FLOAT64, WIDE, WIDTH)));
        add(copying("matmul, few rows", new MatMul(false, true), floats(4, 768), floats(3072, 768)));
        FusedMatMul plain = new FusedMatMul(false, true, false, false, false, false);
        TensorType narrow = floats(ROWS, WIDTH);
        add(multiplying("fused_matmul, bias", plain.withBias(), narrow, floats(WIDE, WIDTH), floats(WIDE)));
        add(multiplying(
                "fused_matmul, bias and gelu", plain.withBias().withGelu(), narrow, floats(WIDE, WIDTH), floats(WIDE)));
        add(multiplying(
                "fused_matmul, bias and residual",
                plain.withBias().withResidual(),
                floats(ROWS, WIDE),
                floats(WIDTH, WIDE),
                floats(WIDTH),
                narrow));
        TensorType packed = floats(12, 256, 3 * WIDTH);
        TensorType y = floats(12, 256, WIDTH);
        add(multiplying("attention", new Attention(6, 6, true), packed));
        add(multiplying("attention_gradient", new AttentionGradient(6, 6, true), packed, y, floats(12, 6, 256), y));
        add(multiplying(
                        "cached_attention, prefill",
                        new CachedAttention(),
                        floats(4, 256, WIDTH),
                        floats(4, 6, 256, 64),
                        floats(4, 6, 256, 64),
                        ints(4, 256))
                .withBound(256));
    }

    /** The kernel that is another's limit. */
    static KernelCase limit(KernelCase kernel) {
        String name = kernel.limit() == KernelCase.Limit.COPY ? COPY : PRODUCT;
        KernelCase limit = all().get(name);
        if (limit == null) {
            throw new IllegalStateException("no kernel " + name);
        }
        return limit;
    }

    /** What the limits are, by kind. */
    static Map<KernelCase.Limit, String> limits() {
        return Map.of(KernelCase.Limit.COPY, COPY, KernelCase.Limit.PRODUCT, PRODUCT);
    }
}
