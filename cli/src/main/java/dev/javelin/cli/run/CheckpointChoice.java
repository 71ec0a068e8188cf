package dev.javelin.cli.run;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.checkpoint.RunFolder;
import java.nio.file.Path;
import java.util.List;

/** Which checkpoint of a run is meant: the newest, the one with the lowest validation loss, or that of a step. */
public final class CheckpointChoice {
    /** The last one that was written. */
    public static final String NEWEST = "newest";
    /** The one with the lowest validation loss. */
    public static final String BEST = "best";

    private CheckpointChoice() {}

    /**
     * The folder of the checkpoint that is meant.
     *
     * @param folder of a run; or of a checkpoint, for which only {@link #NEWEST} has a meaning
     * @param which {@link #NEWEST}, {@link #BEST} or a step
     * @throws JavelinException {@code JVL-CKP-0060} if there is none
     */
    public static Path folder(Path folder, String which) {
        if (which.equals(NEWEST)) {
            return folder;
        }
        List<RunFolder.Found> all = RunFolder.committed(folder);
        if (which.equals(BEST)) {
            return RunFolder.best(folder, 1).stream()
                    .findFirst()
                    .map(best -> best.found().folder())
                    .orElseThrow(() -> none(
                            all.isEmpty()
                                    ? folder + " holds no checkpoint of a run"
                                    : "no checkpoint in " + folder + " was written with a validation loss",
                            all));
        }
        return all.stream()
                .filter(found -> Long.toString(found.step()).equals(which))
                .findFirst()
                .map(RunFolder.Found::folder)
                .orElseThrow(() -> none("there is no checkpoint '" + which + "' in " + folder, all));
    }

    private static JavelinException none(String problem, List<RunFolder.Found> all) {
        return new JavelinException(
                "JVL-CKP-0060",
                problem,
                all.isEmpty()
                        ? "give the folder of a run, or leave --which out for the folder of a checkpoint"
                        : "use --which newest, or one of the steps "
                                + all.stream().map(RunFolder.Found::step).toList());
    }
}
