package dev.javelin.engine.train;

import dev.javelin.engine.run.Team;
import dev.javelin.engine.world.Member;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What ranks found, each with its own rows, told to all of them: so that all end with the same words. */
final class Findings {
    private static final int MOST_BYTES = 4096;

    private final @Nullable Member member;

    /**
     * @param team null for a rank alone
     */
    Findings(@Nullable Team team) {
        member = team == null ? null : team.member();
    }

    /**
     * The finding of the first rank that found something outside of what the others sent; waits for all ranks.
     *
     * @param step names the occasion
     * @param mine what this rank found
     */
    Optional<String> first(long step, Optional<String> mine) {
        if (member == null) {
            return mine;
        }
        byte[] text = mine.orElse("").getBytes(StandardCharsets.UTF_8);
        member.put(key(step, member.rank()), Arrays.copyOf(text, Math.min(text.length, MOST_BYTES)));
        Optional<String> received = Optional.empty();
        for (int rank = 0; rank < member.size(); rank++) {
            String found = new String(member.get(key(step, rank)), StandardCharsets.UTF_8);
            if (found.isEmpty()) {
                continue;
            }
            if (!found.contains("all_reduce")) {
                return Optional.of(found + ", on rank " + rank);
            }
            received = received.or(() -> Optional.of(found));
        }
        return received;
    }

    private static String key(long step, int rank) {
        return "finding/" + step + "/" + rank;
    }
}
