package dev.javelin.communicator.tcp;

import dev.javelin.api.JavelinException;

/** The errors of this communicator beside those that all have. */
final class TcpErrors {
    /** A connection broke or ended without a goodbye. */
    static final String LOST = "JVL-COM-0101";

    /** The JVM does not let this module reach memory by its address. */
    static final String NO_NATIVE_ACCESS = "JVL-COM-0102";

    private TcpErrors() {}

    static JavelinException wrong(String call, String problem) {
        return new JavelinException("JVL-COM-0001", call + ": " + problem, "look at what makes this call");
    }

    static JavelinException left(String call, String problem) {
        return new JavelinException(
                "JVL-COM-0003", call + ": " + problem, "look for the first error of the rank that left");
    }

    static JavelinException lost(String call, String peer, String why, Throwable cause) {
        return new JavelinException(
                LOST,
                call + ": the connection to " + peer + " was lost: " + why,
                "look at what became of that rank and of the network to its host",
                cause);
    }
}
