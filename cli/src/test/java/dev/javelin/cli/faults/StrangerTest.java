package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Whoever does not belong to a job cannot disturb it. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@DisplayName("a stranger")
class StrangerTest {
    private static final long SEED = 42;
    private static final int MAGIC = 0x4A564C4E;
    private static final short VERSION = 1;
    private static final int NONCE = 32;
    private static final int REFUSED_SECRET = 3;

    @TempDir
    Path folder;

    @Test
    @DisplayName("who connects with a wrong secret, with garbage or in silence, changes nothing")
    void strangers() throws IOException {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        try (FitJob job = FitJob.start(folder.resolve("run"), "--communicator=tcp", "--max-steps=300")) {
            job.awaitCheckpoint();
            assertEquals(3, job.ports().size(), "the launcher's port for control and one port for data of each rank");
            List<Socket> silent = new ArrayList<>();
            for (int port : job.ports()) {
                for (byte purpose = 0; purpose < 2; purpose++) {
                    wrongSecret(port, purpose, random);
                }
                garbage(port, random);
                request(port);
                silent.add(connect(port));
            }
            assertEquals(0, job.end(), job::err);
            for (Socket socket : silent) {
                socket.close();
            }
            assertEquals(300, job.lastCheckpoint());
            assertFalse(job.err().contains("JVL-"), job::err);
            job.assertNothingIsLeft();
        }
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) TimeUnit.MINUTES.toMillis(1));
        return socket;
    }

    /** The handshake, with a proof that is none: it is refused and the connection closed. */
    private static void wrongSecret(int port, byte purpose, Random random) throws IOException {
        byte[] nonce = new byte[NONCE];
        byte[] proof = new byte[NONCE];
        random.nextBytes(nonce);
        random.nextBytes(proof);
        try (Socket socket = connect(port)) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            assertEquals(MAGIC, in.readInt());
            assertEquals(VERSION, in.readShort());
            in.readNBytes(NONCE);
            ByteBuffer answer = ByteBuffer.allocate(7 + 2 * NONCE);
            answer.putInt(MAGIC).putShort(VERSION).put(purpose).put(nonce).put(proof);
            socket.getOutputStream().write(answer.array());
            assertEquals(REFUSED_SECRET, in.read());
            assertTrue(ends(in), "the connection stays open");
        }
    }

    private static void garbage(int port, Random random) throws IOException {
        byte[] bytes = new byte[4096];
        random.nextBytes(bytes);
        closedAfter(port, bytes);
    }

    private static void request(int port) throws IOException {
        closedAfter(port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static void closedAfter(int port, byte[] bytes) throws IOException {
        try (Socket socket = connect(port)) {
            socket.getOutputStream().write(bytes);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            in.readNBytes(6 + NONCE);
            assertTrue(ends(in), "the connection stays open");
        } catch (SocketException e) {
            // It was reset while this end still wrote: closed as well.
            assertTrue(e.getMessage() != null, e::toString);
        }
    }

    private static boolean ends(DataInputStream in) throws IOException {
        try {
            return in.read() < 0;
        } catch (EOFException | SocketException e) {
            return true;
        }
    }
}
