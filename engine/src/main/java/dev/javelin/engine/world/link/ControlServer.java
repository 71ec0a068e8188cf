package dev.javelin.engine.world.link;

import dev.javelin.engine.world.Secret;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.link.Messages.Join;
import dev.javelin.engine.world.link.Messages.Refusal;
import dev.javelin.engine.world.link.Messages.Request;
import dev.javelin.engine.world.watch.Failure;
import dev.javelin.engine.world.watch.Loss;
import dev.javelin.engine.world.watch.PulseReport;
import dev.javelin.engine.world.watch.Ticker;
import dev.javelin.engine.world.watch.Verdict;
import dev.javelin.engine.world.watch.Watch;
import dev.javelin.engine.world.wire.Frames.Frame;
import dev.javelin.engine.world.wire.Handshake;
import dev.javelin.engine.world.wire.Listener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where the processes of a world meet: takes them in, keeps what they put, watches over them and tells the verdict. */
public final class ControlServer implements AutoCloseable {
    private static final long GOODBYE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Plan plan;
    private final Keeper keeper;
    private final WorldOptions options;
    private final Consumer<Verdict> told;
    private final Watch watch;
    private final Store store = new Store();
    private final @Nullable Guest[] guests;
    private final boolean[] ended;
    private final long begunNanos = System.nanoTime();
    private boolean started;
    private volatile boolean finished;
    private volatile boolean closed;
    private @Nullable Verdict verdict;
    private final Listener listener;
    private final Ticker ticker;

    /**
     * Who runs the server.
     *
     * @param who in words, for those that lose it
     * @param rank of its process; -1 if it is no process of the world
     * @param exitsKnown whether {@link ControlServer#exited} will be called for each process that ends
     */
    public record Keeper(String who, int rank, boolean exitsKnown) {}

    /**
     * Opens the port and begins to watch.
     *
     * @param told gets the verdict, if there will be one
     */
    public ControlServer(
            Plan plan,
            Keeper keeper,
            InetSocketAddress address,
            Secret secret,
            WorldOptions options,
            Consumer<Verdict> told)
            throws IOException {
        this.plan = plan;
        this.keeper = keeper;
        this.options = options;
        this.told = told;
        this.guests = new Guest[plan.processes()];
        this.ended = new boolean[plan.size()];
        this.watch = new Watch(
                plan.size(), TimeUnit.MILLISECONDS.toNanos(options.timeoutMillis()), System::nanoTime, this::tell);
        this.listener = Listener.open(address, secret, Handshake.Purpose.CONTROL, this::serve, options.log());
        this.ticker = new Ticker("javelin-watch", options.heartbeatMillis(), this::tick);
    }

    public int port() {
        return listener.port();
    }

    /** Why the world has stopped, if it has. */
    public Optional<Verdict> verdict() {
        return watch.verdict();
    }

    /** A process has ended, as its parent sees it. */
    public void exited(int process, int code) {
        if (!finished) {
            plan.ranksOf(process).forEach(rank -> watch.lost(rank, Loss.exited(code)));
        }
    }

    private void tick() {
        boolean waiting;
        synchronized (this) {
            waiting = !started;
        }
        long waited = System.nanoTime() - begunNanos;
        if (waiting && waited > TimeUnit.MILLISECONDS.toNanos(options.joinTimeoutMillis())) {
            watch.overdue(waited);
        }
        watch.tick();
        broadcast(Messages.plain(Messages.BEAT));
    }

    private synchronized void broadcast(Frame frame) {
        for (Guest guest : guests) {
            if (guest != null) {
                guest.pipe().send(frame);
            }
        }
    }

    private void tell(Verdict reason) {
        synchronized (this) {
            verdict = reason;
            broadcast(Messages.verdict(reason));
        }
        told.accept(reason);
    }

    /** All of a connection, on its own thread. */
    private void serve(SocketChannel channel) {
        Pipe pipe = new Pipe(channel);
        Guest guest = null;
        try {
            guest = welcome(pipe);
            while (guest != null) {
                hear(guest, pipe.read());
            }
            while (true) {
                pipe.read();
            }
        } catch (IOException e) {
            if (guest != null) {
                gone(guest, "the connection to its process broke: " + e.getMessage());
            }
        } finally {
            pipe.close();
        }
    }

    /** Null if the process was refused; it closes the connection when it has read why. */
    private @Nullable Guest welcome(Pipe pipe) throws IOException {
        Frame frame = pipe.read();
        if (frame.type() != Messages.JOIN) {
            throw new IOException("a message of type " + frame.type() + " before joining");
        }
        Guest guest = new Guest(Messages.readJoin(frame), pipe);
        Optional<Refusal> refusal = admit(guest);
        if (refusal.isPresent()) {
            options.log()
                    .accept("refused process " + guest.process() + " on host "
                            + guest.join().host() + ": " + refusal.get().problem());
            pipe.send(Messages.refused(refusal.get()));
            pipe.finish();
            return null;
        }
        return guest;
    }

    private synchronized Optional<Refusal> admit(Guest guest) throws IOException {
        if (closed) {
            throw new IOException("the world is closed");
        }
        Join join = guest.join();
        Optional<Refusal> refusal =
                Admission.check(plan, join, join.process() < guests.length ? guests[join.process()] : null);
        if (refusal.isPresent()) {
            return refusal;
        }
        guests[join.process()] = guest;
        plan.ranksOf(join.process()).forEach(rank -> watch.joined(rank, join.host(), join.pid()));
        guest.pipe().send(Messages.joined(keeper.who(), keeper.rank()));
        if (verdict != null) {
            guest.pipe().send(Messages.verdict(verdict));
        }
        if (Arrays.stream(guests).allMatch(each -> each != null)) {
            started = true;
            broadcast(Messages.world(Arrays.stream(guests).map(Guest::neighbour).toList()));
        }
        return Optional.empty();
    }

    private void hear(Guest guest, Frame frame) throws IOException {
        switch (frame.type()) {
            case Messages.HEART -> {
                for (PulseReport report : Messages.readHeart(frame, plan.size())) {
                    checkOwner(guest, report.rank());
                    watch.heard(report);
                }
            }
            case Messages.FAILED -> {
                Failure failure = Messages.readFailed(frame, plan.size());
                checkOwner(guest, failure.rank());
                watch.failed(failure);
            }
            case Messages.STARTED -> finished = false;
            case Messages.ENDED -> ended(guest, (int) Messages.readNumber(frame));
            case Messages.PUT -> {
                Request request = Messages.readRequest(frame);
                boolean first = store.put(request.key(), request.value());
                guest.pipe().send(Messages.answer(request.id(), new byte[] {(byte) (first ? 1 : 0)}));
            }
            case Messages.GET -> {
                Request request = Messages.readRequest(frame);
                store.value(request.key()).thenAccept(value -> guest.pipe().send(Messages.answer(request.id(), value)));
            }
            case Messages.LEAVE -> gone(guest, "its process left the world before its end");
            default -> throw new IOException("a message of unknown type " + frame.type());
        }
    }

    private void checkOwner(Guest guest, int rank) throws IOException {
        if (!plan.ranksOf(guest.process()).contains(rank)) {
            throw new IOException("process " + guest.process() + " speaks for rank " + rank);
        }
    }

    private synchronized void ended(Guest guest, int rank) throws IOException {
        checkOwner(guest, rank);
        ended[rank] = true;
        for (boolean each : ended) {
            if (!each) {
                return;
            }
        }
        finished = true;
        Arrays.fill(ended, false);
        broadcast(Messages.plain(Messages.ALL_ENDED));
    }

    /** A process's connection has ended: well, if its ranks all have, or else they are lost. */
    private void gone(Guest guest, String reason) {
        if (closed) {
            return;
        }
        for (int rank : plan.ranksOf(guest.process())) {
            if (finished) {
                watch.left(rank);
            } else {
                watch.lost(rank, Loss.broken(reason, keeper.exitsKnown()));
            }
        }
    }

    /** Says goodbye to those that are still there, and waits a moment for them to have heard. */
    @Override
    public void close() {
        listener.close();
        ticker.close();
        Guest[] present;
        synchronized (this) {
            closed = true;
            present = Arrays.stream(guests).filter(guest -> guest != null).toArray(Guest[]::new);
        }
        int lost = watch.verdict()
                .filter(reason -> reason.code().equals("JVL-RNK-0001") && reason.rank() >= 0)
                .map(reason -> plan.processOf(reason.rank()))
                .orElse(-1);
        long begin = System.nanoTime();
        for (Guest guest : present) {
            if (guest.process() == lost) {
                guest.pipe().close();
            } else {
                guest.pipe().finish();
            }
        }
        for (Guest guest : present) {
            while (guest.pipe().channel().isOpen() && System.nanoTime() - begin < GOODBYE_NANOS) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            }
            guest.pipe().close();
        }
    }
}
