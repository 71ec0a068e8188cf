package dev.javelin.engine.world;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/** Worlds of several processes, played by threads of this JVM that meet over the loopback interface. */
final class Party {
    final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
    final int port = freePort();
    final Secret secret = Secret.random();
    final WorldOptions options = WorldOptions.standard()
            .withTimeoutMillis(2_000)
            .withJoinTimeoutMillis(20_000)
            .withHeartbeatMillis(50)
            .withLog(lines::add);

    /** What a process got: the results of its ranks, or what it threw. */
    record Outcome<T>(List<T> results, Optional<RuntimeException> thrown) {
        RankFailure failure() {
            RuntimeException error = thrown.orElseThrow();
            if (error instanceof RankFailure failure) {
                return failure;
            }
            throw error;
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    WorldPlace place(int process, int processes) {
        return WorldPlace.of("party", process, processes, "127.0.0.1", port).withSecret(Optional.of(secret));
    }

    /** Each process with one rank. */
    <T> List<Outcome<T>> run(int processes, World.RankBody<T> body) {
        return run(
                IntStream.range(0, processes).mapToObj(i -> place(i, processes)).toList(), body);
    }

    <T> List<Outcome<T>> run(List<WorldPlace> places, World.RankBody<T> body) {
        List<CompletableFuture<Outcome<T>>> all =
                places.stream().map(place -> start(place, options, body)).toList();
        return all.stream().map(CompletableFuture::join).toList();
    }

    /** One process, on a thread of its own. */
    <T> CompletableFuture<Outcome<T>> start(WorldPlace place, WorldOptions how, World.RankBody<T> body) {
        CompletableFuture<Outcome<T>> outcome = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try (World world = Worlds.join(place, how)) {
                outcome.complete(new Outcome<>(new ArrayList<>(world.run(body)), Optional.empty()));
            } catch (RuntimeException e) {
                outcome.complete(new Outcome<>(List.of(), Optional.of(e)));
            } catch (AssertionError e) {
                outcome.completeExceptionally(new CompletionException(e));
            }
        });
        return outcome;
    }

    /** Somebody who connects and sends what does not belong there; returns what came back. */
    static byte[] send(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            return answer(socket);
        }
    }

    /** What the other end sends before it closes the connection, or breaks it because it did not read everything. */
    private static byte[] answer(Socket socket) throws IOException {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (SocketException e) {
            return new byte[0];
        }
    }
}
