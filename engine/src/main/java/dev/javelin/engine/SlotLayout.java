package dev.javelin.engine;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Slot;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** The resident memory: every slot of a set of programs at an aligned offset of one slab. */
public final class SlotLayout {
    private final SequencedMap<Slot, Long> offsets = new LinkedHashMap<>();
    private final long bytes;

    /** Lays out all slots that the programs read or write, in the order of their first appearance. */
    SlotLayout(Collection<Program> programs, long alignment) {
        Map<String, Slot> byName = new LinkedHashMap<>();
        long end = 0;
        for (Program program : programs) {
            for (Slot slot : program.slots()) {
                Slot other = byName.putIfAbsent(slot.kind() + " " + slot.name(), slot);
                if (other != null && !other.equals(slot)) {
                    throw new JavelinException(
                            "JVL-ENG-0005",
                            slot + " has type " + slot.type() + " in " + program.name() + " and " + other.type()
                                    + " before",
                            slot.kind() == Slot.Kind.STATE
                                    ? "ask for a state under one name with one type in all programs"
                                    : "report a scalar under one name with one type");
                }
                if (other == null) {
                    offsets.put(slot, end);
                    end = Math.ceilDiv(end + slot.type().bytes(), alignment) * alignment;
                }
            }
        }
        bytes = end;
    }

    /** Size of the slab in bytes. */
    public long bytes() {
        return bytes;
    }

    /** All slots with their offsets, in order. */
    public SequencedMap<Slot, Long> offsets() {
        return offsets;
    }

    /** The offset of a slot. */
    public long offset(Slot slot) {
        Long offset = offsets.get(slot);
        if (offset == null) {
            throw new IllegalArgumentException("no program uses " + slot);
        }
        return offset;
    }

    /** The slot of this kind and name, if a program uses it. */
    public Optional<Slot> find(Slot.Kind kind, String name) {
        return offsets.keySet().stream()
                .filter(slot -> slot.kind() == kind && slot.name().equals(name))
                .findFirst();
    }

    /** Bytes of all slots of a kind, without alignment. */
    public long bytes(Slot.Kind kind) {
        return offsets.keySet().stream()
                .filter(slot -> slot.kind() == kind)
                .mapToLong(slot -> slot.type().bytes())
                .sum();
    }
}
