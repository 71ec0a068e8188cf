package dev.javelin.communicator.local;

/**
 * The layout of a rank's part of the shared memory: written by the rank itself but for what the others ring, cancel or
 * reduce. Lines are of 64 bytes, so that ranks do not take a cache line from each other by chance.
 *
 * <pre>
 * stamp      one line: tells that a mapping is the right one
 * bell       one line: set while the rank sleeps
 * reason     the text of an abort by this rank
 * places     for each of 64 groups: two lines of calls (by turns), one of progress, one of cancellation, two eager buffers
 * channels   for each rank of the world: a line of messages to it, and a line of receipts from it
 * window     through which processes pass buffers that lie elsewhere
 * </pre>
 *
 * @param address of the region as mapped here
 */
record Region(long address) {
    static final int LINE = 64;
    /** Groups that a rank can be in at once. */
    static final int PLACES = 64;
    /** Buffers up to this size are copied into the region, so that nobody waits for peers to have read them. */
    static final int EAGER_BYTES = 16 << 10;

    static final int WINDOW_BYTES = 1 << 20;
    static final int REASON_BYTES = 1 << 10;

    private static final long BELL = LINE;
    private static final long REASON = 2 * LINE;
    private static final long FIRST_PLACE = REASON + REASON_BYTES;
    private static final long PLACE_BYTES = 4 * LINE + 2 * EAGER_BYTES;
    private static final long CHANNELS = FIRST_PLACE + PLACES * PLACE_BYTES;

    static final int CALL_OPERATION = 8;
    static final int CALL_COUNT = 16;
    static final int CALL_TICKET = 24;
    static final int CALL_SEGMENT_A = 32;
    static final int CALL_OFFSET_A = 40;
    static final int CALL_SEGMENT_B = 48;
    static final int CALL_OFFSET_B = 56;

    /** Bytes of a region in a world of so many ranks. */
    static long bytes(int ranks, boolean window) {
        return windowAt(ranks) + (window ? WINDOW_BYTES : 0);
    }

    private static long windowAt(int ranks) {
        long end = CHANNELS + 2L * LINE * ranks;
        return (end + 4095) / 4096 * 4096;
    }

    long stamp() {
        return address;
    }

    long bell() {
        return address + BELL;
    }

    long reason() {
        return address + REASON;
    }

    /** The line of a call: its number first, then what {@code CALL_...} say. */
    long call(int place, long number) {
        return place(place) + (number & 1) * LINE;
    }

    /** How many steps of calls the rank has finished. */
    long progress(int place) {
        return place(place) + 2 * LINE;
    }

    /** The group's epoch once it is cancelled, and by whom. */
    long cancelled(int place) {
        return place(place) + 3 * LINE;
    }

    long canceller(int place) {
        return place(place) + 3 * LINE + 8;
    }

    long eager(int place, long number) {
        return place(place) + 4 * LINE + (number & 1) * EAGER_BYTES;
    }

    private long place(int place) {
        return address + FIRST_PLACE + place * PLACE_BYTES;
    }

    /** The line of a message to a rank of the world. */
    long message(int to) {
        return address + CHANNELS + 2L * LINE * to;
    }

    /** The line of receipts for messages from a rank of the world. */
    long receipt(int from) {
        return address + CHANNELS + 2L * LINE * from + LINE;
    }

    long window(int ranks) {
        return address + windowAt(ranks);
    }
}
