package dev.javelin.engine.place;

import dev.javelin.engine.place.Placement.Location;
import dev.javelin.engine.program.Value;
import dev.javelin.engine.schedule.Schedule;

/** Makes right placements wrong, one fault at a time. */
public final class Faults {
    private Faults() {}

    public static Placement schedule(Placement placement, Schedule other) {
        return placement.withSchedule(other);
    }

    public static Placement bytes(Placement placement, long size) {
        return placement.withBytes(size);
    }

    /** Moves a value to where another lies, {@code shiftBytes} further. */
    public static Placement onto(Placement placement, Value moved, Value target, long shiftBytes) {
        Location to = placement.location(target);
        Location location = new Location(
                to.slot(), to.offset() + shiftBytes, placement.location(moved).bytes(), to.buffer());
        return placement.withLocation(moved, location);
    }

    public static Placement at(Placement placement, Value moved, Location location) {
        return placement.withLocation(moved, location);
    }

    /** Moves an issue's workspace to where a value lies. */
    public static Placement workspaceOnto(Placement placement, int issue, Value target) {
        Location to = placement.location(target);
        long bytes = placement.workspace(issue).orElseThrow().bytes();
        return placement.withWorkspace(issue, new Location(to.slot(), to.offset(), bytes, -1 - issue));
    }
}
