package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.TensorType;

/** Element types as kernels are named by them. */
final class KernelTypes {
    private KernelTypes() {}

    /** The end of an entry's name: {@code bf16} for values and parameters of one type, else {@code bf16_f32}. */
    static String of(DType values, DType parameters) {
        return values == parameters ? Launch.suffix(values) : Launch.suffix(values) + "_" + Launch.suffix(parameters);
    }

    /** True if these hold sums and statistics of values of a type: {@code Real<T>} of {@code common.cuh}. */
    static boolean areWide(DType values, TensorType... statistics) {
        for (TensorType type : statistics) {
            if (type.dtype() != values.wide()) {
                return false;
            }
        }
        return true;
    }
}
