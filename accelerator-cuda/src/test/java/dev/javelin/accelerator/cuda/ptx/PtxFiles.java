package dev.javelin.accelerator.cuda.ptx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The kernels of this module as they lie in its folders: sources, and the PTX that was made of them. */
final class PtxFiles {
    static final Path SOURCES = Path.of("src", "main", "cuda");
    static final Path TEXTS = Path.of("src", "main", "resources", "dev", "javelin", "accelerator", "cuda", "ptx");
    private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"(.*)\"");

    private PtxFiles() {}

    /** The names of all families that have a source. */
    static List<String> families() {
        return names(SOURCES, ".cu");
    }

    /** The names of all families that have PTX. */
    static List<String> texts() {
        return names(TEXTS, ".ptx");
    }

    private static List<String> names(Path folder, String ending) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .map(name -> name.substring(0, name.length() - ending.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(String family) {
        return read(TEXTS.resolve(family + ".ptx"));
    }

    /** SHA-256 over a family's source and, depth first and each once, the headers that it includes in quotes. */
    static String sourceHash(String family) {
        Set<Path> files = new LinkedHashSet<>();
        collect(SOURCES.resolve(family + ".cu"), files);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static void collect(Path file, Set<Path> files) {
        if (files.add(file)) {
            Matcher include = INCLUDE.matcher(read(file));
            while (include.find()) {
                collect(SOURCES.resolve(include.group(1)), files);
            }
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
