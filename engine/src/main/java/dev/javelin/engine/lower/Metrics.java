package dev.javelin.engine.lower;

import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.engine.program.Slot;

/** The slots that the host reads after a program. */
public final class Metrics {
    /** Prefix of the scalars that a module logs. */
    public static final String LOG = "log:";

    private Metrics() {}

    /** Sum of the losses of the step so far. */
    public static Slot loss(DType dtype) {
        return scalar("loss", dtype);
    }

    /** Sum of the weights of the step so far. */
    public static Slot weight(DType dtype) {
        return scalar("weight", dtype);
    }

    /** Norm of the mean gradient before clipping. */
    public static Slot gradientNorm(DType dtype) {
        return scalar("gradientNorm", dtype);
    }

    /** 1 if the step wrote its update, 0 if it met a number that is not finite. */
    public static Slot finite() {
        return scalar("finite", DType.INT32);
    }

    /** A scalar logged by the module, summed over micro-batches. */
    public static Slot log(String label, DType dtype) {
        return scalar(LOG + label, dtype);
    }

    /** Where one rank's part of a metric is summed up until the ranks' parts are. */
    static Slot ofRank(Slot metric) {
        return new Slot(metric.kind(), "rank:" + metric.name(), metric.type());
    }

    private static Slot scalar(String name, DType dtype) {
        return new Slot(Slot.Kind.METRIC, name, new TensorType(dtype, Shape.scalar()));
    }
}
