package dev.javelin.engine.world.watch;

import static dev.javelin.engine.world.watch.Words.ranks;
import static dev.javelin.engine.world.watch.Words.seconds;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The rule for a world in which everybody waits for somebody: nobody is busy any more, so nothing can come. What a rank
 * told before another one ended says nothing yet: it may have got what it waited for just then.
 */
final class Stuck {
    private Stuck() {}

    static Optional<Verdict> judge(List<RankReport> ranks, long now, long timeout) {
        List<RankReport> waiting = ranks.stream().filter(rank -> !rank.done()).toList();
        boolean all = !waiting.isEmpty()
                && waiting.stream()
                        .allMatch(rank -> rank.watched() && rank.waits(now, timeout) && rank.waitedNanos() >= timeout);
        List<RankReport> done = ranks.stream().filter(RankReport::done).toList();
        if (!all || done.stream().anyMatch(rank -> now - rank.changedNanos() < timeout)) {
            return Optional.empty();
        }
        List<Integer> ended = done.stream().map(RankReport::rank).toList();
        return Optional.of(ended.isEmpty() ? network(waiting, now) : deserted(waiting, ended));
    }

    private static Verdict deserted(List<RankReport> waiting, List<Integer> ended) {
        return Verdict.of(
                "JVL-RNK-0004",
                ended.size() == 1 ? ended.getFirst() : -1,
                ranks(ended) + (ended.size() == 1 ? " has" : " have") + " ended the run while " + states(waiting),
                "every rank must run the same program for the same number of steps");
    }

    private static Verdict network(List<RankReport> waiting, long now) {
        int guilty = odd(waiting);
        return Verdict.of(
                "JVL-RNK-0002",
                guilty,
                (guilty < 0 ? "no rank can go on: " : "rank " + guilty + " waits apart from the others: ")
                        + states(waiting),
                "look at the network between the hosts, then start again from the last checkpoint");
    }

    /** The one rank that waits elsewhere than all others, of three or more; -1 if there is none. */
    private static int odd(List<RankReport> waiting) {
        Map<String, List<RankReport>> places = places(waiting);
        if (waiting.size() < 3 || places.size() != 2) {
            return -1;
        }
        return places.values().stream()
                .filter(those -> those.size() == 1)
                .mapToInt(those -> those.getFirst().rank())
                .findFirst()
                .orElse(-1);
    }

    private static Map<String, List<RankReport>> places(List<RankReport> waiting) {
        return waiting.stream()
                .collect(Collectors.groupingBy(Words::whereItWaits, LinkedHashMap::new, Collectors.toList()));
    }

    private static String states(List<RankReport> waiting) {
        return places(waiting).entrySet().stream()
                .map(place ->
                        ranks(place.getValue().stream().map(RankReport::rank).toList())
                                + (place.getValue().size() == 1 ? " has" : " have") + " waited for others for "
                                + seconds(place.getValue().stream()
                                        .mapToLong(RankReport::waitedNanos)
                                        .max()
                                        .orElse(0))
                                + " in " + place.getKey())
                .collect(Collectors.joining("; "));
    }
}
