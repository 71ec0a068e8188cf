package dev.javelin.engine.world.link;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A secret for processes of one user on one host that were given none: process 0 writes it into a file that only its user
 * can read, and removes that once all have joined. Others trust only a file of their own user.
 */
public final class HostSecret {
    private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rw-------");

    private final Path file;

    /**
     * The file of a job.
     *
     * @param port of its rendezvous, which tells jobs of one name apart
     */
    public HostSecret(String job, int port) {
        String name = UUID.nameUUIDFromBytes((job + ":" + port).getBytes(StandardCharsets.UTF_8))
                .toString();
        file = Path.of(System.getProperty("java.io.tmpdir"))
                .resolve("javelin-" + System.getProperty("user.name") + "-" + name);
    }

    /** Makes a secret known. */
    public void write(Secret secret) {
        Path written = file.resolveSibling(
                file.getFileName() + "-" + ProcessHandle.current().pid());
        try {
            Files.deleteIfExists(written);
            Files.createFile(written, PosixFilePermissions.asFileAttribute(OURS));
            Files.writeString(written, secret.encoded());
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | UnsupportedOperationException e) {
            throw new JavelinException(
                    "JVL-RNK-0009",
                    "no secret can be shared on this host by the file " + file + ": " + e,
                    "name a secret file to all processes",
                    e);
        }
    }

    /** The secret, if it is known by now. */
    Optional<Secret> read() {
        try {
            boolean ours = Files.isRegularFile(file, java.nio.file.LinkOption.NOFOLLOW_LINKS)
                    && Files.getPosixFilePermissions(file).equals(OURS)
                    && Files.getOwner(file).getName().equals(System.getProperty("user.name"));
            return ours ? Optional.of(Secret.decode(Files.readString(file))) : Optional.empty();
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    /** Removes the file. */
    public void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // Without its job the secret is of no use to anybody.
            assert file.isAbsolute();
        }
    }
}
