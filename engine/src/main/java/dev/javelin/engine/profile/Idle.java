package dev.javelin.engine.profile;

import dev.javelin.engine.run.Recording.Enqueuing;
import dev.javelin.engine.run.Recording.Host;
import dev.javelin.engine.run.Recording.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Why the compute queue of a device that works beside the host stood still. Between two pieces of work, it waits for the
 * host as long as the host has not enqueued the second; what the host did meanwhile is the reason. From then on, it is the
 * device that takes its time between launches.
 */
final class Idle {
    /** What begins the name of each reason. */
    static final String PREFIX = "idle: ";

    /** The host was enqueuing other work, or this. */
    static final String ENQUEUING = PREFIX + "enqueuing";

    /** The host did what no span tells: it woke up behind a wait, walked through a program. */
    static final String OTHER = PREFIX + "unnamed work of the host";

    private final List<Span> host;
    private final Map<String, Row> rows = new LinkedHashMap<>();

    private Idle(List<Span> host) {
        this.host = host;
    }

    /**
     * Time of the steps by reason.
     *
     * @param host all spans of the host's track
     * @param compute those of the compute queue, in order
     */
    static Map<String, Row> of(List<Span> steps, List<Span> host, List<Span> compute) {
        List<Span> leaves = new ArrayList<>();
        host.stream()
                .filter(span -> span.step() > 0 && !(span.subject() instanceof Host subject && subject.around()))
                .sorted(Comparator.comparingLong(Span::beginNanos)
                        .thenComparing(Comparator.comparingLong(Span::endNanos).reversed()))
                .forEach(span -> {
                    if (leaves.isEmpty() || span.endNanos() > leaves.getLast().endNanos()) {
                        leaves.add(span);
                    } // else it is enqueued within other work, which is the reason
                });
        Map<Long, List<Span>> work = new LinkedHashMap<>();
        for (Span span : compute) {
            work.computeIfAbsent(span.step(), absent -> new ArrayList<>()).add(span);
        }
        Idle idle = new Idle(leaves);
        for (Span step : steps) {
            idle.add(step, work.getOrDefault(step.step(), List.of()));
        }
        return idle.rows;
    }

    private void add(Span step, List<Span> work) {
        long from = step.beginNanos();
        for (Span span : work) {
            stoodStill(from, Math.min(Math.min(span.enqueuedNanos(), span.beginNanos()), step.endNanos()));
            from = Math.max(from, span.endNanos());
        }
        stoodStill(from, step.endNanos());
    }

    /** Gives each part of the time to what the host did then. */
    private void stoodStill(long from, long to) {
        long at = from;
        for (int i = firstEndingAfter(from); i < host.size() && at < to; i++) {
            Span span = host.get(i);
            if (span.beginNanos() >= to) {
                break;
            }
            if (span.beginNanos() > at) {
                count(OTHER, span.beginNanos() - at);
                at = span.beginNanos();
            }
            long until = Math.min(to, span.endNanos());
            count(reason(span), until - at);
            at = Math.max(at, until);
        }
        count(OTHER, to - at);
    }

    /** Spans of the host's own work do not overlap here: their ends are in the order of their begins. */
    private int firstEndingAfter(long nanos) {
        int low = 0;
        int high = host.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (host.get(middle).endNanos() <= nanos) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static String reason(Span span) {
        return switch (span.subject()) {
            case Enqueuing ignored -> ENQUEUING;
            case Host subject -> PREFIX + subject.what();
            default -> OTHER;
        };
    }

    private void count(String reason, long nanos) {
        if (nanos > 0) {
            rows.put(reason, rows.getOrDefault(reason, Row.empty(reason)).plus(nanos, 0, 0));
        }
    }
}
