package dev.javelin.accelerator.cpu.fast;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.accelerator.cpu.blas.OpenBlasSerial;
import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.threads.Workers;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CachedAttentionTest {

    /** Feeds {@code tokens} positions in pieces of these lengths, in turns, and compares with causal attention at once. */
    @ParameterizedTest
    @CsvSource({
        "1,9,2,2,3,9,1,1",
        "2,70,4,2,16,80,64,1",
        "1,150,6,2,33,150,3,100",
        "3,40,3,1,40,64,4,5",
        "1,200,12,12,64,256,128,1",
        "2,33,8,1,7,33,17,2"
    })
    void feedingTokensPieceByPieceIsCausalAttentionAtOnce(
            int batch, int tokens, int heads, int kvHeads, int width, int capacity, int piece, int otherPiece) {
        Random random = new Random(tokens);
        SerialBlas blas = OpenBlasSerial.open(GemmTest.CACHE);
        int row = (heads + 2 * kvHeads) * width;
        long outputs = (long) batch * tokens * heads * width;
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            long packed = pad.random(random, (long) batch * tokens * row);
            Attention.Shape at =
                    new Attention.Shape(batch, tokens, heads, kvHeads, width, (float) (1 / Math.sqrt(width)), true);
            long expected = pad.empty(outputs);
            long lse = pad.empty((long) batch * heads * tokens);
            long scratch = pad.bytes(Attention.forwardWorkspaceBytes(at, 2));
            Attention.forward(workers, blas, at, Attention.Rows3.packed(at, packed), expected, lse, scratch);

            long keys = pad.random(random, (long) batch * kvHeads * capacity * width); // old values: never seen
            long values = pad.random(random, (long) batch * kvHeads * capacity * width);
            float[] all = Scratchpad.floats(expected, outputs);
            boolean first = true;
            for (int from = 0; from < tokens; first = !first) {
                int t = Math.min(first ? piece : otherPiece, tokens - from);
                long y = attend(
                        workers, blas, pad, batch, from, t, tokens, heads, kvHeads, width, capacity, packed, keys,
                        values);
                int out = heads * width;
                for (int b = 0; b < batch; b++) {
                    for (int i = 0; i < t * out; i++) {
                        float wanted = all[(b * tokens + from) * out + i];
                        assertEquals(
                                wanted, Raw.getFloat(y + 4L * (b * t * out + i)), 1e-5, "position " + (from + i / out));
                    }
                }
                from += t;
            }
        }
    }

    private static long attend(
            Workers workers,
            SerialBlas blas,
            Scratchpad pad,
            int batch,
            int from,
            int t,
            int tokens,
            int heads,
            int kvHeads,
            int width,
            int capacity,
            long packed,
            long keys,
            long values) {
        long q = pad.empty((long) batch * t * heads * width);
        long k = pad.empty((long) batch * t * kvHeads * width);
        long v = pad.empty((long) batch * t * kvHeads * width);
        int[] places = new int[batch * t];
        int row = (heads + 2 * kvHeads) * width;
        for (int b = 0; b < batch; b++) {
            for (int i = 0; i < t; i++) {
                long source = packed + 4L * (b * tokens + from + i) * row;
                long token = (long) b * t + i;
                places[b * t + i] = from + i;
                Raw.copy(source, q + 4 * token * heads * width, 4L * heads * width);
                Raw.copy(source + 4L * heads * width, k + 4 * token * kvHeads * width, 4L * kvHeads * width);
                Raw.copy(
                        source + 4L * (heads + kvHeads) * width, v + 4 * token * kvHeads * width, 4L * kvHeads * width);
            }
        }
        long positions = pad.ofInts(places);
        CachedAttention.write(workers, batch, t, kvHeads, capacity, 4L * width, keys, k, positions);
        CachedAttention.write(workers, batch, t, kvHeads, capacity, 4L * width, values, v, positions);
        CachedAttention.Shape shape = new CachedAttention.Shape(batch, t, heads, kvHeads, capacity, width);
        long y = pad.empty((long) batch * t * heads * width);
        long workspace = pad.bytes(CachedAttention.workspaceBytes(shape, 2));
        CachedAttention.run(workers, blas, shape, q, keys, values, positions, y, workspace);
        return y;
    }

    @Test
    void aQueryWithoutAPositionGivesZeroAndItsRowIsNotWritten() {
        try (Workers workers = new Workers(2);
                Scratchpad pad = new Scratchpad()) {
            for (int tokens : new int[] {2, 6}) {
                int[] places = new int[tokens];
                java.util.Arrays.fill(places, -1);
                places[1] = 3;
                long positions = pad.ofInts(places);
                long cache = pad.random(new Random(1), 5 * 8);
                float[] before = Scratchpad.floats(cache, 5 * 8);
                long rows = pad.random(new Random(2), tokens * 8L);
                CachedAttention.write(workers, 1, tokens, 1, 5, 32, cache, rows, positions);
                System.arraycopy(Scratchpad.floats(rows + 32, 8), 0, before, 3 * 8, 8);
                Close.same(before, cache, "cache");
                CachedAttention.Shape shape = new CachedAttention.Shape(1, tokens, 1, 1, 5, 8);
                long y = pad.random(new Random(3), tokens * 8L);
                long workspace = pad.bytes(CachedAttention.workspaceBytes(shape, 2));
                SerialBlas blas = OpenBlasSerial.open(GemmTest.CACHE);
                CachedAttention.run(workers, blas, shape, rows, cache, cache, positions, y, workspace);
                Close.same(new float[8], y, "the first output of " + tokens);
            }
        }
    }
}
