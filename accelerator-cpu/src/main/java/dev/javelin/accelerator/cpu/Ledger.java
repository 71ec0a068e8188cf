package dev.javelin.accelerator.cpu;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.Accelerator.Usage;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counts what is allocated, in all and by purpose, and refuses what would pass the limit. */
final class Ledger {
    private final long limitBytes;
    private final Map<String, Long> heldByPurpose = new TreeMap<>();
    private long liveBytes;
    private long peakBytes;

    Ledger(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    Usage usage() {
        return new Usage(liveBytes, peakBytes);
    }

    /**
     * Checks that an allocation is within the limit.
     *
     * @throws JavelinException {@code JVL-MEM-0001} if it is not, {@code JVL-MEM-0002} if the size is negative
     */
    void requireRoom(long bytes, String purpose) {
        if (bytes < 0) {
            throw new JavelinException(
                    "JVL-MEM-0002",
                    "allocate: " + bytes + " bytes for " + purpose,
                    "ask for 0 bytes or more; a size beyond 2^63 has overflowed");
        }
        if (bytes > limitBytes - liveBytes) {
            throw exhausted(bytes, purpose, (limitBytes - liveBytes) + " of " + limitBytes + " bytes are free");
        }
    }

    void opened(long bytes, String purpose) {
        heldByPurpose.merge(purpose, bytes, Long::sum);
        liveBytes += bytes;
        peakBytes = Math.max(peakBytes, liveBytes);
    }

    void closed(long bytes, String purpose) {
        heldByPurpose.computeIfPresent(purpose, (key, held) -> held == bytes ? null : Long.valueOf(held - bytes));
        liveBytes -= bytes;
    }

    /** The error for an allocation that failed, with who holds the rest. */
    JavelinException exhausted(long bytes, String purpose, String room) {
        return new JavelinException(
                "JVL-MEM-0001",
                "allocate: " + bytes + " bytes for " + purpose + ", but " + room + "; held: " + holders(),
                "use a smaller batch, block or model, or a strategy that shards or offloads state");
    }

    /** Who holds how much, for messages. */
    String holders() {
        if (heldByPurpose.isEmpty()) {
            return "nothing";
        }
        return heldByPurpose.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }
}
