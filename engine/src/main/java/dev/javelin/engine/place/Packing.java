package dev.javelin.engine.place;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Gives offsets to blocks of memory with known lifetimes, so that blocks alive at the same time do not overlap and the
 * total is small: greedy first fit under several orders, the best of them improved by moving the blocks at the top.
 *
 * <p>Source: the greedy orders are those of Pisarchyk, Lee, "Efficient memory management for deep neural net
 * inference", arXiv:2001.03288, section 5.
 */
public final class Packing {
    /** How far above the bound a packing may be before more orders are tried. */
    private static final double CLOSE = 1.01;

    private static final int ATTEMPTS = 60;

    /** Pairs of blocks that the attempts may look at together: a few seconds. */
    private static final double EFFORT = 2e9;

    private final List<Block> blocks;

    /**
     * A block to place.
     *
     * @param bytes a multiple of the alignment
     * @param start first point in time at which it is alive
     * @param end last point in time at which it is alive
     */
    public record Block(long bytes, int start, int end) {}

    /**
     * @param offsets of the blocks, in their order
     * @param bytes end of the highest block
     * @param bound largest sum of bytes alive at one time: no packing can be smaller
     */
    public record Result(long[] offsets, long bytes, long bound) {}

    private Packing(List<Block> blocks) {
        this.blocks = blocks;
    }

    private static boolean overlap(Block a, Block b) {
        return a.start() <= b.end() && b.start() <= a.end();
    }

    /** A packing of these blocks; the same for the same blocks. */
    public static Result pack(List<Block> blocks) {
        return new Packing(blocks).best();
    }

    private Result best() {
        long bound = bound();
        Comparator<Integer> bySize =
                Comparator.comparingLong(i -> -blocks.get(i).bytes());
        Comparator<Integer> byStart = Comparator.comparingInt(i -> blocks.get(i).start());
        Comparator<Integer> byArea =
                Comparator.comparingDouble(i -> -(double) blocks.get(i).bytes() * length(i));
        Comparator<Integer> byLength = Comparator.comparingInt(i -> -length(i));
        List<Comparator<Integer>> orders = List.of(
                bySize.thenComparing(byLength), byArea, byLength.thenComparing(bySize), byStart.thenComparing(bySize));
        Result best = null;
        List<Integer> bestOrder = List.of();
        for (Comparator<Integer> order : orders) {
            List<Integer> sequence = new ArrayList<>();
            for (int i = 0; i < blocks.size(); i++) {
                sequence.add(i);
            }
            sequence.sort(order.thenComparing(Comparator.naturalOrder()));
            Result result = place(sequence, bound);
            if (best == null || result.bytes() < best.bytes()) {
                best = result;
                bestOrder = sequence;
            }
        }
        return improve(best == null ? place(List.of(), bound) : best, bestOrder);
    }

    /** Moves the blocks that reach the top to earlier, random places of the order, and keeps what helps. */
    private Result improve(Result best, List<Integer> order) {
        Random random = new Random(1);
        List<Integer> current = order;
        double pairs = Math.max(1, 0.5 * blocks.size() * blocks.size());
        int attempts = (int) Math.min(ATTEMPTS, EFFORT / pairs);
        for (int attempt = 0; attempt < attempts && best.bytes() > best.bound() * CLOSE; attempt++) {
            List<Integer> changed = new ArrayList<>(current);
            for (int i = 0; i < blocks.size(); i++) {
                if (best.offsets()[i] + blocks.get(i).bytes() == best.bytes()) {
                    int from = changed.indexOf(i);
                    changed.add(random.nextInt(from + 1), changed.remove(from));
                }
            }
            Result result = place(changed, best.bound());
            if (result.bytes() <= best.bytes()) {
                best = result;
                current = changed;
            }
        }
        return best;
    }

    private int length(int i) {
        return blocks.get(i).end() - blocks.get(i).start();
    }

    private Result place(List<Integer> order, long bound) {
        long[] offsets = new long[blocks.size()];
        List<Integer> placed = new ArrayList<>();
        long top = 0;
        for (int i : order) {
            offsets[i] = lowest(blocks.get(i), offsets, placed);
            placed.add(position(offsets[i], offsets, placed), i);
            top = Math.max(top, offsets[i] + blocks.get(i).bytes());
        }
        return new Result(offsets, top, bound);
    }

    /**
     * The lowest offset at which a block meets no placed block that is alive at the same time.
     *
     * @param placed by ascending offset
     */
    private long lowest(Block block, long[] offsets, List<Integer> placed) {
        long offset = 0;
        for (int other : placed) {
            if (offsets[other] - offset >= block.bytes()) {
                break;
            }
            if (overlap(blocks.get(other), block)) {
                offset = Math.max(offset, offsets[other] + blocks.get(other).bytes());
            }
        }
        return offset;
    }

    /** Where in the ascending order a block at this offset belongs. */
    private static int position(long offset, long[] offsets, List<Integer> placed) {
        int low = 0;
        int high = placed.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (offsets[placed.get(middle)] < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private long bound() {
        int last = blocks.stream().mapToInt(Block::end).max().orElse(-1);
        long[] change = new long[last + 2];
        for (Block block : blocks) {
            change[block.start()] += block.bytes();
            change[block.end() + 1] -= block.bytes();
        }
        long live = 0;
        long most = 0;
        for (long delta : change) {
            live += delta;
            most = Math.max(most, live);
        }
        return most;
    }
}
