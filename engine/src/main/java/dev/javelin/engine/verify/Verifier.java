package dev.javelin.engine.verify;

import dev.javelin.api.JavelinException;
import dev.javelin.api.operation.Pack;
import dev.javelin.engine.place.Placement;
import dev.javelin.engine.place.Placement.Location;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import dev.javelin.engine.schedule.Schedule;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Simulates a placed program and checks, for every read, that the bytes are those the read value was written with, that
 * the write is done before the read starts, that no value is read after it was updated in place, that nothing lies
 * outside its memory, and that a kernel writes over its own inputs only where it may. Knows nothing of lifetimes: it
 * follows writers byte range by byte range.
 */
public final class Verifier {
    private final Placement placement;
    private final Schedule schedule;
    private final Map<Optional<Slot>, Ranges> memory = new HashMap<>();
    private final Map<Value, Value> sources = new HashMap<>();
    private final Set<Value> gone = new HashSet<>();

    private Verifier(Placement placement) {
        this.placement = placement;
        this.schedule = placement.schedule();
    }

    /**
     * Checks a placement.
     *
     * @throws JavelinException {@code JVL-ENG-0004} naming the instruction, the value and the fault
     */
    public static void verify(Placement placement) {
        new Verifier(placement).run();
    }

    private void run() {
        Program program = schedule.program();
        for (Program.Input input : program.inputs()) {
            requireInside(placement.location(input.value()), "input " + input.value());
            write(input.value(), placement.location(input.value()), -1);
        }
        for (int i = 0; i < schedule.issues().size(); i++) {
            step(schedule.issues().get(i).instruction(), i);
        }
        for (Program.Output output : program.outputs()) {
            read(output.value(), schedule.issues().size(), "the end of the program");
            Location location = placement.location(output.value());
            if (!location.slot().equals(Optional.of(output.slot())) || location.offset() != 0) {
                throw fault("output " + output.value() + " does not lie in " + output.slot());
            }
        }
    }

    private void requireInside(Location location, String what) {
        long size = location.slot().map(slot -> slot.type().bytes()).orElse(placement.bytes());
        if (location.offset() < 0 || location.offset() + location.bytes() > size) {
            throw fault(what + " lies at " + location + ", outside of " + size + " bytes");
        }
    }

    private void step(Instruction instruction, int issue) {
        Operands operands = new Operands(placement, instruction);
        operands.locations().forEach(location -> requireInside(location, "an operand of " + instruction));
        if (instruction.view().isPresent()) {
            view(instruction);
            return;
        }
        for (Value input : instruction.inputs()) {
            read(input, issue, instruction.toString());
        }
        Optional<Location> space = placement.workspace(issue);
        space.ifPresent(workspace -> requireInside(workspace, "the workspace of " + instruction));
        operands.spoiled(space).ifPresent(input -> {
            throw fault(instruction + " writes over its own input " + input);
        });
        space.ifPresent(workspace -> claim(workspace, issue, -2 - issue, instruction));
        for (int i = 0; i < instruction.outputs().size(); i++) {
            Value output = instruction.outputs().get(i);
            var over = instruction.operation().overwrites(i);
            if (over.isPresent()) {
                overwrite(instruction, instruction.inputs().get(over.getAsInt()), output);
            }
            Location location = placement.location(output);
            claim(location, issue, output.number(), instruction);
            write(output, location, issue);
        }
        if (instruction.operation() instanceof Pack) {
            contain(instruction);
        }
    }

    /** From now on, what was computed inside a packed buffer is read as part of it. */
    private void contain(Instruction pack) {
        Value output = pack.outputs().getFirst();
        for (Value input : pack.inputs()) {
            if (placement.location(input).buffer() == placement.location(output).buffer()) {
                sources.put(input, output);
            }
        }
    }

    /** A view touches no memory: what it shows is checked when the view is read. */
    private void view(Instruction instruction) {
        Value base = instruction.inputs().getFirst();
        if (gone.contains(base)) {
            throw fault(instruction + " views " + base + " after it was updated in place");
        }
        sources.put(instruction.outputs().getFirst(), source(base));
    }

    /** The value whose write made the bytes that this value reads. */
    private Value source(Value value) {
        Value at = value;
        while (sources.containsKey(at)) {
            at = sources.get(at);
        }
        return at;
    }

    private void overwrite(Instruction instruction, Value old, Value output) {
        Location before = placement.location(old);
        Location after = placement.location(output);
        if (!before.slot().equals(after.slot()) || before.offset() != after.offset()) {
            throw fault(instruction + " must work in place, but " + old + " and " + output + " lie apart");
        }
        gone.add(old);
    }

    private void read(Value value, int issue, String reader) {
        if (gone.contains(value)) {
            throw fault(reader + " reads " + value + " after it was updated in place");
        }
        Location location = placement.location(value);
        Value source = source(value);
        for (Ranges.Range range : ranges(location).over(location.offset(), location.bytes())) {
            if (range.writer() != source.number()) {
                throw fault(reader + " reads " + value + " at " + location + ", where bytes " + range.start() + " to "
                        + range.end() + " hold %" + range.writer());
            }
            if (range.issue() >= 0
                    && issue < schedule.issues().size()
                    && !schedule.happensBefore(range.issue(), issue)) {
                throw fault(reader + " reads " + value + ", whose writer need not be done");
            }
            range.readers().add(issue);
        }
    }

    /** Checks that all earlier accesses to a range are done before this issue writes there. */
    private void claim(Location location, int issue, int writer, Instruction instruction) {
        for (Ranges.Range range : ranges(location).over(location.offset(), location.bytes())) {
            boolean written =
                    range.issue() < 0 || range.issue() == issue || schedule.happensBefore(range.issue(), issue);
            boolean read = range.readers().stream().allMatch(r -> r == issue || schedule.happensBefore(r, issue));
            if (!written || !read) {
                throw fault(instruction + " writes %" + writer + " over %" + range.writer()
                        + ", which another queue may still use");
            }
            if (range.issue() == issue && range.writer() != writer) {
                throw fault(instruction + " has outputs or workspace that overlap");
            }
        }
        ranges(location).set(location.offset(), location.bytes(), writer, issue);
    }

    private void write(Value value, Location location, int issue) {
        ranges(location).set(location.offset(), location.bytes(), value.number(), issue);
    }

    private Ranges ranges(Location location) {
        return memory.computeIfAbsent(location.slot(), s -> new Ranges());
    }

    private static JavelinException fault(String problem) {
        return new JavelinException(
                "JVL-ENG-0004",
                "the placed program is wrong: " + problem,
                "report this with the model and the strategy: it is a fault of the engine or of a strategy's fragment");
    }
}
