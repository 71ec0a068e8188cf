package dev.javelin.spi.cluster;

import dev.javelin.api.JavelinException;
import java.util.Optional;

/**
 * The place of one process among those that a cluster's engine started. Start from {@link #of}; the canonical
 * constructor is not part of the contract.
 *
 * @param process this process, from 0
 * @param processes how many there are
 * @param localProcess this process among those of its host, from 0
 * @param localProcesses how many there are on this host
 * @param rendezvousHost name or address of the host of process 0; empty if the engine does not tell and the user must
 * @param rendezvousPort port on it that every process derives alike; 0 if the engine does not tell and the user must
 * @param job name of the job, the same for all its processes and different from other jobs'
 */
public record ClusterPlace(
        int process,
        int processes,
        int localProcess,
        int localProcesses,
        Optional<String> rendezvousHost,
        int rendezvousPort,
        String job) {
    public ClusterPlace {
        if (process < 0
                || process >= processes
                || localProcess < 0
                || localProcess >= localProcesses
                || localProcesses > processes) {
            throw new JavelinException(
                    "JVL-CLU-0001",
                    "process " + process + " of " + processes + ", on its host " + localProcess + " of "
                            + localProcesses,
                    "look at the variables that the cluster's engine set: numbers count from 0");
        }
    }

    /** A place in a job; all processes on one host, rendezvous untold. */
    public static ClusterPlace of(String job, int process, int processes) {
        return new ClusterPlace(process, processes, process, processes, Optional.empty(), 0, job);
    }

    public ClusterPlace withLocal(int number, int count) {
        return new ClusterPlace(process, processes, number, count, rendezvousHost, rendezvousPort, job);
    }

    public ClusterPlace withRendezvous(String host, int port) {
        return new ClusterPlace(process, processes, localProcess, localProcesses, Optional.of(host), port, job);
    }
}
