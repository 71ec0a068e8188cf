package dev.javelin.data.table;

import dev.javelin.api.JavelinException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Which files a path stands for: itself, or in a folder all tables below it, ordered by relative path, without hidden ones. */
final class TableFiles {
    private static final List<String> ENDINGS = List.of(".csv", ".tsv", ".tab");
    private static final char[] DELIMITERS = {',', '\t', ';', '|'};

    private TableFiles() {}

    /**
     * The files, one or more.
     *
     * @throws JavelinException {@code JVL-DAT-0001} if there is nothing, {@code 0002} if it cannot be read, {@code 0003}
     *     if a folder holds no table
     */
    static List<Path> find(Path path) {
        if (!Files.exists(path)) {
            throw new JavelinException(
                    "JVL-DAT-0001",
                    "there is no file or folder " + path.toAbsolutePath(),
                    "check data.path; relative paths start at the working folder");
        }
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (Stream<Path> all = Files.walk(path)) {
            List<Path> files = all.filter(file -> Files.isRegularFile(file) && table(path.relativize(file)))
                    .sorted(Comparator.comparing(file -> path.relativize(file).toString()))
                    .toList();
            if (files.isEmpty()) {
                throw new JavelinException(
                        "JVL-DAT-0003",
                        "the folder " + path.toAbsolutePath() + " holds no table",
                        "give a folder with files that end in " + String.join(", ", ENDINGS));
            }
            return files;
        } catch (IOException | UncheckedIOException e) {
            throw unreadable(path, e);
        }
    }

    private static boolean table(Path relative) {
        boolean hidden = StreamSupport.stream(relative.spliterator(), false)
                .anyMatch(part -> part.toString().startsWith("."));
        String name = relative.toString().toLowerCase(Locale.ROOT);
        return !hidden && ENDINGS.stream().anyMatch(name::endsWith);
    }

    /** A tab for files that are named so, else what stands most often in the header outside of quotes. */
    static char delimiter(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".tsv") || name.endsWith(".tab")) {
            return '\t';
        }
        String header;
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            header = reader.readLine();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        int[] counts = new int[DELIMITERS.length];
        boolean quoted = false;
        for (char c : header == null ? new char[0] : header.toCharArray()) {
            quoted ^= c == '"';
            for (int i = 0; i < counts.length; i++) {
                counts[i] += !quoted && c == DELIMITERS[i] ? 1 : 0;
            }
        }
        int best = 0;
        for (int i = 1; i < counts.length; i++) {
            best = counts[i] > counts[best] ? i : best;
        }
        return DELIMITERS[best];
    }

    static JavelinException unreadable(Path path, Exception cause) {
        return new JavelinException(
                "JVL-DAT-0002",
                "cannot read " + path.toAbsolutePath() + ": " + cause,
                "check that it is a table in UTF-8, or a folder of such, and that you have the right to read it",
                cause);
    }
}
