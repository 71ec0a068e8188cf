package dev.javelin.spi.strategy;

import dev.javelin.api.trainer.PrecisionPlan;
import java.util.Map;

/** The circumstances that a plan is made for. */
public interface PlanContext {

    /** The ranks as a grid. */
    Mesh mesh();

    /** Bytes of device memory that each rank may use; {@link Long#MAX_VALUE} if unlimited. */
    long deviceBudgetBytes();

    /** Micro-batches of an optimizer step. */
    int accumulation();

    /** The element types of the run. */
    PrecisionPlan precision();

    /** What a plan would cost; exact bytes, estimated time. Lets a strategy search. */
    PlanReport evaluate(ParallelPlan plan);

    /**
     * What a plan costs each rank.
     *
     * @param peakBytes per tier
     * @param sentBytes payload that a rank sends in a step, per kind of collective
     * @param seconds estimated time of an optimizer step
     */
    record PlanReport(Map<Tier, Long> peakBytes, Map<String, Long> sentBytes, double seconds) {
        public PlanReport {
            peakBytes = Map.copyOf(peakBytes);
            sentBytes = Map.copyOf(sentBytes);
        }
    }
}
