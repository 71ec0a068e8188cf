package dev.javelin.accelerator.cpu.fast;

import dev.javelin.accelerator.cpu.threads.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * {@code average += rate · (value − average)} over flat fp32 arrays, in one pass: two loads and a store an element, which is
 * what it costs. Rate 0 touches nothing, rate 1 copies. Bits: each element by itself.
 */
public final class MovingAverage {
    private MovingAverage() {}

    /**
     * Moves n averages towards n values.
     *
     * @param rate address of one fp32
     */
    public static void step(Workers workers, long n, long average, long value, long rate) {
        float share = Raw.getFloat(rate);
        if (share == 0) {
            return;
        }
        if (share == 1) {
            Flat.copy(workers, 4 * n, value, average);
            return;
        }
        Tiles.run(workers, n, Tiles.ELEMENTS, (from, to) -> {
            FloatVector shares = Raw.splat(share);
            long i = from;
            for (; i <= to - Raw.LANES; i += Raw.LANES) {
                FloatVector before = Raw.load(average + 4 * i);
                FloatVector away = Raw.load(value + 4 * i).sub(before);
                Raw.store(before.add(away.mul(shares)), average + 4 * i);
            }
            if (i < to) {
                VectorMask<Float> tail = Raw.head(to - i);
                FloatVector before = Raw.load(average + 4 * i, tail);
                FloatVector away = Raw.load(value + 4 * i, tail).sub(before);
                Raw.store(before.add(away.mul(shares)), average + 4 * i, tail);
            }
        });
    }
}
