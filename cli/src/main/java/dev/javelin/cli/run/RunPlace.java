package dev.javelin.cli.run;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.checkpoint.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a run lies and what it goes on from.
 *
 * @param out folder of the run
 * @param resume folder of a run or of a checkpoint; null for a new run
 */
public record RunPlace(Path out, @Nullable Path resume) {
    /** Name of the stored configuration, in a run's folder and in its checkpoints. */
    public static final String CONFIG = "config.yaml";

    private static final List<String> FILES = List.of("metrics.jsonl", "summary.json", CONFIG);
    private static final List<String> CHECKPOINT_FILES = List.of("COMMITTED", "manifest.json");

    /**
     * Settles the folder.
     *
     * @param out the folder asked for; null for a new one under {@code runs}, or for the one resumed
     * @param name of a new folder under {@code runs}, completed by the time
     * @throws JavelinException {@code JVL-CFG-0051} if the folder holds another run, {@code 0052} if it is asked both to
     *     go on and to start over, {@code 0054} if it is no folder
     */
    public static RunPlace settle(
            @Nullable Path out, @Nullable Path resume, boolean overwrite, String name, LocalDateTime now) {
        if (resume != null) {
            return resumed(out, resume, overwrite);
        }
        Path folder = out == null ? fresh(name, now) : out;
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new JavelinException("JVL-CFG-0054", folder + " is no folder", "name another folder with --out");
        }
        requireFree(folder, overwrite);
        return new RunPlace(folder, null);
    }

    private static RunPlace resumed(@Nullable Path out, Path resume, boolean overwrite) {
        Path run = runOf(resume);
        if (out == null || out.equals(run)) {
            if (overwrite) {
                throw new JavelinException(
                        "JVL-CFG-0052",
                        "--resume and --overwrite of the same run " + run,
                        "give one of the two: --resume goes on, --overwrite starts over");
            }
            return new RunPlace(run, resume);
        }
        requireFree(out, overwrite);
        return new RunPlace(out, resume);
    }

    private static void requireFree(Path folder, boolean overwrite) {
        if (!overwrite && holdsRun(folder)) {
            throw new JavelinException(
                    "JVL-CFG-0051",
                    folder + " holds a run already",
                    "go on with --resume " + folder
                            + ", start over with --overwrite, or name another folder with --out");
        }
    }

    private static Path fresh(String name, LocalDateTime now) {
        String time = now.format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT));
        Path base = Path.of("runs", name + "-" + time).toAbsolutePath();
        Path folder = base;
        for (int i = 2; Files.exists(folder); i++) {
            folder = base.resolveSibling(base.getFileName() + "-" + i);
        }
        return folder;
    }

    /** The run that a folder belongs to: itself, or of a checkpoint the folder around it. */
    public static Path runOf(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        return isCheckpoint(absolute) && parent != null ? parent : absolute;
    }

    private static boolean isCheckpoint(Path folder) {
        return CHECKPOINT_FILES.stream().anyMatch(file -> Files.exists(folder.resolve(file)));
    }

    /** Whether there is anything of a run in a folder. */
    static boolean holdsRun(Path folder) {
        return FILES.stream().anyMatch(file -> Files.exists(folder.resolve(file)))
                || !RunFolder.committed(folder).isEmpty();
    }

    /**
     * The stored configuration of a run or a checkpoint folder, if there is one: the checkpoint's own, else the run's.
     *
     * @throws JavelinException {@code JVL-CKP-0010} if there is no such folder
     */
    public static Optional<Path> storedConfig(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new JavelinException(
                    "JVL-CKP-0010",
                    "there is no folder " + folder.toAbsolutePath(),
                    "name the folder of a run or of a checkpoint in it");
        }
        return Stream.of(folder.resolve(CONFIG), runOf(folder).resolve(CONFIG))
                .filter(Files::exists)
                .findFirst();
    }

    /**
     * Makes the folder, removes the run in it if it is to be overwritten, and stores the configuration.
     *
     * @throws JavelinException {@code JVL-CFG-0055} if the folder cannot be written
     */
    public void prepare(boolean overwrite, String config) {
        try {
            Files.createDirectories(out);
            if (overwrite) {
                clear();
            }
            store(out, config);
        } catch (IOException e) {
            throw unwritable(out, e);
        }
    }

    private void clear() throws IOException {
        for (String file : FILES) {
            Files.deleteIfExists(out.resolve(file));
        }
        for (RunFolder.Found checkpoint : RunFolder.committed(out)) {
            // The marker first: what is half removed must not look whole.
            Files.deleteIfExists(checkpoint.folder().resolve(CHECKPOINT_FILES.getFirst()));
            try (Stream<Path> files = Files.list(checkpoint.folder())) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(checkpoint.folder());
        }
    }

    /**
     * Stores a configuration in a folder, whole or not at all.
     *
     * @throws JavelinException {@code JVL-CFG-0055} if the folder cannot be written
     */
    public static void storeConfig(Path folder, String config) {
        try {
            store(folder, config);
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    private static void store(Path folder, String config) throws IOException {
        Path partial = folder.resolve("." + CONFIG + ".partial");
        Files.writeString(partial, config);
        Files.move(partial, folder.resolve(CONFIG), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    private static JavelinException unwritable(Path folder, IOException cause) {
        return new JavelinException(
                "JVL-CFG-0055",
                "the run's folder " + folder + " cannot be written: " + cause,
                "check its rights and the space there, or name another folder with --out",
                cause);
    }
}
