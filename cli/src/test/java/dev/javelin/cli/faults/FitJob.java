package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.engine.checkpoint.Checkpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** {@code javelin fit} in a process of its own, with the ranks that it starts. Closing it kills what is left. */
final class FitJob implements AutoCloseable {
    private static final long MOST_WAIT_MINUTES = 4;

    private final String mark;
    private final Path out;
    private final Process process;
    private final StringBuilder err = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private final List<Thread> readers = new ArrayList<>();
    private final Set<Long> seen = new TreeSet<>();
    private final Set<Integer> ports = new TreeSet<>();
    private long endNanos;

    private FitJob(String mark, Path out, List<String> command) {
        this.mark = mark;
        this.out = out;
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        readers.add(Thread.ofVirtual().start(() -> read(process.errorReader(), err)));
        readers.add(Thread.ofVirtual().start(() -> read(process.inputReader(), text)));
    }

    /** Two ranks as processes, with a tiny model, a checkpoint every fifth step, and no end in sight. */
    static FitJob start(Path out, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--ranks=2", "--launch=processes", "--cluster=none"));
        arguments.addAll(List.of(more));
        return of(out, List.of(), arguments(out, arguments));
    }

    /**
     * Any job.
     *
     * @param before stands before the command of the JVM
     */
    static FitJob of(Path out, List<String> before, List<String> arguments) {
        String mark = "javelin.faults=" + UUID.randomUUID();
        List<String> command = new ArrayList<>(before);
        command.addAll(Jvm.command(mark, "dev.javelin.cli.Main", arguments));
        return new FitJob(mark, out, command);
    }

    /** What all jobs have in common, unless it is said otherwise, and more; of an option said twice the last counts. */
    static List<String> arguments(Path out, List<String> more) {
        Map<String, String> options = new LinkedHashMap<>();
        List<String> all = new ArrayList<>(List.of(
                "--model=gpt:layers=1,width=16,heads=2,block=16",
                "--set=data.batch=4",
                "--set=data.validation=0",
                "--set=optimizer.schedule=constant",
                "--set=trainer.checkpointEvery=5",
                "--threads=1",
                "--strategy=ddp",
                "--timeout=" + Bound.TIMEOUT_SECONDS,
                "--max-steps=10000000",
                "--out=" + out));
        all.addAll(more);
        for (String option : all) {
            String name =
                    option.startsWith("--set=") ? option.substring(0, option.lastIndexOf('=')) : option.split("=")[0];
            options.put(name, option);
        }
        List<String> arguments = new ArrayList<>(List.of("fit"));
        arguments.addAll(options.values());
        return arguments;
    }

    private void read(BufferedReader from, StringBuilder to) {
        try (from) {
            for (String line = from.readLine(); line != null; line = from.readLine()) {
                synchronized (this) {
                    to.append(line).append('\n');
                    notifyAll();
                }
            }
        } catch (IOException e) {
            synchronized (this) {
                to.append(e).append('\n');
            }
        }
    }

    /** Waits for a text on standard error. */
    void await(String words) {
        await(words, 1);
    }

    /** Waits until a text is so many times on standard error. */
    void await(String words, int times) {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(MOST_WAIT_MINUTES);
        try {
            synchronized (this) {
                while (err.toString().split(Pattern.quote(words), -1).length <= times) {
                    assertTrue(
                            System.nanoTime() < until && process.isAlive(),
                            () -> "no '" + words + "' on stderr:\n" + err + text);
                    wait(200);
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until training is under way and a checkpoint is written; processes and ports were looked for before. */
    void awaitCheckpoint() {
        await("training ");
        note();
        await("checkpoint after step 10:");
    }

    private void note() {
        List<Long> all = Traces.processes(mark);
        seen.addAll(all);
        ports.addAll(Traces.ports(all));
    }

    /** The ports at which the job listens. */
    Set<Integer> ports() {
        return ports;
    }

    long pid() {
        return process.pid();
    }

    /** The process of a rank. */
    long pid(int rank) {
        List<Long> ranks = process.descendants()
                .filter(each -> each.info().command().orElse("").endsWith("/java"))
                .sorted(Comparator.comparingLong(ProcessHandle::pid))
                .map(ProcessHandle::pid)
                .toList();
        assertTrue(ranks.size() > rank, () -> "processes " + ranks + "\n" + err);
        return ranks.get(rank);
    }

    /** Sends a signal; when. */
    static long signal(String name, long pid) {
        try {
            long now = System.nanoTime();
            assertEquals(
                    0, new ProcessBuilder("kill", "-" + name, "" + pid).start().waitFor());
            return now;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for the end; the exit code. */
    int end() {
        try {
            assertTrue(process.waitFor(MOST_WAIT_MINUTES, TimeUnit.MINUTES), () -> "it does not end:\n" + err());
            endNanos = System.nanoTime();
            for (Thread reader : readers) {
                reader.join(TimeUnit.SECONDS.toMillis(10));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    long endNanos() {
        return endNanos;
    }

    synchronized String err() {
        return err.toString();
    }

    synchronized String out() {
        return text.toString();
    }

    /** Checks that the job ended in time by the failure of a rank, said so in these words, and left nothing. */
    void assertFailed(String what, long faultNanos, String... words) {
        int code = end();
        assertEquals(4, code, this::err);
        for (String word : words) {
            assertTrue(err().contains(word), () -> "no '" + word + "' in\n" + err());
        }
        Bound.check(what, faultNanos, endNanos);
        assertNothingIsLeft();
        lastCheckpoint();
    }

    void assertNothingIsLeft() {
        Traces.assertNone(mark, seen, ports, out);
    }

    /** The processes of the job that are still there. */
    List<Long> left() {
        return Traces.processes(mark);
    }

    /** The step of the last checkpoint, which is whole. */
    long lastCheckpoint() {
        try (Checkpoint checkpoint = Checkpoint.open(out)) {
            checkpoint.verify();
            return checkpoint.step();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        Traces.processes(mark).forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    }
}
