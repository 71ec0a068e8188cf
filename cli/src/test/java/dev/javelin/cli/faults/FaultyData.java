package dev.javelin.cli.faults;

import dev.javelin.api.DType;
import dev.javelin.api.Dataset;
import dev.javelin.api.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Sixty-four rows of four numbers and a class that follows from them, and what may happen when they are read. */
final class FaultyData implements Dataset {
    static final int FEATURES = 4;
    static final int CLASSES = 3;
    static final long STEP = 12;

    static final long SLOW_NANOS = 4L * Bound.TIMEOUT_SECONDS * 1_000_000_000;
    private static final List<Field> FIELDS = List.of(
            new Field("features", TensorType.of(DType.FLOAT32, FEATURES), 0),
            new Field("label", TensorType.of(DType.INT32), -1));

    private final Fault fault;
    private final LongSupplier step;
    private boolean happened;

    /**
     * @param fault happens once, at a read after step {@link #STEP}
     * @param step of the rank
     */
    FaultyData(Fault fault, LongSupplier step) {
        this.fault = fault;
        this.step = step;
    }

    @Override
    public List<Field> fields() {
        return FIELDS;
    }

    @Override
    public long rows() {
        return 64;
    }

    @Override
    public void read(long row, Field field, MemorySegment destination) {
        if (step.getAsLong() >= STEP && !happened) {
            fail();
        }
        float shift = fault == Fault.OTHER_DATA ? 0.5f : 0;
        if (field.name().equals("label")) {
            destination.set(ValueLayout.JAVA_INT_UNALIGNED, 0, (int) (row % CLASSES));
            return;
        }
        for (int i = 0; i < FEATURES; i++) {
            float value = (float) StrictMath.sin(row * FEATURES + i) + shift;
            destination.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, value);
        }
    }

    private void fail() {
        switch (fault) {
            case EXIT -> {
                fault.happens();
                System.exit(3);
            }
            case DATA -> {
                fault.happens();
                throw new IllegalStateException("the disk of the test is broken");
            }
            case HANG -> {
                fault.happens();
                hang();
            }
            case SLOW_EVALUATION -> {
                happened = true;
                fault.happens();
                pause();
            }
            default -> {
                // Nothing happens when data are read.
            }
        }
    }

    private static void hang() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            hang(); // as code does that takes no notice
        }
    }

    /** What is slow, by purpose. */
    static void pause() {
        long until = System.nanoTime() + SLOW_NANOS;
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }
}
