package dev.javelin.data.corpus;

import dev.javelin.data.TextFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The text that a corpus is made of.
 *
 * @param path a file, or a folder whose text files are taken
 * @param files that hold text, in order
 * @param bytes of all of them
 * @param stamp a sum over names, lengths and times of change: quick to make, and other after every edit
 */
record Source(Path path, List<Path> files, long bytes, String stamp) {
    private static final int BUFFER_BYTES = 1 << 16;

    /**
     * Looks at the files.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-DAT-0001} to {@code 0003} for text that is missing, unreadable or
     *     empty
     */
    static Source of(Path path) {
        List<Path> files = new ArrayList<>();
        MessageDigest stamp = sha256();
        long bytes = 0;
        for (Path file : TextFiles.find(path)) {
            try {
                long size = Files.size(file);
                FileTime changed = Files.getLastModifiedTime(file);
                if (size > 0) {
                    files.add(file);
                    bytes += size;
                    stamp.update(
                            (name(path, file) + "\n" + size + "\n" + changed + "\n").getBytes(StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                throw CorpusFiles.unreadable(file, e);
            }
        }
        if (files.isEmpty()) {
            throw TextFiles.empty(path.toString());
        }
        return new Source(path, List.copyOf(files), bytes, hex(stamp));
    }

    /** A sum over names and contents: the same text gives the same sum, wherever it lies. Reads all of it. */
    String sha256OfContent() {
        MessageDigest sum = sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        for (Path file : files) {
            try (InputStream content = Files.newInputStream(file)) {
                sum.update((name(path, file) + "\n" + Files.size(file) + "\n").getBytes(StandardCharsets.UTF_8));
                for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                    sum.update(buffer, 0, read);
                }
            } catch (IOException e) {
                throw CorpusFiles.unreadable(file, e);
            }
        }
        return hex(sum);
    }

    /** Empty for a file that is the source itself: another name of the same text changes nothing. */
    private static String name(Path path, Path file) {
        return path.relativize(file).toString();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }

    private static String hex(MessageDigest sum) {
        return HexFormat.of().formatHex(sum.digest());
    }
}
