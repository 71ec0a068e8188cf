package dev.javelin.engine.train;

import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.RunSummary;
import dev.javelin.api.trainer.Spike;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.ValidationMetrics;
import java.nio.file.Path;
import java.util.List;

/** Several callbacks as one, called in order. */
record Listeners(List<Callback> all) implements Callback {
    Listeners {
        all = List.copyOf(all);
    }

    @Override
    public void onStart(RunSummary run) {
        all.forEach(callback -> callback.onStart(run));
    }

    @Override
    public boolean onStep(StepMetrics metrics) {
        boolean goOn = true;
        for (Callback callback : all) {
            goOn &= callback.onStep(metrics);
        }
        return goOn;
    }

    @Override
    public void onSpike(Spike spike) {
        all.forEach(callback -> callback.onSpike(spike));
    }

    @Override
    public void onValidation(ValidationMetrics metrics) {
        all.forEach(callback -> callback.onValidation(metrics));
    }

    @Override
    public void onCheckpoint(long step, Path folder) {
        all.forEach(callback -> callback.onCheckpoint(step, folder));
    }

    @Override
    public void onProfile(Path folder) {
        all.forEach(callback -> callback.onProfile(folder));
    }

    @Override
    public void onPrint(String text) {
        all.forEach(callback -> callback.onPrint(text));
    }

    @Override
    public void onEnd(FitResult result) {
        all.forEach(callback -> callback.onEnd(result));
    }
}
