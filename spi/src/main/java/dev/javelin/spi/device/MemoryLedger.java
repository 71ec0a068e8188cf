package dev.javelin.spi.device;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.Accelerator.Usage;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The accounting of an accelerator that allocates: counts what is held, in all and by purpose, and refuses what would pass
 * the limit. An aid for authors of accelerators. Any thread may use it.
 */
public final class MemoryLedger {
    private final long limitBytes;
    private final Map<String, Long> heldByPurpose = new TreeMap<>();
    private long liveBytes;
    private long peakBytes;

    /** @param limitBytes most bytes at once; {@link Long#MAX_VALUE} for no limit of the ledger's own */
    public MemoryLedger(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    public synchronized Usage usage() {
        return new Usage(liveBytes, peakBytes);
    }

    /**
     * Counts bytes as held if they are within the limit; {@link #opened} or {@link #closed} follows.
     *
     * @throws JavelinException {@code JVL-MEM-0001} if they are not, {@code JVL-MEM-0002} if the size is negative
     */
    public synchronized void reserve(long bytes, String purpose) {
        if (bytes < 0) {
            throw new JavelinException(
                    "JVL-MEM-0002",
                    "allocate: " + bytes + " bytes for " + purpose,
                    "ask for 0 bytes or more; a size beyond 2^63 has overflowed");
        }
        if (bytes > limitBytes - liveBytes) {
            throw exhausted(bytes, purpose, (limitBytes - liveBytes) + " of " + limitBytes + " bytes are free");
        }
        heldByPurpose.merge(purpose, bytes, Long::sum);
        liveBytes += bytes;
    }

    /** What was reserved is there. */
    public synchronized void opened() {
        peakBytes = Math.max(peakBytes, liveBytes);
    }

    /** What was reserved is gone. */
    public synchronized void closed(long bytes, String purpose) {
        heldByPurpose.computeIfPresent(purpose, (key, held) -> held == bytes ? null : Long.valueOf(held - bytes));
        liveBytes -= bytes;
    }

    /** The error for an allocation that failed, with who holds the rest. */
    public synchronized JavelinException exhausted(long bytes, String purpose, String room) {
        return new JavelinException(
                "JVL-MEM-0001",
                "allocate: " + bytes + " bytes for " + purpose + ", but " + room + "; held: " + holders(),
                "use a smaller batch, block or model, or a strategy that shards or offloads state");
    }

    /** Who holds how much, for messages. */
    public synchronized String holders() {
        if (heldByPurpose.isEmpty()) {
            return "nothing";
        }
        return heldByPurpose.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }
}
