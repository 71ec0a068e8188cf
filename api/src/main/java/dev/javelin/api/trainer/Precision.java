package dev.javelin.api.trainer;

import dev.javelin.api.JavelinException;
import java.util.Arrays;
import java.util.List;

/**
 * Element types of a run, under Lightning's names.
 *
 * <p>{@code X-true}: parameters, activations, gradients and, but for {@code 16-true}, optimizer state are of type X.
 * {@code X-mixed}: parameters and optimizer state are FLOAT32; matrix products and attention take 16-bit copies of their
 * operands, as PyTorch's autocast has it. {@link #plan} says the types one by one; {@link TrainerOptions#withTypes}
 * changes those that can be changed.
 */
public enum Precision {
    TRUE_32("32-true", List.of("32"), PrecisionPlan.true32()),
    TRUE_64("64-true", List.of("64"), PrecisionPlan.true64()),
    BF16_TRUE("bf16-true", List.of(), PrecisionPlan.bf16True()),
    TRUE_16("16-true", List.of(), PrecisionPlan.true16()),
    BF16_MIXED("bf16-mixed", List.of("bf16"), PrecisionPlan.bf16Mixed()),
    MIXED_16("16-mixed", List.of("16"), PrecisionPlan.mixed16());

    private final String label;
    private final List<String> aliases;
    private final PrecisionPlan plan;

    Precision(String label, List<String> aliases, PrecisionPlan plan) {
        this.label = label;
        this.aliases = aliases;
        this.plan = plan;
    }

    /** Name in configuration, for example {@code 32-true}. */
    public String label() {
        return label;
    }

    /** Its types, one by one. */
    public PrecisionPlan plan() {
        return plan;
    }

    /**
     * The precision of this name, or of Lightning's alias: {@code 64}, {@code 32}, {@code 16} (16-mixed), {@code bf16}
     * (bf16-mixed).
     *
     * @throws JavelinException {@code JVL-CFG-0003} for an unknown name
     */
    public static Precision of(String label) {
        for (Precision precision : values()) {
            if (label.equals(precision.label) || precision.aliases.contains(label)) {
                return precision;
            }
        }
        throw new JavelinException(
                "JVL-CFG-0003",
                "precision '" + label + "'",
                "use one of " + Arrays.stream(values()).map(Precision::label).toList()
                        + ", or the short names 64, 32, 16 (16-mixed) and bf16 (bf16-mixed)");
    }
}
