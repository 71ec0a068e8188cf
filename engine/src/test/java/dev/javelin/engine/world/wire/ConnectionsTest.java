package dev.javelin.engine.world.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.engine.world.Secret;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections between processes: who may, and what becomes of those who may not. */
@Timeout(60)
class ConnectionsTest {
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Hello HELLO = new Hello("job", 1, 0, "ring");

    private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
    private final Secret secret = Secret.random();

    private DataPort port() throws IOException {
        return new DataPort(ANY, secret, "job", lines::add);
    }

    private static InetSocketAddress at(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** The port may tell of a connection after the other end has noticed that it is refused. */
    private void awaitLines(int count) {
        while (lines.size() < count) {
            Thread.onSpinWait();
        }
    }

    /** Connects, sends, and waits until the other end has closed the connection. */
    private static void send(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        } catch (java.net.SocketException e) {
            // It broke the connection because it did not read everything.
            assertTrue(bytes.length > 0);
        }
    }

    @Test
    void bothEndsOfAConnectionMeetByItsName() throws IOException {
        try (DataPort port = port();
                SocketChannel dialed = DataPort.dial(at(port.port()), secret, HELLO);
                SocketChannel accepted = port.accept(HELLO).join()) {
            dialed.write(ByteBuffer.wrap(new byte[] {42}));
            ByteBuffer one = ByteBuffer.allocate(1);
            assertEquals(1, accepted.read(one));
            assertEquals(42, one.get(0));
            assertEquals(List.of(), List.copyOf(lines));
        }
    }

    @Test
    void garbageIsDroppedWithALineAndTheNextConnectionIsServed() throws IOException {
        long seed = 4711;
        Random random = new Random(seed);
        try (DataPort port = port()) {
            for (int length : new int[] {0, 1, 6, 70, 71, 5_000}) {
                byte[] noise = new byte[length];
                random.nextBytes(noise);
                send(port.port(), noise);
            }
            awaitLines(6);
            assertEquals(6, lines.size(), () -> "seed " + seed + lines);
            DataPort.dial(at(port.port()), secret, HELLO).close();
            port.accept(HELLO).join().close();
        }
    }

    @Test
    void aStrangerIsRefusedAndToldWhy() throws IOException {
        try (DataPort port = port()) {
            Handshake.Refused refused =
                    assertThrows(Handshake.Refused.class, () -> DataPort.dial(at(port.port()), Secret.random(), HELLO));
            assertEquals(Handshake.Reason.WRONG_SECRET, refused.reason());
            awaitLines(1);
            assertTrue(lines.element().contains("does not know the secret"), lines::toString);
        }
    }

    @Test
    void aPortThatPretendsToKnowTheSecretIsFoundOut() throws IOException {
        try (ServerSocketChannel impostor = ServerSocketChannel.open().bind(ANY)) {
            Thread.ofVirtual().start(() -> {
                try (SocketChannel channel = impostor.accept()) {
                    Handshake.server(channel, Secret.random(), Handshake.Purpose.DATA, 5_000);
                } catch (IOException e) {
                    lines.add(e.getMessage());
                }
            });
            int port = impostor.socket().getLocalPort();
            assertThrows(IOException.class, () -> DataPort.dial(at(port), secret, HELLO));
        }
    }

    @Test
    void aConnectionOfAnotherJobAndASecondOneOfOneNameAreDropped() throws IOException {
        try (DataPort port = port()) {
            assertThrows(
                    IOException.class, () -> DataPort.dial(at(port.port()), secret, new Hello("other", 1, 0, "ring")));
            DataPort.dial(at(port.port()), secret, HELLO).close();
            assertThrows(IOException.class, () -> DataPort.dial(at(port.port()), secret, HELLO));
            awaitLines(2);
            assertEquals(2, lines.size(), lines::toString);
        }
    }

    @Test
    void aPortForControlIsNoneForData() throws IOException {
        try (Listener listener =
                Listener.open(ANY, secret, Handshake.Purpose.CONTROL, channel -> lines.add("taken"), lines::add)) {
            Handshake.Refused refused =
                    assertThrows(Handshake.Refused.class, () -> DataPort.dial(at(listener.port()), secret, HELLO));
            assertEquals(Handshake.Reason.OTHER_PURPOSE, refused.reason());
            assertFalse(lines.contains("taken"));
        }
    }

    @Test
    void aHandshakeThatGetsNoAnswerEndsAtItsDeadline() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                SocketChannel channel = SocketChannel.open(at(silent.getLocalPort()))) {
            Handshake.Refused refused = assertThrows(
                    Handshake.Refused.class, () -> Handshake.client(channel, secret, Handshake.Purpose.DATA, 100));
            assertEquals(Handshake.Reason.TOO_SLOW, refused.reason());
        }
    }

    @Test
    void theSecretIsNotOnTheWire() throws IOException {
        byte[] known = new byte[32];
        new Random(7).nextBytes(known);
        Secret told = Secret.decode(Base64.getEncoder().encodeToString(known));
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        try (DataPort port = new DataPort(ANY, told, "job", lines::add);
                ServerSocket relay = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> relayed =
                    CompletableFuture.runAsync(() -> relay(relay, port.port(), wire), Thread.ofVirtual()::start);
            DataPort.dial(at(relay.getLocalPort()), told, HELLO).close();
            port.accept(HELLO).join().close();
            relayed.join();
        }
        String bytes = wire.toString(StandardCharsets.ISO_8859_1);
        assertTrue(bytes.length() > 150, "both ends spoke");
        assertFalse(bytes.contains(new String(known, StandardCharsets.ISO_8859_1)));
        assertFalse(bytes.contains(told.encoded()));
    }

    /** Passes on one connection, both ways, and keeps all that went through. */
    private static void relay(ServerSocket relay, int port, ByteArrayOutputStream wire) {
        try (Socket near = relay.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), port)) {
            Thread back = Thread.ofVirtual().start(() -> copy(far, near, wire));
            copy(near, far, wire);
            back.join();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copy(Socket from, Socket to, ByteArrayOutputStream wire) {
        byte[] bytes = new byte[1024];
        try {
            InputStream in = from.getInputStream();
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                synchronized (wire) {
                    wire.write(bytes, 0, count);
                }
                to.getOutputStream().write(bytes, 0, count);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, Frames.MOST_BYTES + 1})
    void aMessageOfAnImpossibleLengthIsNotRead(int length) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(ANY);
                SocketChannel one = SocketChannel.open(server.getLocalAddress());
                SocketChannel other = server.accept()) {
            one.write(ByteBuffer.allocate(5).putInt(length).put((byte) 1).flip());
            IOException error = assertThrows(IOException.class, () -> Frames.read(other));
            assertFalse(error instanceof EOFException);
        }
    }

    @Test
    void aBodyThatEndsTooEarlyIsAnError() throws IOException {
        byte[] body = new Body.Writer().number(5).text("hello").flag(true).done();
        Body.Reader whole = new Body.Reader(body);
        assertEquals(5, whole.number());
        assertEquals("hello", whole.text());
        assertTrue(whole.flag());
        assertThrows(IOException.class, whole::flag);
        Body.Reader lies = new Body.Reader(new byte[] {127, 0, 0, 0, 1});
        assertThrows(IOException.class, lies::bytes);
        assertThrows(IOException.class, () -> new Body.Reader(new byte[8]).index(0));
    }
}
