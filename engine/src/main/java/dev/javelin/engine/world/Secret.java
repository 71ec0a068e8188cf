package dev.javelin.engine.world;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What the processes of a job share and nobody else knows. It never leaves the process in a message or a text. */
public final class Secret {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 32;
    private static final int FEWEST_BYTES = 16;
    private static final int MOST_BYTES = 4096;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SecretKeySpec key;

    private Secret(byte[] bytes) {
        this.key = new SecretKeySpec(bytes, ALGORITHM);
    }

    /** A new one. */
    public static Secret random() {
        return new Secret(nonce(BYTES));
    }

    /** From what {@link #encoded} gave. */
    public static Secret decode(String text) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new JavelinException(
                    "JVL-RNK-0009", "the secret is not base64", "pass on what the launcher wrote", e);
        }
        return checked(bytes, "the secret");
    }

    /** The contents of a file, without white space at its end. */
    public static Secret ofFile(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new JavelinException(
                        "JVL-RNK-0009",
                        "the secret file " + file + " has " + Files.size(file) + " bytes, expected at most "
                                + MOST_BYTES,
                        remedy(file));
            }
            String text = Files.readString(file, StandardCharsets.ISO_8859_1).stripTrailing();
            return checked(text.getBytes(StandardCharsets.ISO_8859_1), "the secret in " + file);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-RNK-0009", "the secret file " + file + " cannot be read: " + e, remedy(file), e);
        }
    }

    private static String remedy(Path file) {
        return "make one that only you can read, with the same contents on every host: head -c 32 /dev/urandom | base64 >"
                + file.getFileName();
    }

    private static Secret checked(byte[] bytes, String what) {
        if (bytes.length < FEWEST_BYTES) {
            throw new JavelinException(
                    "JVL-RNK-0009",
                    what + " has " + bytes.length + " bytes, expected at least " + FEWEST_BYTES,
                    "make a longer one: head -c 32 /dev/urandom | base64");
        }
        return new Secret(bytes);
    }

    /** In letters, to be handed to a child through a pipe. */
    public String encoded() {
        return Base64.getEncoder().encodeToString(key.getEncoded());
    }

    /** Random bytes that nobody can guess. */
    public static byte[] nonce(int bytes) {
        byte[] nonce = new byte[bytes];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    /** The code of a message under this secret, 32 bytes. */
    public byte[] mac(String role, byte purpose, byte[] first, byte[] second) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            byte[] name = role.getBytes(StandardCharsets.US_ASCII);
            mac.update(ByteBuffer.allocate(4).putInt(name.length).array());
            mac.update(name);
            mac.update(purpose);
            mac.update(first);
            mac.update(second);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has " + ALGORITHM, e);
        }
    }

    @Override
    public String toString() {
        return "Secret[...]";
    }
}
