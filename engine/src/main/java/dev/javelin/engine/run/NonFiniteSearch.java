package dev.javelin.engine.run;

import dev.javelin.api.TensorType;
import dev.javelin.engine.SlotLayout;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first instruction that makes a NaN or an infinity out of finite numbers. What already came in (a parameter,
 * a field of the data) is blamed first; constants that are infinite on purpose, such as masks, are not blamed.
 */
final class NonFiniteSearch {
    private final BiFunction<Long, TensorType, MemorySegment> reader;
    private final Set<Value> tainted = new HashSet<>();
    private @Nullable NonFinite first;
    private @Nullable NonFinite firstNan;

    /**
     * @param reader copies device memory to the host; the copy is looked at before the next call
     */
    NonFiniteSearch(BiFunction<Long, TensorType, MemorySegment> reader) {
        this.reader = reader;
    }

    void state(StateEntry entry, long address) {
        check(reader.apply(address, entry.type()), entry.type(), "the " + entry.kind() + " of " + entry.path());
    }

    void batch(HostBatch batch, SlotLayout slots) {
        batch.fields()
                .forEach((name, memory) -> slots.find(Slot.Kind.BATCH, name)
                        .ifPresent(slot -> check(memory, slot.type(), "the field '" + name + "' of the data")));
    }

    private void check(MemorySegment memory, TensorType type, String what) {
        long at = Numbers.firstNonFinite(memory, type);
        if (at >= 0 && first == null) {
            first = new NonFinite(what + ", element " + at, Numbers.get(memory, type.dtype(), at));
        }
    }

    void launched(LaunchList.Launch launch) {
        if (first != null) {
            return;
        }
        Instruction instruction = launch.instruction();
        boolean clean = instruction.inputs().stream().noneMatch(tainted::contains);
        for (int i = 0; i < instruction.outputs().size(); i++) {
            Value output = instruction.outputs().get(i);
            MemorySegment memory = reader.apply(launch.outputs()[i], output.type());
            long at = Numbers.firstNonFinite(memory, output.type());
            if (at >= 0) {
                tainted.add(output);
                blame(instruction, Numbers.get(memory, output.type().dtype(), at), clean);
            }
        }
    }

    private void blame(Instruction instruction, double value, boolean clean) {
        NonFinite fault = new NonFinite(instruction.operation().name() + " (" + instruction.site() + ")", value);
        if (clean && !instruction.inputs().isEmpty()) {
            first = fault;
        } else if (Double.isNaN(value) && firstNan == null) {
            firstNan = fault;
        }
    }

    Optional<NonFinite> found() {
        return Optional.ofNullable(first != null ? first : firstNan);
    }
}
