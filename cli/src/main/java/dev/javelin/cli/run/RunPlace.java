package dev.javelin.cli.run;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.checkpoint.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a run lies and what it goes on from. Whether the folder is free is for the trainer to say, which holds its lock.
 *
 * @param out folder of the run
 * @param resume folder of a checkpoint; null for a new run
 */
public record RunPlace(Path out, @Nullable Path resume) {

    /**
     * The place of a new run.
     *
     * @param out the folder asked for; null for a new one under {@code runs}
     * @param name of a new folder under {@code runs}, completed by the time
     * @throws JavelinException {@code JVL-CFG-0054} if it is no folder
     */
    public static RunPlace starting(@Nullable Path out, String name, LocalDateTime now) {
        return new RunPlace(out == null ? fresh(name, now) : folder(out), null);
    }

    /**
     * The place of a run that goes on.
     *
     * @param out the folder asked for; null for that of the checkpoint's run
     * @throws JavelinException {@code JVL-CFG-0054} if it is no folder
     */
    public static RunPlace resuming(@Nullable Path out, Checkpoint checkpoint) {
        Path from = checkpoint.folder().toAbsolutePath().normalize();
        return new RunPlace(out == null ? from.resolveSibling("").normalize() : folder(out), from);
    }

    private static Path folder(Path out) {
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new JavelinException("JVL-CFG-0054", out + " is no folder", "name another folder with --out");
        }
        return out;
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
}
