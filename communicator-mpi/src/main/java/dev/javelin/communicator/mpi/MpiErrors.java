package dev.javelin.communicator.mpi;

import dev.javelin.api.JavelinException;

/** The errors of this communicator beside those that all have. */
final class MpiErrors {
    /** No Open MPI was found, or what was found is another library. */
    static final String NO_LIBRARY = "JVL-COM-0201";

    /** A function of MPI returned an error. */
    static final String CALL_FAILED = "JVL-COM-0202";

    /** The JVM does not let this module call native code. */
    static final String NO_NATIVE_ACCESS = "JVL-COM-0203";

    private MpiErrors() {}

    static JavelinException wrong(String call, String problem) {
        return new JavelinException("JVL-COM-0001", call + ": " + problem, "look at what makes this call");
    }

    static JavelinException left(String call, String problem) {
        return new JavelinException("JVL-COM-0003", call + ": " + problem, "look for the first error of this rank");
    }

    static JavelinException world(String problem) {
        return new JavelinException(
                "JVL-COM-0004",
                "communicator mpi: " + problem,
                "start one process for each rank by mpirun (mpirun -np 4 ./javelin fit ... --communicator mpi), or choose"
                        + " communicator local on one host or tcp on several");
    }
}
