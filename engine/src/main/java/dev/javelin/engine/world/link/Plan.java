package dev.javelin.engine.world.link;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What all processes of a job know of it beforehand.
 *
 * @param job its name
 * @param version of the program
 * @param ranks how many ranks each process has
 */
public record Plan(String job, String version, List<Integer> ranks) {
    public Plan {
        ranks = List.copyOf(ranks);
    }

    /** Number of processes. */
    public int processes() {
        return ranks.size();
    }

    /** Number of ranks. */
    public int size() {
        return ranks.stream().mapToInt(Integer::intValue).sum();
    }

    /** The first rank of a process. */
    public int firstRank(int process) {
        return ranks.subList(0, process).stream().mapToInt(Integer::intValue).sum();
    }

    /** The ranks of a process. */
    public List<Integer> ranksOf(int process) {
        int first = firstRank(process);
        return IntStream.range(first, first + ranks.get(process)).boxed().toList();
    }

    /** The process of a rank. */
    public int processOf(int rank) {
        int process = 0;
        for (int left = rank; left >= ranks.get(process); process++) {
            left -= ranks.get(process);
        }
        return process;
    }

    /** In words. */
    String sizes() {
        boolean equal = ranks.stream().distinct().count() == 1;
        return ranks.size() + (ranks.size() == 1 ? " process" : " processes") + " with "
                + (equal
                        ? ranks.getFirst() + (ranks.getFirst() == 1 ? " rank" : " ranks") + " each"
                        : ranks + " ranks");
    }
}
