package dev.javelin.engine.world;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * A process of a world in the tests: {@code RankProcess SCENARIO ROUNDS TIMEOUT_MILLIS}. Reads its place from its standard
 * input, or takes it from more arguments: process, processes and port, and for several hosts the rendezvous host and a secret file.
 */
final class RankProcess {
    private static final int TROUBLE_ROUND = 50;

    private final String scenario;
    private final long rounds;
    private final long timeoutMillis;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);

    private RankProcess(String scenario, long rounds, long timeoutMillis) {
        this.scenario = scenario;
        this.rounds = rounds;
        this.timeoutMillis = timeoutMillis;
    }

    public static void main(String[] arguments) {
        RankProcess process = new RankProcess(arguments[0], Long.parseLong(arguments[1]), Long.parseLong(arguments[2]));
        int code;
        try {
            WorldPlace place = arguments.length == 3 ? WorldPlace.fromStdin(System.in) : place(arguments);
            code = process.run(place);
        } catch (RankFailure e) {
            System.err.println(e.getMessage());
            code = ProcessLauncher.RANK_FAILURE;
        } catch (JavelinException e) {
            System.err.println(e.getMessage());
            code = 2;
        }
        process.ended.countDown();
        System.exit(code);
    }

    private static WorldPlace place(String[] arguments) {
        boolean hosts = arguments.length > 6;
        WorldPlace place = WorldPlace.of(
                "by hand",
                Integer.parseInt(arguments[3]),
                Integer.parseInt(arguments[4]),
                hosts ? arguments[6] : "127.0.0.1",
                Integer.parseInt(arguments[5]));
        return hosts ? place.withSecret(Optional.of(Secret.ofFile(Path.of(arguments[7])))) : place;
    }

    private int run(WorldPlace place) {
        if (scenario.equals("misconfigured")) {
            throw new JavelinException("JVL-CFG-0001", "wrong batch", "change it");
        }
        checkSecrecy(place.secret());
        if (scenario.equals("graceful")) {
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::stop));
        }
        WorldOptions options = WorldOptions.standard().withVersion("test").withTimeoutMillis(timeoutMillis);
        try (World world = Worlds.join(place, options)) {
            long sum = world.run(this::work).getFirst();
            if (place.process() == 0) {
                System.out.println("sum " + sum + " ranks " + world.size() + " "
                        + world.members().getFirst().closeness());
            }
            System.err.println("ended well");
        }
        return 0;
    }

    /** Lets the JVM, which SIGTERM has told to end, wait for the end of the run. */
    private void stop() {
        stop.set(true);
        try {
            ended.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void checkSecrecy(Optional<Secret> secret) {
        String told = ProcessHandle.current().info().commandLine().orElse("") + System.getenv();
        if (secret.isPresent() && told.contains(secret.get().encoded())) {
            throw new IllegalStateException("the secret is in the arguments or the environment");
        }
    }

    private long work(Member member) {
        try (Rounds rounds = new Rounds(member)) {
            member.pulse().enter(Pulse.Phase.TRAIN);
            long round = 0;
            boolean stopped = false;
            while (round < this.rounds && !stopped) {
                round++;
                if (round == TROUBLE_ROUND && member.rank() == 1) {
                    round += trouble(member);
                }
                stopped = rounds.round(round, stop.get());
                if (round == 5) {
                    System.err.println("pid " + ProcessHandle.current().pid());
                }
            }
            member.pulse().enter(Pulse.Phase.SAVE);
            return round;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What happens to rank 1 in the middle; returns how many rounds it leaves out. */
    private int trouble(Member member) {
        switch (scenario) {
            case "exit" -> System.exit(3);
            case "throw" -> throw new IllegalStateException("broken model");
            case "stall" -> {
                member.pulse().at("matmul of h.3");
                pause(TimeUnit.HOURS.toMillis(1));
            }
            case "evaluate" -> {
                Pulse.Phase before = member.pulse().enter(Pulse.Phase.EVALUATE);
                pause(3 * timeoutMillis);
                member.pulse().enter(before);
            }
            case "skip" -> {
                return 1;
            }
            default -> {}
        }
        return 0;
    }

    private static void pause(long millis) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() - until < 0) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }
}
