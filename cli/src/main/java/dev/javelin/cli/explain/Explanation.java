package dev.javelin.cli.explain;

import dev.javelin.cli.config.RunConfig;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.MemoryReport;
import dev.javelin.engine.Sent;
import dev.javelin.engine.place.Placement;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Value;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.spi.strategy.Unit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** A compilation in words: its units, its programs with every value and its bytes, and its memory. */
public final class Explanation {
    private final RunConfig config;
    private final Compilation compilation;
    private final Units units;

    public Explanation(RunConfig config, Compilation compilation) {
        this.config = config;
        this.compilation = compilation;
        this.units = new Units(compilation.plan().units());
    }

    // For people ----------------------------------------------------------------------------------------------------

    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "model %s, %,d parameters, %s",
                config.model().text(),
                config.model().parameters(),
                config.trainer().precision().label()));
        lines.add(String.format(
                Locale.ROOT,
                "strategy %s over %d ranks, accelerator %s, batch %d in %d micro-batches of %d tokens a row",
                config.trainer().strategy(),
                compilation.options().mesh().size(),
                config.trainer().accelerator(),
                config.data().batch(),
                config.trainer().accumulate(),
                config.data().block()));
        for (Unit unit : compilation.plan().units()) {
            lines.add(String.format(Locale.ROOT, "unit %s: %s", unit.name(), String.join(", ", unit.parameters())));
        }
        compilation.programs().forEach((name, placement) -> addProgram(lines, name, placement));
        lines.add("");
        lines.add("memory, in bytes");
        memory().forEach((name, bytes) -> lines.add(String.format(Locale.ROOT, "  %-24s %,20d", name, bytes)));
        addSent(lines);
        return lines;
    }

    private void addSent(List<String> lines) {
        Sent sent = compilation.sent(1);
        if (sent.parts().isEmpty()) {
            return;
        }
        lines.add("");
        lines.add("sent by each rank in a step, in bytes");
        for (Sent.Part part : sent.parts()) {
            String name = part.unit() + ", " + part.collective() + (part.calls() == 1 ? "" : " x " + part.calls());
            lines.add(String.format(Locale.ROOT, "  %-40s %,20d", name, part.bytes()));
        }
        lines.add(String.format(Locale.ROOT, "  %-40s %,20d", "together, without scalars", sent.bytes()));
    }

    private void addProgram(List<String> lines, String name, Placement placement) {
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "program %s: %,d instructions, %,d bytes of temporaries, %,d alive at most",
                name,
                placement.schedule().issues().size(),
                placement.bytes(),
                placement.liveBytes()));
        for (Program.Input input : placement.schedule().program().inputs()) {
            lines.add(String.format(
                    Locale.ROOT, "  %-8s <- %s  %s", input.value(), input.slot(), size(input.value(), placement)));
        }
        String heading = "";
        for (int i = 0; i < placement.schedule().issues().size(); i++) {
            Instruction instruction = placement.schedule().issues().get(i).instruction();
            String next = heading(instruction, placement);
            if (!next.equals(heading)) {
                heading = next;
                lines.add(" " + heading);
            }
            boolean beside = placement.schedule().issues().get(i).queue() == QueueRole.COMMUNICATION;
            lines.add((beside ? "  (beside) " : "  ") + line(instruction, placement, i));
        }
    }

    private String heading(Instruction instruction, Placement placement) {
        return "unit " + units.of(instruction, placement) + ", " + phase(instruction);
    }

    private static String line(Instruction instruction, Placement placement, int issue) {
        String outputs = instruction.outputs().stream()
                .map(value -> value + " " + size(value, placement))
                .collect(Collectors.joining("; "));
        String workspace = placement
                .workspace(issue)
                .map(place -> String.format(Locale.ROOT, "  workspace %,d bytes at %,d", place.bytes(), place.offset()))
                .orElse("");
        String target = outputs.isEmpty() ? "" : outputs + " = ";
        return target + instruction.operation() + " " + instruction.inputs() + workspace + "  # " + instruction.site();
    }

    private static String size(Value value, Placement placement) {
        Placement.Location location = placement.location(value);
        String place = location.slot().map(Object::toString).orElse("temporaries");
        return String.format(
                Locale.ROOT,
                "%s %,d bytes at %s+%,d",
                value.type(),
                value.type().bytes(),
                place,
                location.offset());
    }

    // For programs --------------------------------------------------------------------------------------------------

    /** The same as nested keys and values. */
    public SequencedMap<String, Object> object() {
        SequencedMap<String, Object> object = new LinkedHashMap<>();
        object.put("model", config.model().text());
        object.put("parameters", config.model().parameters());
        object.put("precision", config.trainer().precision().label());
        object.put("strategy", config.trainer().strategy());
        object.put("ranks", compilation.options().mesh().size());
        object.put("accelerator", config.trainer().accelerator());
        List<Map<String, Object>> unitObjects = new ArrayList<>();
        for (Unit unit : compilation.plan().units()) {
            unitObjects.add(Map.of("name", unit.name(), "parameters", unit.parameters()));
        }
        object.put("units", unitObjects);
        List<Map<String, Object>> programs = new ArrayList<>();
        compilation.programs().forEach((name, placement) -> programs.add(program(name, placement)));
        object.put("programs", programs);
        object.put("memory", memory());
        object.put("sentBytes", compilation.sent(1).bytes());
        object.put(
                "sent",
                compilation.sent(1).parts().stream().map(Explanation::sent).toList());
        return object;
    }

    private static SequencedMap<String, Object> sent(Sent.Part part) {
        SequencedMap<String, Object> object = new LinkedHashMap<>();
        object.put("unit", part.unit());
        object.put("collective", part.collective());
        object.put("calls", part.calls());
        object.put("bytes", part.bytes());
        return object;
    }

    private SequencedMap<String, Object> program(String name, Placement placement) {
        SequencedMap<String, Object> object = new LinkedHashMap<>();
        object.put("name", name);
        object.put("temporaryBytes", placement.bytes());
        object.put("liveBytes", placement.liveBytes());
        List<Map<String, Object>> inputs = new ArrayList<>();
        placement.schedule().program().inputs().forEach(input -> inputs.add(value(input.value(), placement)));
        object.put("inputs", inputs);
        List<Map<String, Object>> instructions = new ArrayList<>();
        List<Schedule.Issue> issues = placement.schedule().issues();
        for (int i = 0; i < issues.size(); i++) {
            instructions.add(instruction(issues.get(i).instruction(), placement, i));
        }
        object.put("instructions", instructions);
        return object;
    }

    private SequencedMap<String, Object> instruction(Instruction instruction, Placement placement, int issue) {
        SequencedMap<String, Object> object = new LinkedHashMap<>();
        object.put("unit", units.of(instruction, placement));
        object.put("phase", phase(instruction));
        object.put(
                "queue", placement.schedule().issues().get(issue).queue().name().toLowerCase(Locale.ROOT));
        object.put("layer", instruction.site().layer());
        object.put("source", instruction.site().source());
        object.put("operation", instruction.operation().toString());
        object.put("inputs", instruction.inputs().stream().map(Value::number).toList());
        List<Map<String, Object>> outputs = new ArrayList<>();
        instruction.outputs().forEach(output -> outputs.add(value(output, placement)));
        object.put("outputs", outputs);
        object.put(
                "workspaceBytes",
                placement.workspace(issue).map(Placement.Location::bytes).orElse(0L));
        return object;
    }

    private static SequencedMap<String, Object> value(Value value, Placement placement) {
        Placement.Location location = placement.location(value);
        SequencedMap<String, Object> object = new LinkedHashMap<>();
        object.put("value", value.number());
        object.put("type", value.type().toString());
        object.put("bytes", value.type().bytes());
        object.put("place", location.slot().map(Object::toString).orElse("temporaries"));
        object.put("offset", location.offset());
        return object;
    }

    private static String phase(Instruction instruction) {
        return instruction.site().phase().name().toLowerCase(Locale.ROOT);
    }

    private SequencedMap<String, Long> memory() {
        MemoryReport memory = compilation.memory();
        SequencedMap<String, Long> object = new LinkedHashMap<>();
        object.put("parameterBytes", memory.parameters());
        object.put("gradientBytes", memory.gradients());
        object.put("optimizerBytes", memory.optimizer());
        object.put("averageBytes", memory.averages());
        object.put("fragmentBytes", memory.fragments());
        object.put("stateBytes", memory.state());
        object.put("batchBytes", memory.batches());
        object.put("landingBytes", memory.landing());
        object.put("residentBytes", memory.resident());
        object.put("temporaryBytes", memory.temporaries());
        object.put("liveTemporaryBytes", memory.liveTemporaries());
        object.put("peakBytes", memory.peakBytes());
        return object;
    }
}
