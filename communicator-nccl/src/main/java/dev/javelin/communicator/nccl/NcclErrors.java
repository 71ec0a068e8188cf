package dev.javelin.communicator.nccl;

import dev.javelin.api.JavelinException;

/** The errors of this communicator. */
final class NcclErrors {
    private NcclErrors() {}

    /** A function of the library returned an error. */
    static JavelinException of(String function, int code, String words) {
        String remedy = code == Nccl.ncclInvalidUsage
                ? "give each rank a GPU of its own; ranks that are threads and share one use communicator local"
                : "start again with NCCL_DEBUG=INFO in the environment, and look at what NCCL says of its network and GPUs";
        return new JavelinException("JVL-COM-0302", function + ": " + words + " (" + code + ")", remedy);
    }

    static JavelinException world(String problem, String remedy) {
        return new JavelinException("JVL-COM-0004", "communicator nccl " + problem, remedy);
    }

    static JavelinException wrong(String problem, String remedy) {
        return new JavelinException("JVL-COM-0001", problem, remedy);
    }

    static JavelinException ended(String problem) {
        return new JavelinException("JVL-COM-0003", problem, "see the first error of the ranks");
    }
}
