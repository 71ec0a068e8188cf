package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.blas.JavaBlas;
import dev.javelin.accelerator.cpu.blas.OpenBlas;
import dev.javelin.accelerator.cpu.blas.OpenBlasSerial;
import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.threads.Workers;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Runs every kernel on fixed random operands and returns a checksum of each result. As a program it prints them, so that
 * a JVM without JIT compiler can be compared with this one.
 */
public final class KernelBits {

    /** Elements of flat arrays: few for a JVM without JIT compiler, many for several tiles. */
    static final int FEW = 2_003;

    static final int MANY = 33_001;

    private KernelBits() {}

    /** First argument: the folder of the native library; second: the number of threads. */
    public static void main(String[] arguments) {
        try (Workers workers = new Workers(Integer.parseInt(arguments[1]))) {
            checksums(workers, new OpenBlasSerial(OpenBlas.load(Path.of(arguments[0]))), FEW)
                    .forEach((kernel, sum) -> System.out.println(kernel + " " + sum));
        }
    }

    /** Kernel to checksum, in a fixed order. */
    public static Map<String, Long> checksums(Workers workers, SerialBlas blas, int elements) {
        Map<String, Long> sums = new LinkedHashMap<>();
        try (Scratchpad pad = new Scratchpad()) {
            products(workers, blas, pad, sums, "OpenBLAS");
            products(workers, new JavaBlas(), pad, sums, "Java");
            rows(workers, pad, sums);
            flat(workers, elements, pad, sums);
        }
        return sums;
    }

    private static void products(
            Workers workers, SerialBlas blas, Scratchpad pad, Map<String, Long> sums, String name) {
        Random random = new Random(1);
        int m = 250;
        int n = 410;
        int k = 19;
        long a = pad.random(random, m * k);
        long b = pad.random(random, n * k);
        long bias = pad.random(random, n);
        long c = pad.random(random, m * n);
        long pre = pad.empty(m * n);
        Gemm.Shape shape = Gemm.Shape.of(false, true, m, n, k).withGelu(true);
        Gemm.run(workers, blas, shape, a, b, c, bias, pre, 0, 0);
        sums.put(
                "gemm with epilogue, " + name,
                Scratchpad.checksum(c, 4L * m * n) ^ Scratchpad.checksum(pre, 4L * m * n));
        Gemm.Shape deep = Gemm.Shape.of(true, false, 40, 70, 1100);
        long tall = pad.random(random, 1100 * 40);
        long wide = pad.random(random, 1100 * 70);
        Gemm.run(workers, blas, deep, tall, wide, c, 0, 0, 0, pad.bytes(Gemm.workspaceBytes(deep)));
        sums.put("deep gemm, " + name, Scratchpad.checksum(c, 4L * 40 * 70));
        attention(20, workers, blas, pad, random, sums, name);
        attention(64, workers, blas, pad, random, sums, name);
        generation(workers, blas, pad, sums, name);
    }

    /** Heads of width 20 go by products of BLAS, those of 64 by panels. */
    private static void attention(
            int width,
            Workers workers,
            SerialBlas blas,
            Scratchpad pad,
            Random random,
            Map<String, Long> sums,
            String name) {
        Attention.Shape shape = new Attention.Shape(2, 70, 2, 1, width, 0.22f, true);
        long elements = 2L * 70 * 4 * width;
        long outputs = 2L * 70 * 2 * width;
        long qkv = pad.random(random, elements);
        long dqkv = pad.empty(elements);
        long y = pad.empty(outputs);
        long dy = pad.random(random, outputs);
        long lse = pad.empty(2 * 2 * 70);
        Attention.Rows3 in = Attention.Rows3.packed(shape, qkv);
        Attention.Rows3 out = Attention.Rows3.packed(shape, dqkv);
        long workspace = pad.bytes(Attention.backwardWorkspaceBytes(shape, workers.threads()));
        Attention.forward(workers, blas, shape, in, y, lse, workspace);
        Attention.backward(workers, blas, shape, dy, in, y, lse, out, workspace);
        String which = "attention of width " + width + ", " + name;
        sums.put(which, Scratchpad.checksum(y, 4 * outputs));
        sums.put("backward, " + which, Scratchpad.checksum(dqkv, 4 * elements));
    }

    private static void generation(
            Workers workers, SerialBlas blas, Scratchpad pad, Map<String, Long> sums, String name) {
        Random random = new Random(4);
        Gemm.Shape few = Gemm.Shape.of(false, true, 3, 410, 117).withGelu(true);
        long a = pad.random(random, 3 * 117);
        long b = pad.random(random, 410 * 117);
        long c = pad.empty(3 * 410);
        FewRows.run(workers, few, a, b, c, b, 0, 0);
        sums.put("few rows, " + name, Scratchpad.checksum(c, 4 * 3 * 410));
        for (int tokens : new int[] {1, 70}) {
            CachedAttention.Shape shape = new CachedAttention.Shape(2, tokens, 4, 2, 90, 20);
            long keys = pad.random(random, 2 * 2 * 90 * 20);
            long values = pad.random(random, 2 * 2 * 90 * 20);
            long q = pad.random(random, 2L * tokens * 80);
            long y = pad.empty(2L * tokens * 80);
            long positions = pad.ofInts(random.ints(2L * tokens, 0, 90).toArray());
            long workspace = pad.bytes(CachedAttention.workspaceBytes(shape, workers.threads()));
            CachedAttention.run(workers, blas, shape, q, keys, values, positions, y, workspace);
            sums.put("attention of " + tokens + " over a cache, " + name, Scratchpad.checksum(y, 4L * 2 * tokens * 80));
        }
    }

    private static void rows(Workers workers, Scratchpad pad, Map<String, Long> sums) {
        Random random = new Random(2);
        int r = 130;
        int c = 77;
        long n = (long) r * c;
        long x = pad.random(random, n);
        long dy = pad.random(random, n);
        long gamma = pad.random(random, c);
        long y = pad.empty(n);
        long mean = pad.empty(r);
        long rstd = pad.empty(r);
        long dgamma = pad.empty(c);
        long dbeta = pad.empty(c);
        long workspace = pad.bytes(LayerNorm.backwardWorkspaceBytes(r, c) + CrossEntropy.workspaceBytes(r));
        LayerNorm.forward(workers, r, c, 1e-5f, x, gamma, gamma, y, mean, rstd);
        sums.put("layer norm", Scratchpad.checksum(y, 4 * n));
        LayerNorm.backward(workers, r, c, dy, x, gamma, mean, rstd, 0, y, dgamma, dbeta, false, workspace);
        sums.put("layer norm backward", Scratchpad.checksum(y, 4 * n) ^ Scratchpad.checksum(dgamma, 4L * c));
        RmsNorm.forward(workers, r, c, 1e-5f, x, gamma, y, rstd);
        sums.put("RMS norm", Scratchpad.checksum(y, 4 * n));
        RmsNorm.backward(workers, r, c, dy, x, gamma, rstd, 0, y, dgamma, workspace);
        sums.put("RMS norm backward", Scratchpad.checksum(y, 4 * n) ^ Scratchpad.checksum(dgamma, 4L * c));
        Rotary.run(workers, new Rotary.Shape(r, 13, 3, 2, 11, false), x, dy, y);
        sums.put("rotary", Scratchpad.checksum(y, 4L * r * 3 * 22));
        Gates.swiGlu(workers, r / 2, c, x, y);
        sums.put("SwiGLU", Scratchpad.checksum(y, 4L * (r / 2) * c));
        Gates.swiGluGradient(workers, r / 2, c, dy, x, y);
        sums.put("SwiGLU backward", Scratchpad.checksum(y, 4L * (r / 2) * 2 * c));
        ColumnSum.run(workers, r, c, dy, dbeta, false, workspace);
        sums.put("column sum", Scratchpad.checksum(dbeta, 4L * c));
        Softmax.forward(workers, r, c, x, y);
        sums.put("softmax", Scratchpad.checksum(y, 4 * n));
        Softmax.backward(workers, r, c, dy, y, y);
        sums.put("softmax backward", Scratchpad.checksum(y, 4 * n));
        long targets = pad.ofInts(random.ints(r, 0, c).toArray());
        long loss = pad.empty(1);
        CrossEntropy.forward(workers, r, c, x, targets, -1, mean, loss, rstd, workspace);
        sums.put("cross-entropy", Scratchpad.checksum(mean, 4L * r) ^ Scratchpad.checksum(loss, 4));
        CrossEntropy.backward(workers, r, c, x, targets, -1, mean, loss, y);
        sums.put("cross-entropy backward", Scratchpad.checksum(y, 4 * n));
        CrossEntropy.both(workers, r, c, x, targets, -1, loss, mean, rstd, y, workspace);
        sums.put("fused cross-entropy", Scratchpad.checksum(y, 4 * n) ^ Scratchpad.checksum(mean, 4));
        long table = pad.empty(n);
        Embedding.gradient(workers, r, 50, c, dy, targets, table, false);
        sums.put("embedding gradient", Scratchpad.checksum(table, 4L * 50 * c));
    }

    private static void flat(Workers workers, int n, Scratchpad pad, Map<String, Long> sums) {
        Random random = new Random(3);
        long x = pad.random(random, n);
        long y = pad.random(random, n);
        long z = pad.empty(n);
        for (Unary.Op op : Unary.Op.values()) {
            Unary.run(workers, op, n, x, z);
            sums.put("unary " + op, Scratchpad.checksum(z, 4L * n));
        }
        for (Binary.Op op : Binary.Op.values()) {
            Binary.run(workers, op, n, x, y, z);
            sums.put("binary " + op, Scratchpad.checksum(z, 4L * n));
        }
        Affine.run(workers, n, 1.7f, -0.3f, x, z);
        sums.put("affine", Scratchpad.checksum(z, 4L * n));
        RowReduction.sum(workers, n / 77, 77, x, z);
        sums.put("row sum", Scratchpad.checksum(z, 4L * (n / 77)));
        RowReduction.max(workers, n / 77, 77, x, z);
        sums.put("row maximum", Scratchpad.checksum(z, 4L * (n / 77)));
        Gelu.forward(workers, n, x, z);
        sums.put("gelu", Scratchpad.checksum(z, 4L * n));
        Gelu.backward(workers, n, y, x, z);
        sums.put("gelu backward", Scratchpad.checksum(z, 4L * n));
        ExactGelu.forward(workers, n, x, z);
        sums.put("exact gelu", Scratchpad.checksum(z, 4L * n));
        ExactGelu.backward(workers, n, y, x, z);
        sums.put("exact gelu backward", Scratchpad.checksum(z, 4L * n));
        Gates.siluGradient(workers, n, y, x, z);
        sums.put("silu backward", Scratchpad.checksum(z, 4L * n));
        Dropout.run(workers, n, 0.1f, new Dropout.Words(1, 2, 6, 3, 4), 5, x, z);
        sums.put("dropout", Scratchpad.checksum(z, 4L * n));
        long accumulator = pad.bytes(SquareSum.BYTES);
        SquareSum.clear(accumulator);
        SquareSum.add(workers, n, x, accumulator, pad.bytes(SquareSum.workspaceBytes(n)));
        sums.put("square sum", Scratchpad.checksum(accumulator, SquareSum.BYTES));
        long one = pad.of(0.01f);
        Unary.run(workers, Unary.Op.ABS, n, z, z);
        long average = pad.random(random, n);
        MovingAverage.step(workers, n, average, y, one);
        sums.put("moving average", Scratchpad.checksum(average, 4L * n));
        AdamW.Constants constants = new AdamW.Constants(0.9f, 0.95f, 1e-8f, 0.1f);
        AdamW.step(workers, n, x, y, y, z, constants, new AdamW.Scalars(one, one, one, one, 0));
        sums.put("AdamW", Scratchpad.checksum(x, 4L * n) ^ Scratchpad.checksum(z, 4L * n));
    }
}
