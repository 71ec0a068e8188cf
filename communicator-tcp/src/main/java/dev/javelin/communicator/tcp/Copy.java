package dev.javelin.communicator.tcp;

import dev.javelin.communicator.host.HostMemory;

/** Copies this rank's own part, once the first bytes for others are on their way. */
final class Copy implements Exchange.Work {
    private final long source;
    private final long target;
    private final long bytes;
    private boolean done;

    Copy(long source, long target, long bytes) {
        this.source = source;
        this.target = target;
        this.bytes = bytes;
    }

    @Override
    public boolean advance() {
        if (done) {
            return false;
        }
        done = true;
        if (source == target || bytes == 0) {
            return false;
        }
        HostMemory.copy(source, target, bytes);
        return true;
    }
}
