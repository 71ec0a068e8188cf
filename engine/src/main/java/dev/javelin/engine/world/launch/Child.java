package dev.javelin.engine.world.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/**
 * A process that a launcher has started, in a session of its own where there is a {@code setsid}: signals of the terminal
 * reach the launcher alone, which passes them on once.
 */
public final class Child {
    private static final List<Path> SETSID = List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));
    private static final int KILLED = 137;
    private static final long RELAY_MILLIS = 1_000;

    private final Process process;
    private final List<Relay> relays = new ArrayList<>();

    private Child(Process process) {
        this.process = process;
    }

    /**
     * Where a child's words go.
     *
     * @param out gets its standard output, if it is the first one
     * @param err gets its errors
     * @param prefix of each line of them; empty for the first one
     */
    public record Words(OutputStream out, OutputStream err, boolean first, String prefix) {}

    /**
     * Starts a process and hands it a line.
     *
     * @param line all that it will read from its standard input
     * @param exited gets its exit code, on another thread
     */
    public static Child start(List<String> command, String line, Words words, IntConsumer exited) throws IOException {
        List<String> whole = new ArrayList<>();
        SETSID.stream().filter(Files::isExecutable).findFirst().ifPresent(path -> whole.add(path.toString()));
        whole.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(whole);
        if (!words.first()) {
            builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        }
        Child child = new Child(builder.start());
        if (words.first()) {
            child.relays.add(new Relay(child.process.getInputStream(), words.out(), ""));
        }
        child.relays.add(new Relay(child.process.getErrorStream(), words.err(), words.prefix()));
        Thread.ofVirtual().name("javelin-child").start(() -> child.attend(exited));
        try (OutputStream in = child.process.getOutputStream()) {
            in.write(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It has ended already: its exit code tells.
            assert !line.isEmpty();
        }
        return child;
    }

    /** On a thread of its own: those that complete {@code onExit} may be busy. */
    private void attend(IntConsumer exited) {
        try {
            exited.accept(process.waitFor());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** The exit code of a child that has ended; of one that even SIGKILL has not ended yet, what it will be. */
    public int exitCode() {
        return process.isAlive() ? KILLED : process.exitValue();
    }

    /** Asks it to end: SIGTERM. */
    public void ask() {
        // Process.destroy would also close the streams, and the child's last words be lost.
        process.toHandle().destroy();
    }

    /** Ends it, and what it has started. */
    public void kill() {
        try (Stream<ProcessHandle> descendants = process.descendants()) {
            descendants.forEach(ProcessHandle::destroyForcibly);
        }
        process.toHandle().destroyForcibly();
    }

    /** Waits for its end and its last words, for a moment. */
    public void join() throws InterruptedException {
        process.waitFor(RELAY_MILLIS, TimeUnit.MILLISECONDS);
        for (Relay relay : relays) {
            relay.join(RELAY_MILLIS);
        }
    }
}
