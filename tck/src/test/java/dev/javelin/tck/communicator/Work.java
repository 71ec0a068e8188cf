package dev.javelin.tck.communicator;

import java.util.Arrays;

/** What the last rank does for all, when their offers agree. */
final class Work {
    private final Offer[] offers;
    private final int size;
    private final int bytes;

    private Work(Offer[] offers) {
        this.offers = offers;
        this.size = offers.length;
        long least = Arrays.stream(offers).mapToLong(Offer::count).min().orElseThrow();
        boolean sums = offers[0].kind() == Offer.Kind.REDUCE_SCATTER || offers[0].kind() == Offer.Kind.ALL_REDUCE;
        this.bytes =
                Math.toIntExact(Math.max(0, least) * (sums ? offers[0].dtype().bytes() : 1));
    }

    static void of(Offer[] offers, Board board) {
        Work work = new Work(offers);
        switch (offers[0].kind()) {
            case JOIN, BARRIER, ALLOCATE -> {}
            case SPLIT -> board.divide(offers);
            case ALL_GATHER -> work.allGather();
            case ALL_TO_ALL -> work.allToAll();
            case BROADCAST -> work.broadcast();
            case ALL_REDUCE, REDUCE_SCATTER -> work.sum();
        }
    }

    private byte[][] read(long parts) {
        byte[][] all = new byte[size][];
        for (int r = 0; r < size; r++) {
            all[r] = Raw.read(offers[r].from(), parts * bytes);
        }
        return all;
    }

    private void allGather() {
        byte[][] shards = read(1);
        for (Offer offer : offers) {
            for (int r = 0; r < size; r++) {
                Raw.write(offer.to() + (long) r * bytes, shards[r]);
            }
        }
    }

    private void allToAll() {
        byte[][] all = read(size);
        for (int to = 0; to < size; to++) {
            for (int from = 0; from < size; from++) {
                byte[] part = Arrays.copyOfRange(all[from], to * bytes, (to + 1) * bytes);
                Raw.write(offers[to].to() + (long) from * bytes, part);
            }
        }
    }

    private void broadcast() {
        byte[] contents = Raw.read(offers[offers[0].root()].from(), bytes);
        for (Offer offer : offers) {
            Raw.write(offer.to(), contents);
        }
    }

    private void sum() {
        boolean scatter = offers[0].kind() == Offer.Kind.REDUCE_SCATTER;
        byte[] sum = Tree.sum(offers[0].dtype(), read(scatter ? size : 1));
        for (int r = 0; r < size; r++) {
            Raw.write(offers[r].to(), scatter ? Arrays.copyOfRange(sum, r * bytes, (r + 1) * bytes) : sum);
        }
    }
}
