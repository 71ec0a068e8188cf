package dev.javelin.cli.run;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.train.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a run lies and what it goes on from.
 *
 * @param out folder of the run
 * @param resume folder of a run or of a checkpoint; null for a new run
 * @param overwrite whether a run in the folder is to be replaced
 */
public record RunPlace(Path out, @Nullable Path resume, boolean overwrite) {
    /** Name of the configuration in a run's folder, for people; checkpoints carry their own. */
    public static final String CONFIG = "config.yaml";

    private static final String MARKER = "COMMITTED";

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
        return new RunPlace(folder, null, overwrite);
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
            return new RunPlace(run, resume, false);
        }
        requireFree(out, overwrite);
        return new RunPlace(out, resume, overwrite);
    }

    private static void requireFree(Path folder, boolean overwrite) {
        if (!overwrite && RunFiles.holdsRun(folder)) {
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
        return Files.exists(folder.resolve(MARKER));
    }

    /**
     * Makes the folder, removes the run in it if it is to be overwritten, and stores the configuration for people.
     *
     * @throws JavelinException {@code JVL-CFG-0055} if the folder cannot be written, {@code 0031} if another process
     *     trains there
     */
    public void prepare(String config) {
        try {
            if (overwrite) {
                RunFiles.clear(out);
            }
            Files.createDirectories(out);
            Path partial = out.resolve("." + CONFIG + ".partial");
            Files.writeString(partial, config);
            Files.move(partial, out.resolve(CONFIG), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CFG-0055",
                    "the run's folder " + out + " cannot be written: " + e,
                    "check its rights and the space there, or name another folder with --out",
                    e);
        }
    }
}
