package dev.javelin.engine.world;

import dev.javelin.api.JavelinException;
import java.io.Serial;

/** A rank failed, stalled or was lost, and the whole world has stopped: {@code JVL-RNK-...}. */
public final class RankFailure extends JavelinException {
    @Serial
    private static final long serialVersionUID = 1;

    private final int rank;

    /**
     * @param code {@code JVL-RNK-0001} lost (exit, kill, connection), {@code 0002} stalled, {@code 0003} failed with an
     *     error of its own, {@code 0004} ranks disagree, {@code 0005} did not join in time
     * @param rank the guilty one; -1 if none can be told
     * @param problem who, since when, in which collective of which unit or at which activity
     */
    public RankFailure(String code, int rank, String problem, String remedy) {
        super(code, problem, remedy);
        this.rank = rank;
    }

    /** The guilty rank; -1 if none can be told. */
    public int rank() {
        return rank;
    }
}
