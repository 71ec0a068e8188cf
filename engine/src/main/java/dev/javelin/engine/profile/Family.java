package dev.javelin.engine.profile;

import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Site;
import dev.javelin.spi.collective.Collective;

/**
 * What instructions of a step are for, as far as it says where time can be won. Told by names, so that an operation that
 * came later finds its place.
 */
enum Family {
    PRODUCTS("products"),
    ATTENTION("attention"),
    NORMS("norms and softmax"),
    LOSS("loss"),
    EMBEDDING("embedding"),
    OPTIMIZER("optimizer"),
    COLLECTIVES("collectives"),
    COPIES("copies"),
    OTHERS("elements and moves");

    private final String label;

    Family(String label) {
        this.label = label;
    }

    /** Its name for people. */
    String label() {
        return label;
    }

    static Family of(Instruction instruction) {
        String name = instruction.operation().name();
        Site.Phase phase = instruction.site().phase();
        if (instruction.operation() instanceof Collective) {
            return COLLECTIVES;
        }
        if (phase == Site.Phase.UPDATE || phase == Site.Phase.REDUCE) {
            return OPTIMIZER;
        }
        if (name.contains("attention")) {
            return ATTENTION;
        }
        if (name.contains("matmul")) {
            return PRODUCTS;
        }
        if (name.contains("cross_entropy") || name.contains("loss")) {
            return LOSS;
        }
        if (name.contains("norm") || name.contains("softmax")) {
            return NORMS;
        }
        return name.contains("embedding") ? EMBEDDING : OTHERS;
    }
}
