package dev.javelin.engine.world.watch;

import dev.javelin.engine.world.Pulse.Phase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The words of verdicts. */
final class Words {
    private static final int GROUPS = 3;

    private Words() {}

    /** For example {@code 5.2 s}. */
    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }

    /** For example {@code ranks 0-3, 5}; any order, without repetitions. */
    static String ranks(List<Integer> numbers) {
        List<Integer> sorted = numbers.stream().sorted().toList();
        List<String> runs = new ArrayList<>();
        for (int i = 0; i < sorted.size(); i++) {
            int from = sorted.get(i);
            while (i + 1 < sorted.size() && sorted.get(i + 1) == sorted.get(i) + 1) {
                i++;
            }
            int to = sorted.get(i);
            runs.add(to == from ? "" + from : to == from + 1 ? from + ", " + to : from + "-" + to);
        }
        return (sorted.size() == 1 ? "rank " : "ranks ") + String.join(", ", runs);
    }

    /** Where a rank was when it was last heard of, to follow what happened to it. */
    static String place(RankReport rank, long now) {
        PulseReport pulse = rank.pulse();
        StringBuilder text = new StringBuilder();
        text.append(", last seen in ").append(phase(pulse));
        if (pulse.inCollective()) {
            text.append(", in the collective ").append(pulse.ticketText());
        }
        text.append(", last activity: ").append(pulse.activity());
        text.append(" (").append(seconds(now - rank.changedNanos())).append(" ago)");
        return text.toString();
    }

    private static String phase(PulseReport pulse) {
        String name = pulse.phase().name().toLowerCase(Locale.ROOT);
        return pulse.phase() == Phase.START || pulse.step() == 0
                ? "phase " + name
                : "phase " + name + ", step " + pulse.step();
    }

    /** Who waits for others meanwhile, and in which collectives; empty if nobody does. */
    static String waiters(List<RankReport> ranks, RankReport guilty, long now, long timeout) {
        Map<String, List<Integer>> places = ranks.stream()
                .filter(rank -> rank.rank() != guilty.rank() && (rank.waits(now, timeout) || rank.brokeOff()))
                .collect(Collectors.groupingBy(
                        Words::whereItWaits,
                        LinkedHashMap::new,
                        Collectors.mapping(RankReport::rank, Collectors.toList())));
        if (places.isEmpty()) {
            return "";
        }
        String first = places.entrySet().stream()
                .limit(GROUPS)
                .map(place -> ranks(place.getValue()) + (place.getValue().size() == 1 ? " waits" : " wait") + " in "
                        + place.getKey())
                .collect(Collectors.joining(", "));
        return "; " + first + (places.size() > GROUPS ? ", others elsewhere" : "");
    }

    /** The collective or else the activity in which a rank waits. */
    static String whereItWaits(RankReport rank) {
        PulseReport pulse = rank.pulse();
        return pulse.inCollective() ? pulse.ticketText() : pulse.activity() + " (" + phase(pulse) + ")";
    }
}
