package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.blas.JavaBlas;
import dev.javelin.accelerator.cpu.blas.OpenBlasSerial;
import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionTest {

    /** Forward and backward by the definition, in double; d* are laid out like q, k and v of a packed array. */
    private static final class Reference {
        final double[] y;
        final double[] lse;
        final double[] dqkv;

        Reference(Attention.Shape s, double[] qkv, double[] dy) {
            int t = s.tokens();
            int d = s.headWidth();
            int row = (s.heads() + 2 * s.kvHeads()) * d;
            y = new double[s.batch() * t * s.heads() * d];
            lse = new double[s.batch() * s.heads() * t];
            dqkv = new double[qkv.length];
            for (int b = 0; b < s.batch(); b++) {
                for (int h = 0; h < s.heads(); h++) {
                    int kv = h / (s.heads() / s.kvHeads());
                    for (int i = 0; i < t; i++) {
                        int q = (b * t + i) * row + h * d;
                        int out = ((b * t + i) * s.heads() + h) * d;
                        int keys = s.causal() ? i + 1 : t;
                        double[] p = new double[keys];
                        double sum = 0;
                        for (int j = 0; j < keys; j++) {
                            int k = (b * t + j) * row + (s.heads() + kv) * d;
                            p[j] = Math.exp(s.scale() * dot(qkv, q, qkv, k, d));
                            sum += p[j];
                        }
                        lse[(b * s.heads() + h) * t + i] = Math.log(sum);
                        double delta = 0;
                        double[] dp = new double[keys];
                        for (int j = 0; j < keys; j++) {
                            int v = (b * t + j) * row + (s.heads() + s.kvHeads() + kv) * d;
                            p[j] /= sum;
                            dp[j] = dot(dy, out, qkv, v, d);
                            delta += p[j] * dp[j];
                            for (int c = 0; c < d; c++) {
                                y[out + c] += p[j] * qkv[v + c];
                                dqkv[v + c] += p[j] * dy[out + c];
                            }
                        }
                        for (int j = 0; j < keys; j++) {
                            int k = (b * t + j) * row + (s.heads() + kv) * d;
                            double ds = p[j] * (dp[j] - delta) * s.scale();
                            for (int c = 0; c < d; c++) {
                                dqkv[q + c] += ds * qkv[k + c];
                                dqkv[k + c] += ds * qkv[q + c];
                            }
                        }
                    }
                }
            }
        }

        private static double dot(double[] a, int i, double[] b, int j, int n) {
            double sum = 0;
            for (int c = 0; c < n; c++) {
                sum += a[i + c] * b[j + c];
            }
            return sum;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1,1,1,1,1,true",
        "2,5,3,3,4,true",
        "2,64,2,1,16,true",
        "1,65,4,2,8,true",
        "1,130,2,2,33,true",
        "2,70,3,1,5,false",
        "1,200,6,2,64,true",
        "1,9,2,2,3,false",
        "1,193,1,1,64,false",
        "1,3,2,1,64,true",
        "2,129,2,1,32,true",
        "1,131,4,2,32,false",
        "1,64,1,1,128,true"
    })
    void agreesWithItsDefinition(int batch, int tokens, int heads, int kvHeads, int width, boolean causal) {
        Random random = new Random(tokens);
        float scale = (float) (1 / Math.sqrt(width));
        Attention.Shape shape = new Attention.Shape(batch, tokens, heads, kvHeads, width, scale, causal);
        int row = (heads + 2 * kvHeads) * width;
        int n = batch * tokens * row;
        int outputs = batch * tokens * heads * width;
        for (SerialBlas blas : new SerialBlas[] {OpenBlasSerial.open(GemmTest.CACHE), new JavaBlas()}) {
            try (Workers workers = new Workers(2);
                    Scratchpad pad = new Scratchpad()) {
                long qkv = pad.random(random, n);
                long dy = pad.random(random, outputs);
                Reference expected = new Reference(shape, Scratchpad.doubles(qkv, n), Scratchpad.doubles(dy, outputs));
                long y = pad.empty(outputs);
                long lse = pad.empty((long) batch * heads * tokens);
                long dqkv = pad.empty(n);
                Attention.Rows3 in = Attention.Rows3.packed(shape, qkv);
                long workspace = pad.bytes(Attention.forwardWorkspaceBytes(shape, 2));
                Attention.forward(workers, blas, shape, in, y, lse, workspace);
                Close.to(expected.y, y, 1e-5, 1, "y");
                Close.to(expected.lse, lse, 1e-5, 1, "logSumExp");
                workspace = pad.bytes(Attention.backwardWorkspaceBytes(shape, 2));
                Attention.Rows3 out = Attention.Rows3.packed(shape, dqkv);
                Attention.backward(workers, blas, shape, dy, in, y, lse, out, workspace);
                Close.to(expected.dqkv, dqkv, 2e-5, 1, "dqkv");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2,70,4,2,16,true", "1,33,2,2,7,false", "2,70,4,2,64,true"})
    void takesQueriesKeysAndValuesFromSeparateArrays(
            int batch, int tokens, int heads, int kvHeads, int width, boolean causal) {
        Random random = new Random(1);
        Attention.Shape shape = new Attention.Shape(batch, tokens, heads, kvHeads, width, 0.3f, causal);
        SerialBlas blas = OpenBlasSerial.open(GemmTest.CACHE);
        int qRow = heads * width;
        int kRow = kvHeads * width;
        int row = qRow + 2 * kRow;
        int rows = batch * tokens;
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long packed = pad.random(random, (long) rows * row);
            long q = pad.empty((long) rows * qRow);
            long k = pad.empty((long) rows * kRow);
            long v = pad.empty((long) rows * kRow);
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < row; c++) {
                    long to = c < qRow
                            ? q + 4L * (r * qRow + c)
                            : c < qRow + kRow ? k + 4L * (r * kRow + c - qRow) : v + 4L * (r * kRow + c - qRow - kRow);
                    Raw.putFloat(to, Raw.getFloat(packed + 4L * (r * row + c)));
                }
            }
            long workspace = pad.bytes(Attention.forwardWorkspaceBytes(shape, 2));
            long expected = pad.empty((long) rows * qRow);
            long y = pad.empty((long) rows * qRow);
            long lse = pad.empty((long) batch * heads * tokens);
            Attention.forward(workers, blas, shape, Attention.Rows3.packed(shape, packed), expected, lse, workspace);
            Attention.forward(workers, blas, shape, new Attention.Rows3(q, qRow, k, kRow, v, kRow), y, lse, workspace);
            Close.same(Scratchpad.floats(expected, (long) rows * qRow), y, "y");
        }
    }
}
