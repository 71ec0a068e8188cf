package dev.javelin.engine.profile;

import dev.javelin.engine.profile.Profile.Cost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far steps are from what the device can do, and why: the floor is the sum of what each instruction of the compute
 * queue takes at the device's limits, and the gap is all that the steps took beyond.
 */
final class Gap {
    private final Map<Family, Part> families = new EnumMap<>(Family.class);

    /** Time of one family so far, and what it consists of: equal costs with how often they occurred. */
    private static final class Part {
        private long calls;
        private long nanos;
        private final Map<Cost, Long> costs = new LinkedHashMap<>();
    }

    /**
     * A row of the gap.
     *
     * @param floorNanos least time at the device's limits; 0 for what no device need do
     */
    record Line(String name, long calls, long nanos, long floorNanos) {
        long gapNanos() {
            return nanos - floorNanos;
        }
    }

    void add(Family family, long nanos, Cost cost) {
        Part part = families.computeIfAbsent(family, absent -> new Part());
        part.calls++;
        part.nanos += nanos;
        part.costs.merge(cost, 1L, Long::sum);
    }

    /** What instructions took, by family, the largest gap first. */
    List<Line> families(Limits limits) {
        List<Line> lines = new ArrayList<>();
        families.forEach((family, part) -> {
            double seconds = 0;
            for (Map.Entry<Cost, Long> entry : part.costs.entrySet()) {
                Cost cost = entry.getKey();
                seconds += entry.getValue() * limits.leastSeconds(cost.flops(), cost.bytes());
            }
            boolean limited = family != Family.COLLECTIVES && family != Family.COPIES;
            lines.add(new Line(family.label(), part.calls, part.nanos, limited ? Math.round(seconds * 1e9) : 0));
        });
        return sorted(lines);
    }

    static List<Line> sorted(List<Line> lines) {
        return lines.stream()
                .sorted(Comparator.comparingLong(Line::gapNanos).reversed())
                .toList();
    }
}
