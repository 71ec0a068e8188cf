package dev.javelin.engine.checkpoint;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** The checkpoints in the folder of a run: which there are, and which are kept. */
public final class RunFolder {
    private static final Pattern COMPLETE = Pattern.compile("checkpoint-(\\d{1,18})");
    private static final Pattern LEFTOVER = Pattern.compile("\\.checkpoint-(\\d{1,18})\\.(partial|deleting|replaced)");

    private RunFolder() {}

    /** A committed checkpoint. */
    public record Found(long step, Path folder) {}

    public static Path checkpoint(Path run, long step) {
        return run.resolve("checkpoint-" + step);
    }

    static Path partial(Path run, long step) {
        return run.resolve(".checkpoint-" + step + ".partial");
    }

    static Path replaced(Path run, long step) {
        return run.resolve(".checkpoint-" + step + ".replaced");
    }

    private static Path deleting(Path run, long step) {
        return run.resolve(".checkpoint-" + step + ".deleting");
    }

    /** True for a folder that looks like a checkpoint itself rather than a run. */
    public static boolean isCheckpoint(Path folder) {
        return Files.exists(folder.resolve(Manifest.FILE)) || Files.exists(folder.resolve(Manifest.MARKER));
    }

    /**
     * The committed checkpoints of a run, oldest first; none if there is no such folder.
     *
     * @throws JavelinException {@code JVL-CKP-0001} if the folder cannot be listed
     */
    public static List<Found> committed(Path run) {
        if (!Files.isDirectory(run)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(run)) {
            List<Found> found = new ArrayList<>();
            for (Path child : children.toList()) {
                Matcher name = COMPLETE.matcher(child.getFileName().toString());
                if (name.matches() && Files.exists(child.resolve(Manifest.MARKER))) {
                    found.add(new Found(Long.parseLong(name.group(1)), child));
                }
            }
            found.sort(Comparator.comparingLong(Found::step));
            return found;
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(run, e);
        }
    }

    /** The newest committed checkpoint. */
    public static Optional<Found> newest(Path run) {
        List<Found> all = committed(run);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /**
     * Removes checkpoints that are neither among the newest nor among the best. The newest is never removed, and ranks
     * need a validation loss.
     *
     * @param keepLast how many of the newest stay, at least 1
     * @param keepBest how many of those with the lowest validation loss stay besides; of equal ones the newer
     * @return the folders removed
     * @throws JavelinException {@code JVL-CKP-0021} if one cannot be removed
     */
    public static List<Path> retain(Path run, int keepLast, int keepBest) {
        List<Found> all = committed(run);
        Set<Found> kept = new HashSet<>(all.subList(Math.max(0, all.size() - Math.max(1, keepLast)), all.size()));
        best(all, keepBest).forEach(best -> kept.add(best.found));
        List<Path> removed = new ArrayList<>();
        for (Found found : all) {
            if (!kept.contains(found)) {
                remove(run, found);
                removed.add(found.folder);
            }
        }
        return removed;
    }

    /** A committed checkpoint with the validation loss that it was written with. */
    public record Ranked(Found found, double validationLoss) {}

    /**
     * The committed checkpoints of a run with the lowest validation losses, the best first; of equal ones the newer.
     *
     * @param most how many at most
     */
    public static List<Ranked> best(Path run, int most) {
        return best(committed(run), most);
    }

    private static List<Ranked> best(List<Found> all, int most) {
        List<Ranked> ranked = new ArrayList<>();
        for (Found found : most == 0 ? List.<Found>of() : all) {
            validationLoss(found).ifPresent(value -> ranked.add(new Ranked(found, value)));
        }
        ranked.sort(Comparator.comparingDouble(Ranked::validationLoss)
                .thenComparing(each -> each.found.step, Comparator.reverseOrder()));
        return ranked.subList(0, Math.min(most, ranked.size()));
    }

    /** A damaged checkpoint has no rank: it must not stop the run that it belongs to. */
    private static OptionalDouble validationLoss(Found found) {
        try {
            return Checkpoint.validationLoss(found.folder);
        } catch (JavelinException e) {
            return OptionalDouble.empty();
        }
    }

    /** Validation losses of the committed checkpoints before a step. */
    public static DoubleStream validationLosses(Path run, long step) {
        return committed(run).stream()
                .filter(found -> found.step < step)
                .map(RunFolder::validationLoss)
                .flatMapToDouble(OptionalDouble::stream);
    }

    /**
     * Removes all checkpoints of a run from a step on, but for one.
     *
     * @throws JavelinException {@code JVL-CKP-0021} if one cannot be removed
     */
    public static void removeFrom(Path run, long firstStep, long keptStep) {
        for (Found found : committed(run)) {
            if (found.step >= firstStep && found.step != keptStep) {
                remove(run, found);
            }
        }
    }

    /** Takes the name away first, so that a half-removed folder is never taken for a checkpoint. */
    private static void remove(Path run, Found found) {
        try {
            Path doomed = deleting(run, found.step);
            Disk.delete(doomed);
            Disk.real().move(found.folder, doomed);
            Disk.delete(doomed);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0021",
                    "cannot remove the old checkpoint " + found.folder + ": " + e,
                    "check your rights there; the newer checkpoints are whole",
                    e);
        }
    }

    /**
     * Cleans up after the processes of a run, which have ended: what one of them was writing when it died goes, and
     * whole checkpoints stay. Without it the next checkpoint of the run does the same.
     *
     * @throws JavelinException {@code JVL-CKP-0021} if something cannot be removed
     */
    public static void recover(Path run) {
        if (!Files.isDirectory(run)) {
            return;
        }
        try {
            recover(run, Disk.real());
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0021",
                    "cannot remove what is left of a checkpoint in " + run + ": " + e,
                    "check your rights there; the whole checkpoints can be gone on with",
                    e);
        }
    }

    /**
     * Cleans up after a process that died: removes what is partial or was being removed, and gives a checkpoint its
     * name back that was put aside to be replaced.
     */
    static void recover(Path run, Disk disk) throws IOException {
        List<Path> children;
        try (Stream<Path> stream = Files.list(run)) {
            children = stream.toList();
        }
        for (Path child : children) {
            Matcher name = LEFTOVER.matcher(child.getFileName().toString());
            if (name.matches()) {
                Path complete = checkpoint(run, Long.parseLong(name.group(1)));
                if (name.group(2).equals("replaced") && !Files.exists(complete)) {
                    disk.move(child, complete);
                } else {
                    Disk.delete(child);
                }
            }
        }
    }
}
