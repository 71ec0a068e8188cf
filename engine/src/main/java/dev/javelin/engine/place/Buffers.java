package dev.javelin.engine.place;

import dev.javelin.api.operation.Pack;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Storage;
import dev.javelin.engine.program.Value;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.spi.device.KernelPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides which values share memory. Each value lies at an offset of a buffer; a buffer is a slot's memory or a
 * temporary with a lifetime. Views and updates in place share by definition, an input of {@code pack} is computed inside
 * the packed buffer, and a kernel works in place where it may and its input is not read again.
 */
final class Buffers {
    private final Schedule schedule;
    private final int[] parent;
    private final long[] offset;
    private final long[] bytes;
    private final int[] defined;
    private final Accesses accesses;
    private final int[] overwritten;
    private final @Nullable Slot[] slots;
    private final boolean[] packed;
    private final Map<Slot, Integer> slotNodes = new HashMap<>();

    /**
     * @param plans the kernel plan of an instruction that is no view
     */
    Buffers(Schedule schedule, Function<Instruction, KernelPlan> plans) {
        this.schedule = schedule;
        Program program = schedule.program();
        int values = program.valueCount();
        int nodes = values + program.inputs().size() + program.outputs().size();
        parent = new int[nodes];
        offset = new long[nodes];
        bytes = new long[nodes];
        defined = new int[nodes];
        slots = new Slot[nodes];
        packed = new boolean[nodes];
        Arrays.setAll(parent, i -> i);
        Arrays.fill(defined, Integer.MAX_VALUE);
        accesses = new Accesses(schedule, nodes);
        overwritten = overwritten(program);
        measure(program);
        bindSlots(program, values);
        for (int i = 0; i < schedule.issues().size(); i++) {
            Instruction instruction = schedule.issues().get(i).instruction();
            share(instruction, i, plans);
        }
    }

    private void measure(Program program) {
        program.inputs().forEach(input -> define(input.value(), 0));
        for (int i = 0; i < schedule.issues().size(); i++) {
            Instruction instruction = schedule.issues().get(i).instruction();
            for (Value output : instruction.outputs()) {
                define(output, i);
            }
        }
    }

    /** When each value is updated in place: its last update, or -1. */
    private int[] overwritten(Program program) {
        int[] last = new int[program.valueCount()];
        Arrays.fill(last, -1);
        for (int i = schedule.issues().size() - 1; i >= 0; i--) {
            Instruction instruction = schedule.issues().get(i).instruction();
            for (int o = 0; o < instruction.outputs().size(); o++) {
                int output = instruction.outputs().get(o).number();
                int at = i;
                instruction
                        .operation()
                        .overwrites(o)
                        .ifPresent(
                                input -> last[instruction.inputs().get(input).number()] = Math.max(at, last[output]));
            }
        }
        return last;
    }

    private void define(Value value, int at) {
        defined[value.number()] = at;
        bytes[value.number()] = value.type().bytes();
    }

    private void bindSlots(Program program, int firstNode) {
        int next = firstNode;
        for (Program.Input input : program.inputs()) {
            next = bind(input.value(), input.slot(), next);
        }
        Storage storage = new Storage(program);
        for (Program.Output output : program.outputs()) {
            next = bind(storage.origin(output.value()), output.slot(), next);
        }
    }

    private int bind(Value value, Slot slot, int next) {
        Integer node = slotNodes.get(slot);
        if (node == null) {
            node = next++;
            slotNodes.put(slot, node);
            slots[node] = slot;
            bytes[node] = slot.type().bytes();
        }
        attach(value.number(), node, 0);
        return next;
    }

    private void attach(int child, int to, long at) {
        int root = root(to);
        long base = offsetOf(to);
        parent[child] = root;
        offset[child] = base + at;
        accesses.join(root, child);
    }

    private void share(Instruction instruction, int index, Function<Instruction, KernelPlan> plans) {
        var view = instruction.view();
        if (view.isPresent()) {
            Value source = instruction.inputs().getFirst();
            Value output = instruction.outputs().getFirst();
            long at = view.getAsLong() * output.type().dtype().bytes();
            attach(output.number(), source.number(), at);
            return;
        }
        for (int i = 0; i < instruction.outputs().size(); i++) {
            int output = instruction.outputs().get(i).number();
            var over = instruction.operation().overwrites(i);
            if (over.isPresent()) {
                attach(output, instruction.inputs().get(over.getAsInt()).number(), 0);
            }
        }
        if (instruction.operation() instanceof Pack) {
            gather(instruction);
        } else if (!instruction.operation().effect()) {
            workInPlace(instruction, index, plans.apply(instruction));
        }
    }

    /**
     * A gradient that is shared by two packed buffers is computed inside the first and copied into the second. One that
     * is read after its packed buffer was updated in place is copied.
     */
    private void gather(Instruction pack) {
        Value output = pack.outputs().getFirst();
        long at = 0;
        for (Value input : pack.inputs()) {
            int root = root(input.number());
            boolean whole =
                    offsetOf(input.number()) == 0 && bytes[root] == input.type().bytes();
            if (slots[root] == null
                    && !packed[root]
                    && whole
                    && !readLater(root, output)
                    && root != root(output.number())) {
                attach(root, output.number(), at);
            }
            at += input.type().bytes();
        }
        packed[root(output.number())] = true;
    }

    private boolean readLater(int root, Value packedBuffer) {
        int update = overwritten[packedBuffer.number()];
        return update >= 0 && accesses.last(root) >= update;
    }

    private void workInPlace(Instruction instruction, int index, KernelPlan plan) {
        List<KernelPlan.Alias> pairs = new ArrayList<>(plan.mayAlias());
        pairs.sort(
                java.util.Comparator.comparingInt(KernelPlan.Alias::output).thenComparingInt(KernelPlan.Alias::input));
        boolean[] taken = new boolean[instruction.inputs().size()];
        for (KernelPlan.Alias pair : pairs) {
            Value output = instruction.outputs().get(pair.output());
            Value input = instruction.inputs().get(pair.input());
            if (root(output.number()) == output.number()
                    && slots[root(output.number())] == null
                    && !taken[pair.input()]
                    && free(input, instruction, index, output.type().bytes())
                    && permitted(input, pair.output(), instruction, plan)) {
                attach(output.number(), input.number(), 0);
                taken[pair.input()] = true;
            }
        }
    }

    /** True if an input's whole buffer is a temporary that nobody reads after this instruction, nor twice in it. */
    private boolean free(Value input, Instruction instruction, int index, long needed) {
        int root = root(input.number());
        boolean whole =
                offsetOf(input.number()) == 0 && bytes[root] == input.type().bytes() && bytes[root] == needed;
        if (slots[root] != null || !whole || !accesses.doneBefore(root, index)) {
            return false;
        }
        for (Value other : instruction.inputs()) {
            if (!other.equals(input) && root(other.number()) == root) {
                return false;
            }
        }
        return instruction.outputs().stream().noneMatch(output -> root(output.number()) == root);
    }

    /** True if the kernel lets the output lie on every input that this value is. */
    private static boolean permitted(Value input, int output, Instruction instruction, KernelPlan plan) {
        for (int i = 0; i < instruction.inputs().size(); i++) {
            if (instruction.inputs().get(i).equals(input)
                    && !plan.mayAlias().contains(new KernelPlan.Alias(output, i))) {
                return false;
            }
        }
        return true;
    }

    private int root(int node) {
        int at = node;
        while (parent[at] != at) {
            at = parent[at];
        }
        return at;
    }

    private long offsetOf(int node) {
        long sum = 0;
        int at = node;
        while (parent[at] != at) {
            sum += offset[at];
            at = parent[at];
        }
        return sum;
    }

    /** The buffer that a value lies in: equal numbers mean equal buffers. */
    int buffer(Value value) {
        return root(value.number());
    }

    /** Where in its buffer a value starts, in bytes. */
    long offset(Value value) {
        return offsetOf(value.number());
    }

    Optional<Slot> slot(int buffer) {
        return Optional.ofNullable(slots[buffer]);
    }

    long bytes(int buffer) {
        return bytes[buffer];
    }

    /** The last issue at which nobody may take the memory of an issue's workspace. */
    int endOfIssue(int issue) {
        return accesses.endOfIssue(issue);
    }

    /** First and last issue at which each temporary buffer is in use, by buffer. */
    Map<Integer, int[]> lifetimes() {
        Map<Integer, int[]> lifetimes = new java.util.TreeMap<>();
        for (int v = 0; v < schedule.program().valueCount(); v++) {
            int root = root(v);
            if (defined[v] == Integer.MAX_VALUE || slots[root] != null) {
                continue;
            }
            int first = defined[v];
            lifetimes.compute(
                    root,
                    (r, life) -> life == null
                            ? new int[] {first, accesses.end(r)}
                            : new int[] {Math.min(life[0], first), life[1]});
        }
        return lifetimes;
    }
}
