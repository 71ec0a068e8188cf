package dev.javelin.cli.run;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Turns SIGINT and SIGTERM into a request while it is open; a second one ends the process at once, without a checkpoint.
 * A signal that the process was started to ignore stays ignored. Shutdown hooks are no alternative: the JVM would exit
 * with its own code while they run, and could not wait for the training thread.
 */
public final class Signals implements AutoCloseable {
    private static final int EXIT = 128;

    private final Map<Signal, SignalHandler> previous = new LinkedHashMap<>();
    private final AtomicInteger received = new AtomicInteger();
    private final Runnable request;
    private final boolean each;

    private Signals(Runnable request, boolean each) {
        this.request = request;
        this.each = each;
        for (String name : new String[] {"INT", "TERM"}) {
            Signal signal = new Signal(name);
            previous.put(signal, Signal.handle(signal, this::receive));
        }
    }

    /** Listens until closed; the request runs once, on a thread of the JVM, at the first signal. */
    public static Signals listen(Runnable request) {
        return new Signals(request, false);
    }

    /** Listens until closed; the request runs at each signal, for processes that are told of it. */
    public static Signals forward(Runnable request) {
        return new Signals(request, true);
    }

    private void receive(Signal signal) {
        if (received.compareAndSet(0, signal.getNumber()) || each) {
            request.run();
        } else {
            Runtime.getRuntime().halt(EXIT + signal.getNumber());
        }
    }

    /** The exit code for the signal that came, if one did: 130 for SIGINT, 143 for SIGTERM. */
    public OptionalInt exitCode() {
        int number = received.get();
        return number == 0 ? OptionalInt.empty() : OptionalInt.of(EXIT + number);
    }

    @Override
    public void close() {
        previous.forEach(Signal::handle);
    }
}
