package dev.javelin.engine.world.watch;

import dev.javelin.engine.world.RankFailure;

/**
 * Why a world has stopped: the same on all its ranks.
 *
 * @param code of the {@link RankFailure}
 * @param rank the guilty one; -1 if none can be told
 * @param problem who, what, where and since when
 * @param remedy what to do about it
 * @param alike whether all ranks failed with one and the same error of their own before any collective
 */
public record Verdict(String code, int rank, String problem, String remedy, boolean alike) {

    public static Verdict of(String code, int rank, String problem, String remedy) {
        return new Verdict(code, rank, problem, remedy, false);
    }

    public RankFailure failure() {
        return new RankFailure(code, rank, problem, remedy);
    }

    @Override
    public String toString() {
        return code + " " + problem;
    }
}
