package dev.javelin.engine.run;

import dev.javelin.api.trainer.LossScaling;

/**
 * The scale of the loss from step to step: a pure function of which steps overflowed, so that all ranks and resumed runs
 * have the same.
 *
 * <p>Source: {@code DynamicLossScaler.update_scale} of DeepSpeed (deepspeed/runtime/fp16/loss_scaler.py). It differs in
 * that growth ends at {@link LossScaling#MOST}, and in that a fixed scale ends the run when its hysteresis is spent, where
 * DeepSpeed would skip for ever.
 *
 * @param scale of the next step
 * @param good steps without overflow since the last one, or since the start
 * @param left overflows until the scale is halved
 * @param skipped steps that overflowed so far
 */
public record LossScale(LossScaling settings, double scale, long good, int left, long skipped) {

    /** Before the first step. */
    public static LossScale begin(LossScaling settings) {
        return new LossScale(settings, settings.initial(), 0, settings.hysteresis(), 0);
    }

    /** What the next step is run with. */
    public StepScale now() {
        return new StepScale(scale, skipped);
    }

    /** True if an overflow in the next step would ask for a scale below the smallest. */
    public boolean exhausted() {
        return left == 1 && scale <= settings.minimum();
    }

    /**
     * After a step.
     *
     * @param finite false if it overflowed and wrote nothing
     */
    public LossScale after(boolean finite) {
        if (!settings.active()) {
            return this;
        }
        return finite ? afterGood() : afterOverflow();
    }

    private LossScale afterGood() {
        long count = good + 1;
        boolean whole = count % settings.window() == 0;
        boolean grows = whole && settings.kind() == LossScaling.Kind.DYNAMIC && scale * 2 <= LossScaling.MOST;
        int fresh = whole || settings.consecutive() ? settings.hysteresis() : left;
        return new LossScale(settings, grows ? scale * 2 : scale, count, fresh, skipped);
    }

    private LossScale afterOverflow() {
        boolean halves = left == 1;
        double lower = Math.max(scale / 2, settings.minimum());
        return new LossScale(settings, halves ? lower : scale, 0, halves ? 1 : left - 1, skipped + 1);
    }
}
