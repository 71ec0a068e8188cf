package dev.javelin.engine.lower;

import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.View;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Leaves out copies that put together what already lies together. A model joins the weights of several layers that read
 * one input; where these parameters follow each other in their chunk, the joined weight is a view of it. Its gradient is
 * cut for the parameters and packed again into the chunk's gradient; where all pieces follow each other there, the whole
 * is packed, so that it can be computed in place.
 */
public final class Joining {
    private final Map<Value, Instruction> producers = new HashMap<>();

    private Joining() {}

    /** The program without these copies; pieces that nobody reads any more are left for pruning. */
    public static Program join(Program program) {
        Joining joining = new Joining();
        List<Instruction> result = new ArrayList<>();
        for (Instruction instruction : program.instructions()) {
            Instruction joined = joining.joined(instruction);
            joined.outputs().forEach(output -> joining.producers.put(output, joined));
            result.add(joined);
        }
        return new Program(program.name(), program.inputs(), result, program.outputs());
    }

    private Instruction joined(Instruction instruction) {
        return switch (instruction.operation()) {
            case Concat concat -> concat(instruction, concat);
            case Pack pack -> withInputs(instruction, pack, wholes(instruction.inputs()));
            default -> instruction;
        };
    }

    private static Instruction withInputs(Instruction instruction, Operation operation, List<Value> inputs) {
        return new Instruction(operation, inputs, instruction.outputs(), instruction.site());
    }

    /** A range of a value's memory, in elements. */
    private record Piece(Value base, long offset, long elements) {
        boolean isFollowedBy(Piece next) {
            return next.base.equals(base) && next.offset == offset + elements;
        }

        boolean ends() {
            return offset + elements == base.type().elements();
        }
    }

    /** Where a value lies: in itself, or in what it is a view of. */
    private Piece piece(Value value) {
        Value base = value;
        long offset = 0;
        Instruction producer = producers.get(base);
        while (producer != null && producer.view().isPresent()) {
            offset += producer.view().getAsLong();
            base = producer.inputs().getFirst();
            producer = producers.get(base);
        }
        return new Piece(base, offset, value.type().elements());
    }

    /** A view, if the inputs are neighbours in a flat buffer. */
    private Instruction concat(Instruction instruction, Concat concat) {
        Shape shape = instruction.outputs().getFirst().type().shape();
        List<Piece> pieces = instruction.inputs().stream().map(this::piece).toList();
        Value base = pieces.getFirst().base();
        boolean flat = base.type().shape().rank() == 1 && shape.elements(0, concat.dim()) == 1;
        return flat && follow(pieces)
                ? withInputs(instruction, new View(pieces.getFirst().offset(), shape), List.of(base))
                : instruction;
    }

    private static boolean follow(List<Piece> pieces) {
        for (int i = 0; i + 1 < pieces.size(); i++) {
            if (!pieces.get(i).isFollowedBy(pieces.get(i + 1))) {
                return false;
            }
        }
        return true;
    }

    /** The same elements with every row of pieces that make up a whole value replaced by that value. */
    private List<Value> wholes(List<Value> parts) {
        List<Value> result = new ArrayList<>();
        int next = 0;
        while (next < parts.size()) {
            int end = endOfWhole(parts, next);
            result.add(end > next ? piece(parts.get(next)).base() : parts.get(next));
            next = Math.max(end, next + 1);
        }
        return result;
    }

    /** The part behind the last piece of the value that part {@code first} begins; {@code first} if it begins none. */
    private int endOfWhole(List<Value> parts, int first) {
        Piece last = piece(parts.get(first));
        if (last.offset() != 0) {
            return first;
        }
        int end = first + 1;
        while (!last.ends()) {
            Piece next = end < parts.size() ? piece(parts.get(end)) : last;
            if (!last.isFollowedBy(next)) {
                return first;
            }
            last = next;
            end++;
        }
        return end;
    }
}
