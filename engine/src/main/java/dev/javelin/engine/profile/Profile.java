package dev.javelin.engine.profile;

import dev.javelin.engine.Sent;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Site;
import dev.javelin.engine.run.Recording;
import dev.javelin.engine.run.Recording.Copy;
import dev.javelin.engine.run.Recording.Enqueuing;
import dev.javelin.engine.run.Recording.Host;
import dev.javelin.engine.run.Recording.Span;
import dev.javelin.engine.run.Recording.Wait;
import dev.javelin.engine.run.Recording.Work;
import dev.javelin.spi.collective.Collective;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The spans of one rank, added up. Operations, the host's work and what is left between them make the time of the steps,
 * to the nanosecond; so do layers, the host's work and what is left. Where the device works beside the host, it is not the
 * host's work that counts in a step's time but how long the compute queue stood still for it ({@link Idle}).
 */
final class Profile {
    /** What belongs to no layer. */
    static final String NO_LAYER = "(no layer)";

    /** Time in which the compute queue stood still for another queue. */
    static final String WAITING = "waiting for other queues";

    private final DevicePlanner planner;
    private final Map<String, Row> operations = new LinkedHashMap<>();
    private final Map<String, Row> shapes = new LinkedHashMap<>();
    private final Map<String, long[]> layers = new LinkedHashMap<>();
    private final Map<String, Row> host = new LinkedHashMap<>();
    private final Map<String, Row> beside = new LinkedHashMap<>();
    private final Map<String, Row> between = new LinkedHashMap<>();
    private final Map<String, Row> hostBeside = new LinkedHashMap<>();
    private final List<Span> steps = new ArrayList<>();
    private final Gap gap = new Gap();
    private final OptionalLong deviceClockNanos;
    private final long axisNanos;
    private Launching launching = new Launching(0, 0, 0);
    private long collectives;

    /**
     * The host's part of launches, in the steps.
     *
     * @param nanos of enqueuing them
     * @param markNanos besides, of looking: recording the events of the profile itself
     */
    record Launching(long launches, long nanos, long markNanos) {
        Launching plus(Span span, Enqueuing enqueuing) {
            boolean launch = enqueuing.what() instanceof Work;
            return new Launching(
                    launches + (launch ? 1 : 0),
                    nanos + (launch ? span.nanos() - enqueuing.markNanos() : 0),
                    markNanos + enqueuing.markNanos());
        }
    }

    Profile(Recording recording, DevicePlanner planner) {
        this.planner = planner;
        this.deviceClockNanos = recording.deviceClockNanos();
        this.axisNanos = recording.axisNanos();
        for (int track = 0; track < recording.tracks(); track++) {
            recording.spans(track).forEach(this::add);
        }
        addBetween(recording.spans(Recording.HOST));
        if (deviceClockNanos.isPresent()) {
            host.putAll(Idle.of(
                    steps, recording.spans(Recording.HOST), recording.spans(Recording.track(QueueRole.COMPUTE))));
        }
    }

    /** What the host did outside of steps, without what lies within other spans. */
    private void addBetween(List<Span> spans) {
        List<Span> outside = spans.stream()
                .filter(span -> span.step() == 0)
                .sorted(Comparator.comparingLong(Span::beginNanos)
                        .thenComparing(Comparator.comparingLong(Span::endNanos).reversed()))
                .toList();
        long covered = Long.MIN_VALUE;
        for (Span span : outside) {
            if (span.endNanos() > covered && span.subject() instanceof Host subject) {
                covered = span.endNanos();
                merge(between, subject.what(), span, Cost.NONE);
            }
        }
    }

    private void add(Span span) {
        switch (span.subject()) {
            case Host subject -> add(span, subject);
            case Wait ignored -> {
                if (span.step() > 0 && computes(span)) {
                    merge(host, WAITING, span, Cost.NONE);
                }
            }
            case Work work -> {
                if (span.step() > 0) {
                    add(span, work.instruction());
                }
            }
            case Copy copy -> {
                if (span.step() > 0) {
                    add(span, copy);
                }
            }
            case Enqueuing enqueuing -> {
                if (span.step() > 0) {
                    launching = launching.plus(span, enqueuing);
                    merge(hostBeside, "enqueuing", span, Cost.NONE);
                }
            }
        }
    }

    private void add(Span span, Host subject) {
        if (subject.what().equals(Recording.STEP)) {
            steps.add(span);
        } else if (span.step() > 0 && !subject.around()) {
            merge(deviceClockNanos.isPresent() ? hostBeside : host, subject.what(), span, Cost.NONE);
        }
    }

    private void add(Span span, Copy copy) {
        Cost cost = new Cost(0, copy.bytes());
        String name = "copy: " + copy.what();
        if (computes(span)) {
            merge(operations, name, span, cost);
            merge(shapes, name, span, cost);
            gap.add(Family.COPIES, span.nanos(), cost);
            layers.computeIfAbsent(NO_LAYER, absent -> new long[Site.Phase.values().length])[
                            Site.Phase.FORWARD.ordinal()] +=
                    span.nanos();
        } else {
            merge(beside, name, span, cost);
        }
    }

    private void add(Span span, Instruction instruction) {
        Cost cost = Cost.of(instruction, planner);
        String name = instruction.operation().name();
        if (instruction.operation() instanceof Collective) {
            collectives += span.nanos();
        }
        if (!computes(span)) {
            merge(beside, name, span, cost);
            return;
        }
        merge(operations, name, span, cost);
        merge(shapes, name + " " + text(instruction), span, cost);
        gap.add(Family.of(instruction), span.nanos(), cost);
        String layer = instruction.site().layer();
        long[] phases = layers.computeIfAbsent(
                layer.isEmpty() ? NO_LAYER : layer, absent -> new long[Site.Phase.values().length]);
        phases[instruction.site().phase().ordinal()] += span.nanos();
    }

    private static boolean computes(Span span) {
        return span.track() == Recording.track(QueueRole.COMPUTE);
    }

    private static void merge(Map<String, Row> rows, String name, Span span, Cost cost) {
        rows.put(name, rows.getOrDefault(name, Row.empty(name)).plus(span.nanos(), cost.flops(), cost.bytes()));
    }

    /** Shapes of an instruction's inputs and outputs. */
    static String text(Instruction instruction) {
        StringBuilder text = new StringBuilder();
        instruction.inputTypes().forEach(type -> text.append(type.shape()).append(' '));
        text.append("->");
        instruction.outputTypes().forEach(type -> text.append(' ').append(type.shape()));
        return text.toString();
    }

    /** What a span's instruction costs. */
    record Cost(double flops, double bytes) {
        static final Cost NONE = new Cost(0, 0);

        static Cost of(Instruction instruction, DevicePlanner planner) {
            if (instruction.operation() instanceof Collective collective) {
                return new Cost(0, Sent.bytes(collective, instruction));
            }
            return planner.plan(instruction.operation(), instruction.inputTypes(), instruction.outputTypes())
                    .map(plan -> new Cost(plan.flops(), plan.bytes()))
                    .orElse(NONE);
        }
    }

    private static List<Row> sorted(Map<String, Row> rows) {
        return rows.values().stream()
                .sorted(Comparator.comparingLong(Row::nanos).reversed())
                .toList();
    }

    /** Work of the compute queue by operation, the longest first. */
    List<Row> operations() {
        return sorted(operations);
    }

    /** The same by operation and shapes. */
    List<Row> shapes() {
        return sorted(shapes);
    }

    /** The compute queue's nanoseconds by layer and phase of the step, the longest first. */
    Map<String, long[]> layers() {
        Map<String, long[]> sorted = new LinkedHashMap<>();
        layers.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, long[]> entry) -> sum(entry.getValue()))
                        .reversed())
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return sorted;
    }

    static long sum(long[] nanos) {
        long sum = 0;
        for (long part : nanos) {
            sum += part;
        }
        return sum;
    }

    /**
     * What the compute queue's own thread did besides: reading rows, writing batches, waiting. Of a device that works
     * beside the host, for how long its compute queue stood still, by reason.
     */
    List<Row> host() {
        return sorted(host);
    }

    /** What the host did in steps beside a device that works beside it; empty for others. */
    List<Row> hostBeside() {
        return sorted(hostBeside);
    }

    /** To how many nanoseconds the device told the times of its queues; empty if the host did. */
    OptionalLong deviceClockNanos() {
        return deviceClockNanos;
    }

    /** By how many nanoseconds the device's spans may lie beside the host's. */
    long axisNanos() {
        return axisNanos;
    }

    /** The host's part of launches; nothing where the host does the work itself. */
    Launching launching() {
        return launching;
    }

    /** Where the time beyond the device's limits goes. */
    Gap gap() {
        return gap;
    }

    /** Time in which the compute queue of a device beside the host had nothing to do because the host had not asked. */
    long idleNanos() {
        return host.values().stream()
                .filter(row -> row.name().startsWith(Idle.PREFIX))
                .mapToLong(Row::nanos)
                .sum();
    }

    /** Work of other queues, which goes on beside computation and is no part of the step's time. */
    List<Row> beside() {
        return sorted(beside);
    }

    /** What happened between the steps. */
    List<Row> between() {
        return sorted(between);
    }

    /** Each step's span, in order. */
    List<Span> steps() {
        return List.copyOf(steps);
    }

    long stepNanos() {
        return steps.stream().mapToLong(Span::nanos).sum();
    }

    /** The steps' time that no span covers: enqueuing where the host does the work, and what lies between launches. */
    long gapNanos() {
        return stepNanos() - nanos(operations) - nanos(host);
    }

    private static long nanos(Map<String, Row> rows) {
        return rows.values().stream().mapToLong(Row::nanos).sum();
    }

    /** Time of the compute queue's instructions. */
    long computeNanos() {
        return nanos(operations);
    }

    /** Time in which the compute queue stood still for another queue. */
    long exposedNanos() {
        Row waiting = host.get(WAITING);
        return waiting == null ? 0 : waiting.nanos();
    }

    /** Time in collectives, on whatever queue. */
    long collectiveNanos() {
        return collectives;
    }
}
