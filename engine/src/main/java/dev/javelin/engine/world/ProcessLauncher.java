package dev.javelin.engine.world;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.launch.Child;
import dev.javelin.engine.world.link.ControlServer;
import dev.javelin.engine.world.link.Plan;
import dev.javelin.engine.world.watch.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Starts the processes of a world on this host and watches over them. Each reads its place from its standard input
 * ({@link WorldPlace#fromStdin}): nothing secret is in its arguments or its environment. After a verdict a
 * process that is lost is killed, and the others have a second to end by themselves. When {@link #run} returns, no process, file or port is left; when the launcher is
 * killed, its processes end by themselves.
 */
public final class ProcessLauncher {
    /** Exit code of a job that ended by the failure of a rank. */
    public static final int RANK_FAILURE = 4;

    private static final int TERMINATED = 143;
    private static final long POLL_MILLIS = 10;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long HOOK_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Launch launch;
    private final WorldOptions options;
    private final List<Child> children = new CopyOnWriteArrayList<>();
    private final AtomicInteger stops = new AtomicInteger();

    /**
     * How a job ended.
     *
     * @param exitCode 0 if all went well; {@link #RANK_FAILURE} if a rank failed; otherwise that of the processes, as
     *     when they all failed alike before their first collective
     * @param failure of the rank, if one failed
     */
    public record Outcome(int exitCode, Optional<RankFailure> failure) {}

    public ProcessLauncher(Launch launch, WorldOptions options) {
        this.launch = launch;
        this.options = options;
    }

    /** Starts the processes and waits until all have ended; once. */
    public Outcome run() {
        Secret secret = Secret.random();
        Thread hook = Thread.ofPlatform().name("javelin-launcher-end").unstarted(this::end);
        try (ControlServer server = serve(secret)) {
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                start(server, secret);
                attend(server);
            } finally {
                children.forEach(Child::kill);
                joinAll();
                removeHook(hook);
            }
            return outcome(server.verdict());
        }
    }

    /**
     * Asks the processes to stop, by SIGTERM; asked a second time, kills them. Returns at once: {@link #run} goes on until
     * they have ended.
     */
    public void stop() {
        if (stops.incrementAndGet() == 1) {
            children.forEach(Child::ask);
        } else {
            children.forEach(Child::kill);
        }
    }

    private Plan plan() {
        return new Plan(launch.job(), options.version(), launch.ranks());
    }

    private ControlServer serve(Secret secret) {
        String who = "the launcher (pid " + ProcessHandle.current().pid() + ")";
        try {
            return new ControlServer(
                    plan(),
                    new ControlServer.Keeper(who, -1, true),
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    secret,
                    options,
                    verdict -> {});
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-RNK-0006",
                    "no port can be opened on the loopback interface: " + e.getMessage(),
                    "see to it that the loopback interface is up and file descriptors are left",
                    e);
        }
    }

    private void start(ControlServer server, Secret secret) {
        String host = InetAddress.getLoopbackAddress().getHostAddress();
        for (int process = 0; process < launch.ranks().size() && stops.get() == 0; process++) {
            int number = process;
            WorldPlace place = WorldPlace.of(
                            launch.job(), process, launch.ranks().size(), host, server.port())
                    .withRanks(launch.ranks())
                    .withServer(false)
                    .withSecret(Optional.of(secret));
            String prefix = process == 0 ? "" : "[rank " + place.firstRank() + "] ";
            try {
                children.add(Child.start(
                        launch.command(),
                        place.line(),
                        new Child.Words(launch.out(), launch.err(), process == 0, prefix),
                        code -> server.exited(number, code)));
            } catch (IOException e) {
                throw new JavelinException(
                        "JVL-RNK-0011",
                        "process " + process + " of " + launch.ranks().size() + " cannot be started: " + e.getMessage(),
                        "look at the command: " + launch.command().getFirst(),
                        e);
            }
        }
        if (stops.get() > 0) {
            children.forEach(Child::ask);
        }
    }

    /** Until all have ended; one that is lost is killed at the verdict, those that do not end in a second then. */
    private void attend(ControlServer server) {
        long verdictNanos = 0;
        boolean interrupted = false;
        while (children.stream().anyMatch(Child::alive)) {
            Optional<Verdict> verdict = server.verdict();
            if (verdict.isPresent()) {
                verdictNanos = verdictNanos == 0 ? System.nanoTime() : verdictNanos;
                killLost(verdict.get());
                if (System.nanoTime() - verdictNanos > PATIENCE_NANOS) {
                    children.forEach(Child::kill);
                }
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
                stop();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void killLost(Verdict verdict) {
        if (verdict.code().equals("JVL-RNK-0001") && verdict.rank() >= 0) {
            int process = plan().processOf(verdict.rank());
            if (process < children.size() && children.get(process).alive()) {
                children.get(process).kill();
            }
        }
    }

    private void joinAll() {
        boolean interrupted = Thread.interrupted();
        for (Child child : children) {
            try {
                child.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Outcome outcome(Optional<Verdict> verdict) {
        List<Integer> codes = children.stream().map(Child::exitCode).toList();
        boolean stopped = stops.get() > 0 && codes.contains(TERMINATED);
        if (verdict.isPresent() && !verdict.get().alike() && !stopped) {
            return new Outcome(RANK_FAILURE, verdict.map(Verdict::failure));
        }
        int code = codes.stream().filter(each -> each != 0).findFirst().orElse(0);
        return new Outcome(stopped ? TERMINATED : code, Optional.empty());
    }

    /** The JVM of the launcher is told to end: so are the processes, and soon killed if they do not. */
    private void end() {
        children.forEach(Child::ask);
        long begin = System.nanoTime();
        while (children.stream().anyMatch(Child::alive) && System.nanoTime() - begin < HOOK_NANOS) {
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                begin -= HOOK_NANOS;
            }
        }
        children.forEach(Child::kill);
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending, and there is nobody left to wait for.
            hook.interrupt();
        }
    }
}
