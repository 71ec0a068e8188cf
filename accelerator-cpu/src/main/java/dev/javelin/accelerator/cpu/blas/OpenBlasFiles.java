package dev.javelin.accelerator.cpu.blas;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Brings the native libraries of {@code org.bytedeco:openblas}, which travel in this module's JAR, into a folder, once.
 *
 * <p>Each file is written under a name of its own, checked by size and SHA-256, and moved to its place in one step: two
 * processes that do this at once don't see each other's half-written files, and the later move replaces a file by its
 * equal. A file that is there already is checked too, and replaced if it differs.
 *
 * <p>Hashing takes longer than all else that a start does, so the file {@value #VERIFIED} notes the size and the time of
 * last change of each file as they were before its hash was found right. While they are the same, the file is trusted;
 * one that was truncated, overwritten or replaced since is hashed again.
 */
public final class OpenBlasFiles {

    static final String VERSION = "0.3.31-1.5.13";
    static final String LIBRARY = "libopenblas.so.0";

    /** In the order they must be loaded: each is found by its soname when the next one asks for it. */
    static final List<String> DEPENDENCIES = List.of("libquadmath.so.0", "libgcc_s.so.1", "libgfortran.so.5");

    private static final String RESOURCES = "/dev/javelin/accelerator/cpu/natives/linux-x86_64/";

    static final String VERIFIED = "verified";

    private record NativeFile(String name, long bytes, String sha256) {}

    private static final List<NativeFile> FILES = List.of(
            new NativeFile(
                    "libquadmath.so.0", 289592, "67d3147512460e56dc805582ed5d32b66a7a199247ba5a27b7cb3054d2b2fef2"),
            new NativeFile("libgcc_s.so.1", 125488, "a93ec41b336a895a7f0d7b789d66f6fc816de1a5ad0da37e8cfc428d7e9f8dd4"),
            new NativeFile(
                    "libgfortran.so.5", 2989432, "3ec471016fbfea6ccda4736fbbf2d0098e6386d2c34fb7ae9b15d91fa1b38874"),
            new NativeFile(LIBRARY, 37539016, "e3a80f7696735e6bcd374fbe6c91e42f83dc8bfb09c5b92a5f73d67c76b55ec1"));

    private OpenBlasFiles() {}

    /** True if the library that travels with this module is for this machine. */
    public static boolean bundled() {
        return System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
    }

    /** Where the files go unless told otherwise: in the user's home, or among temporary files for a user who has none. */
    public static Path defaultCacheFolder() {
        Path home = Path.of(System.getProperty("user.home"));
        return home.isAbsolute() && Files.isWritable(home)
                ? home.resolve(".cache", "javelin")
                : Path.of(System.getProperty("java.io.tmpdir"), "javelin-" + System.getProperty("user.name"));
    }

    /**
     * Makes sure the files are in {@code cacheFolder/openblas-VERSION} and returns that folder.
     */
    public static Path extract(Path cacheFolder) {
        if (!bundled()) {
            throw new OpenBlasUnavailable(
                    "JVL-CPU-0101",
                    "openblas: this machine is " + System.getProperty("os.name") + " " + System.getProperty("os.arch")
                            + ", the bundled library is for Linux amd64",
                    "use accelerator.cpu.blas=java, which needs no library");
        }
        Path folder = cacheFolder.resolve("openblas-" + VERSION);
        try {
            Files.createDirectories(folder);
            List<String> present = present(folder);
            if (present.size() < FILES.size() || !present.equals(noted(folder))) {
                verify(folder, present);
            }
        } catch (IOException e) {
            throw new OpenBlasUnavailable(
                    "JVL-CPU-0102",
                    "openblas: can't write its libraries to " + folder + ": " + e,
                    "free 41 MB there, name another folder as accelerator.cpu.cacheFolder, or use accelerator.cpu.blas=java",
                    e);
        }
        return folder;
    }

    /** Hashes all files, replaces those that differ, and notes the rest; those replaced are noted by the next start. */
    private static void verify(Path folder, List<String> before) throws IOException {
        boolean whole = true;
        for (NativeFile file : FILES) {
            if (!intact(folder.resolve(file.name), file)) {
                extract(file, folder);
                whole = false;
            }
        }
        if (whole) {
            note(folder, before);
        }
    }

    /** A line for each file: its name, expected hash, size and time of last change; none for a file that is missing. */
    private static List<String> present(Path folder) throws IOException {
        List<String> lines = new ArrayList<>();
        for (NativeFile file : FILES) {
            Path path = folder.resolve(file.name);
            if (Files.isRegularFile(path)) {
                lines.add(file.name + " " + file.sha256 + " " + Files.size(path) + " "
                        + Files.getLastModifiedTime(path).to(TimeUnit.NANOSECONDS));
            }
        }
        return lines;
    }

    private static List<String> noted(Path folder) throws IOException {
        Path verified = folder.resolve(VERIFIED);
        return Files.isReadable(verified) ? Files.readAllLines(verified, StandardCharsets.ISO_8859_1) : List.of();
    }

    /** Written aside and moved, as the files are. In a folder that can't be written each start hashes anew. */
    private static void note(Path folder, List<String> lines) throws IOException {
        if (!Files.isWritable(folder)) {
            return;
        }
        Path partial = Files.createTempFile(folder, VERIFIED, ".partial");
        try {
            Files.write(partial, lines);
            Files.move(partial, folder.resolve(VERIFIED), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static boolean intact(Path path, NativeFile file) throws IOException {
        if (!Files.isRegularFile(path) || Files.size(path) != file.bytes) {
            return false;
        }
        try (InputStream in = Files.newInputStream(path)) {
            return file.sha256.equals(copyHashed(in, null));
        }
    }

    private static void extract(NativeFile file, Path folder) throws IOException {
        Path partial = Files.createTempFile(folder, file.name, ".partial");
        try (InputStream in = OpenBlasFiles.class.getResourceAsStream(RESOURCES + file.name)) {
            if (in == null) {
                throw new OpenBlasUnavailable(
                        "JVL-CPU-0102",
                        "openblas: " + RESOURCES + file.name + " is not in this module's JAR",
                        "use the JAR that is published for linux-x86_64, or build it anew");
            }
            String sha256 = copyHashed(in, partial);
            if (!file.sha256.equals(sha256)) {
                throw new OpenBlasUnavailable(
                        "JVL-CPU-0102",
                        "openblas: " + file.name + " in this module's JAR has SHA-256 " + sha256 + ", expected "
                                + file.sha256 + " of version " + VERSION,
                        "build the JAR anew: it is damaged or made with another version");
            }
            Files.move(partial, folder.resolve(file.name), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** Reads all, writes it to {@code target} if there is one, and returns the SHA-256 in hexadecimal. */
    private static String copyHashed(InputStream in, @Nullable Path target) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        try (DigestInputStream hashed = new DigestInputStream(in, digest)) {
            if (target == null) {
                byte[] buffer = new byte[1 << 18];
                while (hashed.read(buffer) >= 0) {}
            } else {
                Files.copy(hashed, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
