package dev.javelin.accelerator.cuda;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.spi.kernel.AttentionShape;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Attention by tiles proves itself on the GPU at hand before it is first used there: a small attention, forward and
 * backward, against the definition in FLOAT64 on the host. Its fragments lie in registers as the instruction set says,
 * which no emulator can confirm; a GPU or a driver that sees it otherwise is found here, in some milliseconds, and not in
 * a loss that looks odd.
 */
final class FlashCheck {
    /** More than a tile, and no multiple of one. */
    private static final int POSITIONS = 100;

    private static final int HEADS = 2;
    /** Of a row: what roundings to 16 bits come to is below a third of it, what a misplaced element comes to far above. */
    private static final double BOUND = 0.05;

    private static final long SEED = 7;

    private final DType dtype;
    private final AttentionShape shape;

    private FlashCheck(DType dtype, int width) {
        this.dtype = dtype;
        this.shape = new AttentionShape(1, POSITIONS, HEADS, 1, width, true);
    }

    /** Runs an operation on the GPU: arrays in, arrays out. */
    interface Runner {
        List<float[]> run(Operation operation, List<TensorType> types, List<float[]> inputs);
    }

    /**
     * Checks the kernels for heads of a width.
     *
     * @param dtype BFLOAT16 or FLOAT16
     * @throws JavelinException {@code JVL-CUD-0023} if the GPU gets something else than the definition
     */
    static void run(DType dtype, int width, Runner gpu) {
        new FlashCheck(dtype, width).run(gpu);
    }

    private void run(Runner gpu) {
        int width = (int) shape.width();
        SplittableRandom random = new SplittableRandom(SEED);
        float[] packed = numbers(POSITIONS * (HEADS + 2) * width, random);
        float[] dy = numbers(POSITIONS * HEADS * width, random);
        Attention attention = new Attention(HEADS, 1, true);
        List<TensorType> in = List.of(TensorType.of(dtype, 1, POSITIONS, (HEADS + 2L) * width));
        List<TensorType> out = attention.infer(in);
        List<float[]> forward = gpu.run(attention, in, List.of(packed));

        Exact exact = new Exact(packed, dy);
        compare("y", exact.y, forward.get(0), width);
        compare("the row sums", exact.rowSums, forward.get(1), POSITIONS);
        List<float[]> gradient = gpu.run(
                new AttentionGradient(HEADS, 1, true),
                List.of(in.get(0), out.get(0), out.get(1), out.get(0)),
                List.of(packed, forward.get(0), forward.get(1), dy));
        compare("the gradient", exact.dPacked, gradient.get(0), width);
    }

    /** Multiples of 1/32 from -2 to 2: exact in 16 bits of either kind. */
    private static float[] numbers(int count, SplittableRandom random) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = random.nextInt(-64, 65) / 32f;
        }
        return numbers;
    }

    private void compare(String what, double[] expected, float[] actual, int width) {
        double all = Math.sqrt(squares(expected, 0, expected.length) * width / expected.length);
        for (int row = 0; row < expected.length / width; row++) {
            double off = 0;
            for (int i = row * width; i < (row + 1) * width; i++) {
                off += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            }
            double bound = BOUND * (Math.sqrt(squares(expected, row * width, width)) + all);
            if (!(Math.sqrt(off) <= bound)) { // so that NaN fails
                throw new JavelinException(
                        "JVL-CUD-0023",
                        "flash attention computes wrong numbers on this GPU: " + dtype.label() + ", heads of " + width
                                + ", row " + row + " of " + what + " is off by " + (float) Math.sqrt(off)
                                + ", at most " + (float) bound + " is expected",
                        "set accelerator.cuda.attention=reference, and report this with the GPU and its driver");
            }
        }
    }

    private static double squares(double[] values, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += values[i] * values[i];
        }
        return sum;
    }

    /** The definition. */
    private final class Exact {
        private final float[] packed;
        private final double[] y = new double[POSITIONS * HEADS * (int) shape.width()];
        private final double[] rowSums = new double[HEADS * POSITIONS];
        private final double[] dPacked;

        Exact(float[] packed, float[] dy) {
            this.packed = packed;
            dPacked = new double[packed.length];
            for (int head = 0; head < HEADS; head++) {
                for (int i = 0; i < POSITIONS; i++) {
                    row(head, i, dy);
                }
            }
        }

        private void row(int head, int i, float[] dy) {
            int query = (int) shape.query(0, head, i);
            int out = (int) shape.output(0, head, i);
            double[] p = new double[i + 1];
            double sum = 0;
            for (int j = 0; j <= i; j++) {
                p[j] = Math.exp(dot(packed, query, packed, (int) shape.key(0, head, j)) * shape.scale());
                sum += p[j];
            }
            rowSums[head * POSITIONS + i] = Math.log(sum);
            double[] dp = new double[i + 1];
            double mean = 0; // of dp by p
            for (int j = 0; j <= i; j++) {
                p[j] /= sum;
                dp[j] = dot(dy, out, packed, (int) shape.value(0, head, j));
                mean += p[j] * dp[j];
            }
            for (int j = 0; j <= i; j++) {
                int key = (int) shape.key(0, head, j);
                int value = (int) shape.value(0, head, j);
                double ds = p[j] * (dp[j] - mean) * shape.scale();
                for (int d = 0; d < shape.width(); d++) {
                    y[out + d] += p[j] * packed[value + d];
                    dPacked[value + d] += p[j] * dy[out + d];
                    dPacked[query + d] += ds * packed[key + d];
                    dPacked[key + d] += ds * packed[query + d];
                }
            }
        }

        private double dot(float[] a, int from, float[] b, int at) {
            double sum = 0;
            for (int d = 0; d < shape.width(); d++) {
                sum += (double) a[from + d] * b[at + d];
            }
            return sum;
        }
    }
}
