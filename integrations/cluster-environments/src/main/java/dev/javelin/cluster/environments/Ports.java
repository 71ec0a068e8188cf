package dev.javelin.cluster.environments;

/** A port that every process of a job derives alike. */
final class Ports {
    /** Above the privileged ports and below those that systems give to outgoing connections. */
    private static final int FIRST = 10_000;

    private static final int COUNT = 20_000;

    private Ports() {}

    /** The port of a job by its name: a 32-bit FNV-1a hash, folded into the range. */
    static int of(String job) {
        int hash = 0x811c9dc5;
        for (int i = 0; i < job.length(); i++) {
            hash = (hash ^ job.charAt(i)) * 0x01000193;
        }
        return FIRST + Integer.remainderUnsigned(hash, COUNT);
    }
}
