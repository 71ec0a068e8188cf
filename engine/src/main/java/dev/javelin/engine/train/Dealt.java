package dev.javelin.engine.train;

import dev.javelin.engine.Share;
import dev.javelin.engine.run.Team;
import org.jspecify.annotations.Nullable;

/** Which rank's share of the rows is read. */
record Dealt(int rank, int ranks) {

    /** This rank's share; all rows for a rank alone. */
    static Dealt of(@Nullable Team team) {
        return team == null ? new Dealt(0, 1) : new Dealt(team.rank(), team.size());
    }

    Share share(long rows) {
        return Share.of(rows, rank, ranks);
    }

    /** Rows that a batch of so many is compiled for. */
    long most(long rows) {
        return Share.most(rows, ranks);
    }
}
