package dev.javelin.spi.communicator;

import dev.javelin.api.JavelinException;
import java.io.Serial;

/** The ranks of a group did not make the same call: {@code JVL-COM-0002}. */
public final class Disagreement extends JavelinException {
    @Serial
    private static final long serialVersionUID = 1;

    private final int rank;
    private final int other;
    private final long ticket;
    private final long otherTicket;

    /**
     * @param rank who noticed, within the group
     * @param ticket of its call
     * @param other whose call differs, within the group
     * @param otherTicket of that call
     * @param problem both calls in words
     */
    public Disagreement(int rank, long ticket, int other, long otherTicket, String problem) {
        super("JVL-COM-0002", problem, "every rank must run the same program in the same order");
        this.rank = rank;
        this.other = other;
        this.ticket = ticket;
        this.otherTicket = otherTicket;
    }

    public int rank() {
        return rank;
    }

    public int other() {
        return other;
    }

    public long ticket() {
        return ticket;
    }

    public long otherTicket() {
        return otherTicket;
    }
}
