package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One call with its buffers and the contents they must have behind it. Prepared and verified on each rank; the contents
 * are a function of the seed and the rank in the group.
 */
final class Exercise {
    /** The calls that move or add numbers. */
    enum Kind {
        ALL_GATHER,
        REDUCE_SCATTER,
        ALL_REDUCE,
        ALL_TO_ALL,
        BROADCAST,
        SEND_RECV;

        boolean sums() {
            return this == REDUCE_SCATTER || this == ALL_REDUCE;
        }
    }

    /**
     * How a call is made.
     *
     * @param elements each rank's part; for all but sums, bytes
     * @param inPlace whether a shard lies at its place in the full buffer
     * @param given whether buffers lie in memory of the communicator's own
     * @param shift bytes by which buffers lie beside an aligned address
     */
    record Form(Kind kind, DType dtype, long elements, long seed, boolean inPlace, boolean given, long shift) {
        static Form of(Kind kind, long elements, long seed) {
            return new Form(kind, DType.FLOAT32, elements, seed, false, false, 0);
        }

        Form withDType(DType other) {
            return new Form(kind, other, elements, seed, inPlace, given, shift);
        }

        Form withInPlace(boolean other) {
            return new Form(kind, dtype, elements, seed, other, given, shift);
        }

        Form withGiven(boolean other) {
            return new Form(kind, dtype, elements, seed, inPlace, other, shift);
        }

        Form withShift(long other) {
            return new Form(kind, dtype, elements, seed, inPlace, given, other);
        }

        long bytes() {
            return kind.sums() ? elements * dtype.bytes() : elements;
        }

        /** A length of the extent as a number of elements: as many up to 1024, as many bytes beyond. */
        static long elements(Kind kind, DType dtype, long length) {
            return !kind.sums() || length <= 1024 ? length : length / dtype.bytes() + 1;
        }

        @Override
        public String toString() {
            return kind + " of " + elements + (kind.sums() ? " " + dtype.label() : " bytes")
                    + (inPlace ? " in place" : "") + (given ? " in given memory" : "")
                    + (shift > 0 ? " at offset " + shift : "");
        }
    }

    private final Workbench bench;
    private final Communicator group;
    private final Form form;
    private final int size;
    private final int rank;
    private final long bytes;
    private final Buffer source;
    private final Buffer target;

    private Exercise(Workbench bench, Communicator group, Form form) {
        this.bench = bench;
        this.group = group;
        this.form = form;
        this.size = group.size();
        this.rank = group.rank();
        this.bytes = form.bytes();
        boolean wholeSource = form.kind == Kind.REDUCE_SCATTER || form.kind == Kind.ALL_TO_ALL;
        boolean one = form.inPlace || form.kind == Kind.ALL_REDUCE || form.kind == Kind.BROADCAST;
        boolean wholeTarget =
                form.kind == Kind.ALL_GATHER || form.kind == Kind.ALL_TO_ALL || form.kind == Kind.SEND_RECV;
        this.source = buffer(wholeSource || one && wholeTarget ? size * bytes : bytes);
        this.target = one ? source : buffer(wholeTarget ? size * bytes : bytes);
        fill();
    }

    static Exercise prepare(Workbench bench, Communicator group, Form form) {
        bench.at(form.toString());
        return new Exercise(bench, group, form);
    }

    /** Prepares, makes and verifies one call. */
    static void once(Workbench bench, Communicator group, Form form) {
        Exercise exercise = prepare(bench, group, form);
        exercise.enqueue(bench.call());
        bench.settle();
        exercise.verify();
    }

    private Buffer buffer(long count) {
        return form.given ? bench.buffer(group, count) : bench.buffer(count, form.shift);
    }

    private int root() {
        return (int) (form.seed % size);
    }

    /** What a rank gives: all of it. */
    private byte[] contents(int of) {
        boolean whole = form.kind == Kind.REDUCE_SCATTER || form.kind == Kind.ALL_TO_ALL;
        return contents(of, 0, whole ? size : 1);
    }

    /** Some parts of what a rank gives. */
    private byte[] contents(int of, long firstPart, long parts) {
        return form.kind.sums()
                ? Data.elements(form.dtype, form.seed, of, firstPart * form.elements, parts * form.elements)
                : Data.bytes(form.seed, of, firstPart * bytes, parts * bytes);
    }

    /** Where this rank's shard lies, if it lies in the full buffer. */
    private long shardOffset() {
        return form.inPlace && (form.kind == Kind.ALL_GATHER || form.kind == Kind.REDUCE_SCATTER) ? rank * bytes : 0;
    }

    private void fill() {
        long offset = form.kind == Kind.ALL_GATHER ? shardOffset() : 0;
        source.write(offset, contents(rank));
    }

    void enqueue(Call call) {
        bench.at(form.toString());
        long from = source.address();
        long to = target.address();
        switch (form.kind) {
            case ALL_GATHER -> group.allGather(call, from + shardOffset(), to, bytes);
            case REDUCE_SCATTER -> group.reduceScatter(call, from, to + shardOffset(), form.elements, form.dtype);
            case ALL_REDUCE -> group.allReduce(call, from, form.elements, form.dtype);
            case ALL_TO_ALL -> group.allToAll(call, from, to, bytes);
            case BROADCAST -> group.broadcast(call, from, bytes, root());
            case SEND_RECV -> exchangePairs(call);
        }
    }

    /** Every pair of ranks, both directions, one after the other: nobody waits for somebody who waits for him. */
    private void exchangePairs(Call call) {
        for (int a = 0; a < size; a++) {
            for (int b = a + 1; b < size; b++) {
                if (rank == a || rank == b) {
                    int peer = rank == a ? b : a;
                    Call pair = new Call(call.queue(), call.ticket() * 1_000_000 + a * 1_000L + b);
                    long here = target.address() + peer * bytes;
                    if (rank == a) {
                        group.send(pair, source.address(), bytes, peer);
                        group.recv(pair, here, bytes, peer);
                    } else {
                        group.recv(pair, here, bytes, peer);
                        group.send(pair, source.address(), bytes, peer);
                    }
                }
            }
        }
    }

    /** Compares the contents behind the call with what they must be. */
    void verify() {
        bench.at(form.toString());
        switch (form.kind) {
            case ALL_GATHER -> parts(true);
            case SEND_RECV -> parts(false);
            case ALL_TO_ALL -> {
                for (int r = 0; r < size; r++) {
                    equal(contents(r, rank, 1), target.read(r * bytes, bytes), "part " + r);
                }
            }
            case BROADCAST -> equal(contents(root()), target.read(), "buffer");
            case ALL_REDUCE -> sum(0, target.read());
            case REDUCE_SCATTER -> sum(rank, target.read(shardOffset(), bytes));
        }
    }

    private void parts(boolean own) {
        for (int r = 0; r < size; r++) {
            if (own || r != rank) {
                equal(contents(r), target.read(r * bytes, bytes), "part " + r);
            }
        }
    }

    private void equal(byte[] expected, byte[] actual, String what) {
        int at = Arrays.mismatch(expected, actual);
        if (at >= 0) {
            throw bench.breach(
                    "byte " + at + " of " + what + " is " + (actual[at] & 0xFF), String.valueOf(expected[at] & 0xFF));
        }
    }

    private void sum(int part, byte[] actual) {
        byte[][] ranks = new byte[size][];
        for (int r = 0; r < size; r++) {
            ranks[r] = contents(r, part, 1);
        }
        if (bench.subject().abilities().treeSums() || !form.dtype.floating()) {
            byte[] expected = Tree.sum(form.dtype, ranks);
            int at = Arrays.mismatch(expected, actual);
            if (at >= 0) {
                long element = at / form.dtype.bytes();
                throw bench.breach("sum " + element + " is " + text(actual, element), text(expected, element));
            }
        } else {
            near(ranks, actual);
        }
    }

    private String text(byte[] values, long element) {
        long bits = Data.get(MemorySegment.ofArray(values), form.dtype, element);
        return Tree.value(form.dtype, bits) + " (bits " + Long.toHexString(bits) + ")";
    }

    private void near(byte[][] ranks, byte[] actual) {
        double[] values = new double[size];
        for (long i = 0; i < form.elements; i++) {
            double exact = 0;
            for (int r = 0; r < size; r++) {
                values[r] = Tree.value(form.dtype, Data.get(MemorySegment.ofArray(ranks[r]), form.dtype, i));
                exact += values[r];
            }
            double got = Tree.value(form.dtype, Data.get(MemorySegment.ofArray(actual), form.dtype, i));
            double bound = Tree.bound(form.dtype, values);
            if (!(Math.abs(got - exact) <= bound)) {
                throw bench.breach("sum " + i + " is " + got, exact + " within " + bound);
            }
        }
    }

    /** What this rank has behind the call, to be compared with what others have. */
    byte[] result() {
        return target.read();
    }

    boolean guardsWhole() {
        return source.guardsWhole() && target.guardsWhole();
    }

    /** Whether the source still has its contents, where the call must leave them alone. */
    boolean sourceWhole() {
        boolean kept = form.kind == Kind.ALL_GATHER || form.kind == Kind.ALL_TO_ALL || form.kind == Kind.SEND_RECV;
        return !kept || form.inPlace || Arrays.equals(contents(rank), source.read());
    }
}
