package dev.javelin.engine;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Slot;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The resident memory: every slot of a set of programs at an aligned offset of one slab. What the host reads after a step
 * lies side by side, so that one copy brings all of it; so do the fields of micro-batches that come while the device
 * works, with the place where they land behind them.
 */
public final class SlotLayout {
    private final SequencedMap<Slot, Long> offsets = new LinkedHashMap<>();
    private final long alignment;
    private final Range results;
    private final Range staged;
    private final long bytes;

    /** A part of the slab. */
    public record Range(long offset, long bytes) {}

    /**
     * Lays out all slots that the programs read or write, in the order of their first appearance but for the named ones.
     *
     * @param results slots that the host reads together
     * @param staged slots whose next contents land beside them; none if copies do not run beside the device's work
     */
    SlotLayout(Collection<Program> programs, Set<Slot> results, Set<Slot> staged, long alignment) {
        this.alignment = alignment;
        Map<String, Slot> byName = new LinkedHashMap<>();
        for (Program program : programs) {
            program.slots()
                    .forEach(slot -> require(byName.putIfAbsent(slot.kind() + " " + slot.name(), slot), slot, program));
        }
        long end = 0;
        for (Slot slot : byName.values()) {
            if (!results.contains(slot) && !staged.contains(slot)) {
                end = place(slot, end);
            }
        }
        this.results = place(byName.values(), results, end);
        this.staged = place(byName.values(), staged, end + this.results.bytes);
        bytes = landing() + this.staged.bytes;
    }

    private static void require(@Nullable Slot other, Slot slot, Program program) {
        if (other != null && !other.equals(slot)) {
            throw new JavelinException(
                    "JVL-ENG-0005",
                    slot + " has type " + slot.type() + " in " + program.name() + " and " + other.type() + " before",
                    slot.kind() == Slot.Kind.STATE
                            ? "ask for a state under one name with one type in all programs"
                            : "report a scalar under one name with one type");
        }
    }

    /** Where the next slot may begin. */
    private long place(Slot slot, long offset) {
        offsets.put(slot, offset);
        return Math.ceilDiv(offset + slot.type().bytes(), alignment) * alignment;
    }

    private Range place(Collection<Slot> all, Set<Slot> chosen, long offset) {
        long end = offset;
        for (Slot slot : all) {
            if (chosen.contains(slot)) {
                end = place(slot, end);
            }
        }
        return new Range(offset, end - offset);
    }

    /** Where the slots lie that the host reads together. */
    public Range results() {
        return results;
    }

    /** Where the slots lie that are staged; of 0 bytes if none are. */
    public Range staged() {
        return staged;
    }

    /** Where the contents of {@link #staged} land: an image of it, of as many bytes. */
    public long landing() {
        return staged.offset + staged.bytes;
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
