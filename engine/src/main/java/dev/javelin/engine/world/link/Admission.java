package dev.javelin.engine.world.link;

import dev.javelin.engine.world.link.Messages.Join;
import dev.javelin.engine.world.link.Messages.Refusal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a process that knows the secret belongs into a world. */
final class Admission {
    private static final String CODE = "JVL-RNK-0008";

    private Admission() {}

    /**
     * Why not, if it does not.
     *
     * @param holder who has its place already
     */
    static Optional<Refusal> check(Plan plan, Join join, @Nullable Guest holder) {
        if (!join.job().equals(plan.job())) {
            return refused(
                    "this process is of job '" + join.job() + "', the world at the rendezvous of job '" + plan.job()
                            + "'",
                    "give each job a rendezvous port of its own, and its processes the same job name");
        }
        if (!join.version().equals(plan.version())) {
            return refused(
                    "this process runs version " + join.version() + " of Javelin, the world version " + plan.version(),
                    "install one version on all hosts");
        }
        if (!join.ranks().equals(plan.ranks())) {
            return refused(
                    "this process expects " + new Plan("", "", join.ranks()).sizes() + ", the world " + plan.sizes(),
                    "start all processes with the same numbers of processes and ranks");
        }
        if (join.process() >= plan.processes()) {
            return refused(
                    "this process is number " + join.process() + " of " + plan.processes(),
                    "number the processes from 0");
        }
        if (holder != null) {
            return refused(
                    "process " + join.process() + " (rank " + plan.firstRank(join.process())
                            + ") has joined already: host " + holder.join().host() + ", pid "
                            + holder.join().pid(),
                    "give each process a number of its own");
        }
        return Optional.empty();
    }

    private static Optional<Refusal> refused(String problem, String remedy) {
        return Optional.of(new Refusal(CODE, problem, remedy));
    }
}
