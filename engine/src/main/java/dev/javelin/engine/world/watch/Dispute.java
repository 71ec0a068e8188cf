package dev.javelin.engine.world.watch;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Who deviates when the ranks' calls disagree: the one whose ticket the fewest share; of two groups of one size, the one
 * that is ahead, because it has left something out.
 */
final class Dispute {
    /** Each rank's call, as far as it is known: by its own word, by its pulse, or by that of who noticed. */
    private final Map<Integer, Call> calls = new HashMap<>();

    private record Call(long ticket, String text) {}

    private Dispute() {}

    static Verdict judge(List<RankReport> ranks, RankReport noticed) {
        Failure failure = noticed.failure().orElseThrow();
        Failure.Dispute own = failure.dispute().orElseThrow();
        Dispute dispute = new Dispute();
        ranks.forEach(dispute::take);
        int other = other(ranks, noticed.rank(), own);
        Call told = new Call(own.otherTicket(), own.otherText());
        dispute.calls.merge(other, told, (known, said) -> known.ticket() == own.ticket() ? said : known);
        return dispute.verdict(ranks, failure);
    }

    private void take(RankReport rank) {
        Optional<Failure.Dispute> own = rank.failure().flatMap(Failure::dispute);
        if (own.isPresent()) {
            calls.put(rank.rank(), new Call(own.get().ticket(), own.get().text()));
        } else if (rank.pulse().inCollective()) {
            calls.put(rank.rank(), new Call(rank.pulse().ticket(), rank.pulse().ticketText()));
        }
    }

    /** The rank of the world that is meant: one with that ticket, or else the group is taken for the world. */
    private static int other(List<RankReport> ranks, int noticed, Failure.Dispute own) {
        List<Integer> holders = ranks.stream()
                .filter(rank -> rank.rank() != noticed)
                .filter(rank -> ticket(rank)
                        .filter(ticket -> ticket == own.otherTicket())
                        .isPresent())
                .map(RankReport::rank)
                .toList();
        return holders.isEmpty() || holders.contains(own.other())
                ? Math.min(own.other(), ranks.size() - 1)
                : holders.getFirst();
    }

    private static Optional<Long> ticket(RankReport rank) {
        Optional<Long> told = rank.failure().flatMap(Failure::dispute).map(Failure.Dispute::ticket);
        return told.isPresent() || !rank.pulse().inCollective()
                ? told
                : Optional.of(rank.pulse().ticket());
    }

    private Verdict verdict(List<RankReport> ranks, Failure failure) {
        Map<Long, Long> votes =
                calls.values().stream().collect(Collectors.groupingBy(Call::ticket, Collectors.counting()));
        Comparator<Map.Entry<Integer, Call>> byVotes = Comparator.comparing(
                entry -> votes.getOrDefault(entry.getValue().ticket(), 0L));
        Comparator<Map.Entry<Integer, Call>> ahead = Comparator.comparing(
                (Map.Entry<Integer, Call> entry) -> -entry.getValue().ticket());
        Map.Entry<Integer, Call> deviating = calls.entrySet().stream()
                .min(byVotes.thenComparing(ahead).thenComparing(Map.Entry::getKey))
                .orElseThrow();
        int guilty = deviating.getKey();
        Call its = deviating.getValue();
        return Verdict.of(
                "JVL-RNK-0004",
                guilty,
                ranks.get(guilty).who() + " disagrees: it is in " + its.text() + " while " + others(its) + " ("
                        + failure.text() + ")",
                "every rank must run the same program on the same model, in the same order; look at what differs on that"
                        + " rank");
    }

    private String others(Call its) {
        List<Map.Entry<Integer, Call>> others = calls.entrySet().stream()
                .filter(entry -> entry.getValue().ticket() != its.ticket())
                .sorted(Map.Entry.comparingByKey())
                .toList();
        return others.isEmpty()
                ? "the others are elsewhere"
                : Words.ranks(others.stream().map(Map.Entry::getKey).toList())
                        + (others.size() == 1 ? " is in " : " are in ")
                        + others.getFirst().getValue().text();
    }
}
