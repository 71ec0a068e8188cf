package dev.javelin.accelerator.cuda.dispatch;

/** Lays out a workspace: parts one behind the other, each at a multiple of 256 bytes. */
final class Workspace {
    private static final long ALIGNMENT = 256;

    private long bytes;

    /** Room for one more part; where it begins. */
    long part(long partBytes) {
        long start = bytes;
        bytes += Math.ceilDiv(partBytes, ALIGNMENT) * ALIGNMENT;
        return start;
    }

    /** All parts so far. */
    long bytes() {
        return bytes;
    }
}
