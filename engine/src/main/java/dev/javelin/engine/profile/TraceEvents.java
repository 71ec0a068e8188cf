package dev.javelin.engine.profile;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.TensorType;
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
import java.util.List;
import java.util.Locale;

/**
 * The spans of one rank as complete events ({@code "ph": "X"}) of the trace event format, which Perfetto and
 * chrome://tracing read: one process for a rank, one thread for a track, and one more for the phases of the step.
 * Source: "Trace Event Format", Google, section "Complete Events"; until the ranks' files are joined, {@code ts} and
 * {@code dur} are nanoseconds of the rank's own clock, and {@code collective} says which collectives are one.
 */
final class TraceEvents {
    /** Key of what collectives of several ranks have in common. */
    static final String COLLECTIVE = "collective";

    private static final int PHASES = 100;
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Recording recording;
    private final DevicePlanner planner;
    private final int rank;
    private final List<ObjectNode> events = new ArrayList<>();

    private TraceEvents(Recording recording, DevicePlanner planner, int rank) {
        this.recording = recording;
        this.planner = planner;
        this.rank = rank;
    }

    static List<ObjectNode> of(Recording recording, DevicePlanner planner, int rank) {
        TraceEvents events = new TraceEvents(recording, planner, rank);
        events.addAll();
        return events.events;
    }

    private void addAll() {
        name("process_name", 0, "rank " + rank);
        for (int track = 0; track < recording.tracks(); track++) {
            List<Span> spans = recording.spans(track);
            if (!spans.isEmpty()) {
                name("thread_name", track, Recording.name(track));
                spans.forEach(span -> events.add(event(span)));
            }
        }
        name("thread_name", PHASES, "phases of the step");
        phases(recording.spans(Recording.track(QueueRole.COMPUTE)));
    }

    private void name(String what, int track, String name) {
        ObjectNode event = MAPPER.createObjectNode().put("ph", "M").put("name", what);
        event.put("pid", rank).put("tid", track).putObject("args").put("name", name);
        events.add(event);
    }

    private ObjectNode event(int track, String name, String category, long beginNanos, long endNanos) {
        ObjectNode event = MAPPER.createObjectNode().put("ph", "X").put("name", name);
        event.put("cat", category).put("pid", rank).put("tid", track);
        return event.put("ts", beginNanos).put("dur", endNanos - beginNanos);
    }

    private ObjectNode event(Span span) {
        return switch (span.subject()) {
            case Host host -> {
                String name = host.what().equals(Recording.STEP) ? "step " + span.step() : host.what();
                yield event(span.track(), name, "host", span.beginNanos(), span.endNanos());
            }
            case Wait wait -> {
                ObjectNode event = event(span.track(), "wait", "wait", span.beginNanos(), span.endNanos());
                ObjectNode args = event.putObject("args").put("program", wait.program());
                args.put("for", wait.issue() < 0 ? "all of another queue" : "instruction " + wait.issue());
                yield event;
            }
            case Work work -> event(span, work);
            case Copy copy -> {
                ObjectNode event = event(span.track(), copy.what(), "copy", span.beginNanos(), span.endNanos());
                double seconds = Math.max(1, span.nanos()) / 1e9;
                ObjectNode args = event.putObject("args").put("bytes", copy.bytes());
                args.put("gigabytesPerSecond", copy.bytes() / seconds / 1e9);
                yield event;
            }
            case Enqueuing enqueuing -> event(span, enqueuing);
        };
    }

    private ObjectNode event(Span span, Enqueuing enqueuing) {
        ObjectNode event = event(span.track(), "enqueuing", "host", span.beginNanos(), span.endNanos());
        ObjectNode args = event.putObject("args");
        switch (enqueuing.what()) {
            case Work work ->
                args.put("operation", work.instruction().operation().name())
                        .put("program", work.program())
                        .put("instruction", work.issue());
            case Wait wait -> args.put("operation", "wait").put("program", wait.program());
            case Copy copy -> args.put("operation", "copy of " + copy.what());
        }
        args.put("profilingMicroseconds", enqueuing.markNanos() / 1e3);
        return event;
    }

    private ObjectNode event(Span span, Work work) {
        Instruction instruction = work.instruction();
        Site site = instruction.site();
        ObjectNode event = event(
                span.track(), instruction.operation().name(), phase(site.phase()), span.beginNanos(), span.endNanos());
        ObjectNode args =
                event.putObject("args").put("operation", instruction.operation().toString());
        types(args.putArray("inputs"), instruction.inputTypes());
        types(args.putArray("outputs"), instruction.outputTypes());
        args.put(site.phase() == Site.Phase.REDUCE ? "unit" : "layer", site.layer());
        args.put("source", site.source());
        args.put("program", work.program()).put("instruction", work.issue());
        double seconds = Math.max(1, span.nanos()) / 1e9;
        if (instruction.operation() instanceof Collective collective) {
            long sent = Sent.bytes(collective, instruction);
            args.put("bytes", instruction.inputTypes().getFirst().bytes()).put("sentBytes", sent);
            args.put("gigabytesPerSecond", sent / seconds / 1e9);
            event.put(COLLECTIVE, span.step() + " " + work.program() + " " + work.issue());
        } else {
            Profile.Cost cost = Profile.Cost.of(instruction, planner);
            args.put("flops", cost.flops()).put("bytes", cost.bytes());
            args.put("gigaflopsPerSecond", cost.flops() / seconds / 1e9);
            args.put("gigabytesPerSecond", cost.bytes() / seconds / 1e9);
        }
        return event;
    }

    private static void types(ArrayNode array, List<TensorType> types) {
        types.forEach(type -> array.add(type.dtype() + " " + type.shape()));
    }

    private static String phase(Site.Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }

    /** One span for each run of instructions of one phase, step and program. */
    private void phases(List<Span> spans) {
        List<Span> run = new ArrayList<>();
        for (Span span : spans) {
            if (span.subject() instanceof Work) {
                if (!run.isEmpty() && !same(run.getFirst(), span)) {
                    events.add(phase(run));
                    run.clear();
                }
                run.add(span);
            }
        }
        if (!run.isEmpty()) {
            events.add(phase(run));
        }
    }

    private static boolean same(Span a, Span b) {
        return a.step() == b.step() && work(a).program().equals(work(b).program()) && phaseOf(a) == phaseOf(b);
    }

    private static Work work(Span span) {
        return (Work) span.subject();
    }

    private static Site.Phase phaseOf(Span span) {
        return work(span).instruction().site().phase();
    }

    private ObjectNode phase(List<Span> run) {
        String name = phase(phaseOf(run.getFirst()));
        return event(
                PHASES, name, name, run.getFirst().beginNanos(), run.getLast().endNanos());
    }
}
