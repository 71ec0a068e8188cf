package dev.javelin.engine.train;

import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.RunSummary;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.world.RankFailure;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How far a run of several attempts has come: what the next one may begin with. */
final class Progress implements Callback {
    private volatile boolean begun;
    private volatile @Nullable Path saved;

    @Override
    public void onStart(RunSummary run) {
        begun = true;
    }

    @Override
    public void onCheckpoint(long step, Path folder) {
        saved = folder;
    }

    /** The last checkpoint that an attempt wrote; null if there is none. */
    @Nullable
    Path saved() {
        return saved;
    }

    /** What is said about the next attempt. */
    String restart(RankFailure failure) {
        return failure.getMessage() + " Starting again "
                + (saved == null ? "as at first: no checkpoint was written yet." : "from " + saved + ".");
    }

    /**
     * What the next attempt may do with the folder: go on in it, or replace what an attempt before left of a new run.
     *
     * @param options of the first attempt
     */
    RunSetup setup(RunSetup setup, TrainerOptions options) {
        if (saved != null) {
            return setup.withExisting(RunSetup.Existing.REFUSE).withAgain();
        }
        return begun && options.resume() == null ? setup.withExisting(RunSetup.Existing.REPLACE) : setup;
    }
}
