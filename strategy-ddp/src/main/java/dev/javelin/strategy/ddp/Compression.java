package dev.javelin.strategy.ddp;

import dev.javelin.api.DType;
import dev.javelin.api.Tensor;
import dev.javelin.spi.collective.AllReduce;
import dev.javelin.spi.collective.Group;
import java.util.Locale;

/** The numbers in which sums over ranks travel. */
enum Compression {
    /** As they are. */
    NONE,
    /** 11 bits of precision; from 6e-8 to 65504. */
    FP16,
    /** 8 bits of precision; the range of FLOAT32. */
    BF16;

    /** What users write. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The sum of a value over the ranks of a group, in the value's dtype. The value is used up. */
    Tensor sum(Group group, Tensor value) {
        return switch (this) {
            case NONE -> value.graph().emit(new AllReduce(group), value);
            case FP16 -> sum(group, value, DType.FLOAT16);
            case BF16 -> sum(group, value, DType.BFLOAT16);
        };
    }

    private static Tensor sum(Group group, Tensor value, DType half) {
        return value.graph().emit(new AllReduce(group), value.cast(half)).cast(value.dtype());
    }
}
