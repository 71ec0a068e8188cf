package dev.javelin.engine.world.link;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.Secret;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.link.ControlServer.Keeper;
import dev.javelin.engine.world.link.Messages.Neighbour;
import dev.javelin.engine.world.link.Messages.Refusal;
import dev.javelin.engine.world.link.Messages.Request;
import dev.javelin.engine.world.watch.Failure;
import dev.javelin.engine.world.watch.PulseReport;
import dev.javelin.engine.world.watch.Ticker;
import dev.javelin.engine.world.watch.Verdict;
import dev.javelin.engine.world.wire.DataPort;
import dev.javelin.engine.world.wire.Frames.Frame;
import dev.javelin.engine.world.wire.Hello;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The tie of a process to the control server, and to the other processes' data ports. */
public final class RemoteLink implements Link {
    /** A tick that comes so late shows that this process itself was stopped. */
    private static final long SLEPT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Plan plan;
    private final Secret secret;
    private final WorldOptions options;
    private final Supplier<List<PulseReport>> ranks;
    private final Runnable orphaned;
    private final Pipe pipe;
    private final DataPort port;
    private final Keeper keeper;
    private final Ticker ticker;
    private final CountDownLatch met = new CountDownLatch(1);
    private final Map<Long, CompletableFuture<byte[]>> asked = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private volatile List<Neighbour> neighbours = List.of();
    private volatile @Nullable Verdict verdict;
    private volatile long heardNanos = System.nanoTime();
    private long tickedNanos = System.nanoTime();
    private volatile boolean finished;
    private volatile boolean closed;
    private CompletableFuture<Void> allEnded = new CompletableFuture<>();

    private RemoteLink(
            Plan plan,
            Secret secret,
            WorldOptions options,
            Supplier<List<PulseReport>> ranks,
            Runnable orphaned,
            Pipe pipe,
            DataPort port,
            Keeper keeper) {
        this.plan = plan;
        this.secret = secret;
        this.options = options;
        this.ranks = ranks;
        this.orphaned = orphaned;
        this.pipe = pipe;
        this.port = port;
        this.keeper = keeper;
        Thread.ofPlatform().name("javelin-control").daemon().start(this::listen);
        this.ticker = new Ticker("javelin-heartbeat", options.heartbeatMillis(), this::tick);
    }

    /**
     * Joins a world; waits until all processes have.
     *
     * @param process this one, of the plan
     * @param server where the control server is
     * @param known the secret; empty for the {@link HostSecret}
     * @param ranks gives this process's ranks as they are now
     * @param orphaned run on a thread of its own when the server is lost
     */
    public static RemoteLink join(
            Plan plan,
            int process,
            Address server,
            Optional<Secret> known,
            WorldOptions options,
            Supplier<List<PulseReport>> ranks,
            Runnable orphaned) {
        long begin = System.nanoTime();
        HostSecret shared = new HostSecret(plan.job(), server.port());
        Rendezvous.Met met = new Rendezvous(server.host(), server.port(), () -> known.or(shared::read), known.isEmpty())
                .connect(options.joinTimeoutMillis());
        SocketChannel channel = met.channel();
        Secret secret = met.secret();
        Pipe pipe = new Pipe(channel);
        DataPort port = null;
        try {
            boolean local = channel.socket().getInetAddress().isLoopbackAddress() && !server.wide();
            InetSocketAddress listen =
                    local ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0) : new InetSocketAddress(0);
            port = new DataPort(listen, secret, plan.job(), options.log());
            Keeper keeper = introduce(plan, process, pipe, port, options);
            RemoteLink link = new RemoteLink(plan, secret, options, ranks, orphaned, pipe, port, keeper);
            link.meet(begin);
            return link;
        } catch (IOException e) {
            abandon(pipe, port);
            throw new JavelinException(
                    "JVL-RNK-0006",
                    "the rendezvous at " + server.host() + " port " + server.port() + " broke off: " + e.getMessage(),
                    "look at what process 0 or the launcher wrote",
                    e);
        } catch (RuntimeException e) {
            abandon(pipe, port);
            throw e;
        }
    }

    /**
     * Where a control server is.
     *
     * @param wide whether other hosts have to reach this process
     */
    public record Address(String host, int port, boolean wide) {}

    private static void abandon(Pipe pipe, @Nullable DataPort port) {
        pipe.close();
        if (port != null) {
            port.close();
        }
    }

    private static Keeper introduce(Plan plan, int process, Pipe pipe, DataPort port, WorldOptions options)
            throws IOException {
        Host here = Host.here();
        long pid = ProcessHandle.current().pid();
        pipe.send(Messages.join(new Messages.Join(
                plan.job(), plan.version(), process, plan.ranks(), here.name(), pid, here.identity(), port.port())));
        Ticker deadline = new Ticker("javelin-join", options.joinTimeoutMillis(), new Closing(pipe));
        try {
            Frame answer = pipe.read();
            if (answer.type() == Messages.REFUSED) {
                Refusal refusal = Messages.readRefusal(answer);
                throw new JavelinException(refusal.code(), refusal.problem(), refusal.remedy());
            }
            if (answer.type() != Messages.JOINED) {
                throw new IOException("a message of type " + answer.type() + " in answer to joining");
            }
            return Messages.readJoined(answer);
        } finally {
            deadline.close();
        }
    }

    /** Closes a connection the second time that it is run. */
    private static final class Closing implements Runnable {
        private final Pipe pipe;
        private boolean begun;

        Closing(Pipe pipe) {
            this.pipe = pipe;
        }

        @Override
        public void run() {
            if (begun) {
                pipe.close();
            }
            begun = true;
        }
    }

    /** Waits until all have joined; the server sees to it that this ends, and the watch over the server. */
    private void meet(long beginNanos) {
        try {
            while (!met.await(20, TimeUnit.MILLISECONDS)) {
                Verdict reason = verdict;
                if (reason != null) {
                    close();
                    throw reason.failure();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new JavelinException(
                    "JVL-RNK-0005",
                    "joining was interrupted after " + (System.nanoTime() - beginNanos) / 1_000_000 + " ms",
                    "start the job again",
                    e);
        }
    }

    private void listen() {
        try {
            while (true) {
                take(pipe.read());
            }
        } catch (IOException e) {
            lost("the connection to it broke: " + e.getMessage());
        } finally {
            pipe.close();
        }
    }

    private void take(Frame frame) throws IOException {
        heardNanos = System.nanoTime();
        switch (frame.type()) {
            case Messages.BEAT -> {}
            case Messages.WORLD -> {
                List<Neighbour> all = Messages.readWorld(frame);
                if (all.size() != plan.processes()) {
                    throw new IOException("a world of " + all.size() + " processes");
                }
                neighbours = all;
                met.countDown();
            }
            case Messages.ANSWER -> {
                Messages.Answer answer = Messages.readAnswer(frame);
                CompletableFuture<byte[]> request = asked.remove(answer.id());
                if (request != null) {
                    request.complete(answer.value());
                }
            }
            case Messages.ALL_ENDED -> finish();
            case Messages.VERDICT -> decide(Messages.readVerdict(frame));
            default -> throw new IOException("a message of unknown type " + frame.type());
        }
    }

    private void finish() {
        CompletableFuture<Void> all;
        synchronized (this) {
            finished = true;
            all = allEnded;
            allEnded = new CompletableFuture<>();
        }
        all.complete(null);
    }

    private synchronized void decide(Verdict reason) {
        if (verdict == null) {
            verdict = reason;
        }
    }

    /** The server is gone: well, if the run has ended, or else this process is on its own and stops. */
    private void lost(String reason) {
        if (finished || closed || verdict != null) {
            return;
        }
        decide(Verdict.of(
                "JVL-RNK-0001",
                keeper.rank(),
                keeper.who() + ", which watches over the ranks, is lost: " + reason,
                "look at what it wrote last, then start again from the last checkpoint"));
        Thread.ofPlatform().name("javelin-orphan").daemon().start(orphaned);
    }

    private void tick() {
        long now = System.nanoTime();
        long gap = now - tickedNanos;
        tickedNanos = now;
        if (gap > SLEPT_NANOS) {
            heardNanos += gap;
        }
        long silence = now - heardNanos;
        if (silence > TimeUnit.MILLISECONDS.toNanos(options.timeoutMillis())) {
            lost("it has not been heard of for " + TimeUnit.NANOSECONDS.toMillis(silence) + " ms");
        }
        pipe.send(Messages.heart(ranks.get()));
    }

    /** Whether all processes are on one host. */
    public boolean oneHost() {
        return neighbours.stream().map(Neighbour::identity).distinct().count() == 1;
    }

    @Override
    public @Nullable Verdict verdict() {
        return verdict;
    }

    @Override
    public CompletableFuture<Boolean> put(String key, byte[] value) {
        return ask(Messages.PUT, key, value).thenApply(answer -> answer.length == 1 && answer[0] == 1);
    }

    @Override
    public CompletableFuture<byte[]> get(String key) {
        return ask(Messages.GET, key, new byte[0]);
    }

    private CompletableFuture<byte[]> ask(byte type, String key, byte[] value) {
        long id = numbers.incrementAndGet();
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        asked.put(id, answer);
        pipe.send(Messages.request(type, new Request(id, key, value)));
        return answer;
    }

    @Override
    public void started() {
        finished = false;
        pipe.send(Messages.plain(Messages.STARTED));
    }

    @Override
    public void failed(Failure failure) {
        pipe.send(Messages.heart(ranks.get()));
        pipe.send(Messages.failed(failure));
    }

    @Override
    public void ended(int rank) {
        pipe.send(Messages.number(Messages.ENDED, rank));
    }

    @Override
    public synchronized CompletableFuture<Void> allEnded() {
        return allEnded;
    }

    @Override
    public CompletableFuture<SocketChannel> connect(int rank, int peer, String name) {
        Hello hello = new Hello(plan.job(), Math.max(rank, peer), Math.min(rank, peer), name);
        if (rank < peer) {
            return port.accept(hello);
        }
        return Dialing.start(address(peer), secret, hello, options.timeoutMillis());
    }

    private InetSocketAddress address(int rank) {
        Neighbour neighbour = neighbours.get(plan.processOf(rank));
        try {
            InetAddress host = neighbour.address().length == 0
                    ? pipe.channel().socket().getInetAddress()
                    : InetAddress.getByAddress(neighbour.address());
            return new InetSocketAddress(host, neighbour.dataPort());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(
                    "the server sent an address of " + neighbour.address().length + " bytes", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        ticker.close();
        if (pipe.channel().isOpen()) {
            pipe.send(Messages.plain(Messages.LEAVE));
            pipe.finish();
        }
        port.close();
    }
}
