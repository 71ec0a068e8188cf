package dev.javelin.data;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Which files a path stands for: itself, or in a folder all regular files below it, ordered by relative path, without
 * hidden ones and without binary ones (those with a zero byte in their first 8 KiB, which is how git tells).
 */
public final class TextFiles {
    private static final int LOOK_BYTES = 8192;

    private TextFiles() {}

    /**
     * The files, in order.
     *
     * @throws JavelinException {@code JVL-DAT-0001} if there is nothing at the path, {@code 0002} if it cannot be read
     */
    public static List<Path> find(Path path) {
        if (!Files.exists(path)) {
            throw new JavelinException(
                    "JVL-DAT-0001",
                    "there is no file or folder " + path.toAbsolutePath(),
                    "check data.path; relative paths start at the working folder");
        }
        if (Files.isRegularFile(path)) {
            return List.of(path);
        }
        if (!Files.isDirectory(path)) {
            throw unreadable(path, new IOException("neither a regular file nor a folder"));
        }
        try (Stream<Path> all = Files.walk(path)) {
            return all.filter(file -> !hidden(path.relativize(file)))
                    .filter(Files::isRegularFile)
                    .filter(TextFiles::text)
                    .sorted(Comparator.comparing(file -> path.relativize(file).toString()))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw unreadable(path, e);
        }
    }

    private static boolean hidden(Path relative) {
        return StreamSupport.stream(relative.spliterator(), false)
                .anyMatch(part -> part.toString().startsWith("."));
    }

    private static boolean text(Path file) {
        try (InputStream stream = Files.newInputStream(file)) {
            for (byte b : stream.readNBytes(LOOK_BYTES)) {
                if (b == 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static JavelinException unreadable(Path path, Exception cause) {
        return new JavelinException(
                "JVL-DAT-0002",
                "cannot read " + path.toAbsolutePath() + ": " + cause,
                "check that the path is a file or folder and that you have the right to read it",
                cause);
    }

    /** The error for a path without text. */
    public static JavelinException empty(String name) {
        return new JavelinException(
                "JVL-DAT-0003",
                "the data at " + name + " is empty",
                "give a file with text, or a folder that holds such files (files with zero bytes in their first 8 KiB"
                        + " and hidden ones do not count)");
    }
}
