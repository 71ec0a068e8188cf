package dev.javelin.communicator.host;

/**
 * Elements cut into one range per rank, in order: equally long where the ranks divide them; else the first ranks have one
 * more.
 *
 * @param elements in all; any number
 * @param ranks at least 1
 */
public record Shares(long elements, int ranks) {

    /** First element of a rank's share. */
    public long begin(int rank) {
        return rank * (elements / ranks) + Math.min(rank, elements % ranks);
    }

    /** Number of elements in a rank's share; may be zero. */
    public long count(int rank) {
        return elements / ranks + (rank < elements % ranks ? 1 : 0);
    }
}
