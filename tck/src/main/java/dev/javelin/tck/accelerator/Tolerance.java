package dev.javelin.tck.accelerator;

/**
 * How far a result may lie from the oracle's: the one table of this chapter. A number e of magnitude M (its own, or what
 * {@link Scale} says) that was summed of n terms may be off by
 *
 * <pre>
 * ulps · spacing(e) + stored · unit · M + computed · (1 + √n) · arithmetic · M
 * </pre>
 *
 * where spacing and unit (half the spacing at 1) are those of the output's type, and arithmetic is the unit of the type that
 * is computed in: FLOAT64 for FLOAT64, FLOAT32 for all others. So numbers of 16 bits are computed in 32, and rounded when
 * they are stored.
 *
 * @param ulps of the result
 * @param stored roundings to the output's type on the way
 * @param computed roundings of the arithmetic for each term
 */
enum Tolerance {
    /** The number itself, rounded to nearest even. */
    EXACT(0, 0, 0),
    /** One step beside it: quotients and roots. */
    NEAREST(1, 0, 0),
    /** A function of one number, or a short formula. */
    FUNCTION(1, 0, 4),
    /** A formula whose constants or steps are rounded to the type. */
    STEPS(1, 3, 4),
    /** A sum of products. */
    SUM(1, 0, 2),
    /** Sums whose steps may be stored in the type: of few terms, or with an epilogue. */
    STORED_SUM(1, 4, 4),
    /** Sums over functions of sums, of which some are stored in the type: norms, softmax, attention. */
    CHAIN(2, 6, 8);

    private final double ulps;
    private final double stored;
    private final double computed;

    Tolerance(double ulps, double stored, double computed) {
        this.ulps = ulps;
        this.stored = stored;
        this.computed = computed;
    }

    double bound(double expected, double magnitude, long terms, Format output, Format arithmetic) {
        return ulps * output.spacing(expected)
                + stored * output.unit() * magnitude
                + computed * (1 + Math.sqrt(terms)) * arithmetic.unit() * magnitude;
    }

    /** What the magnitude of a number is, against which its error is seen. */
    enum Scale {
        /** The number's own. */
        VALUE,
        /** The largest of its tensor. */
        LARGEST,
        /** The largest of its tensor and of all inputs. */
        INPUTS,
        /** The sum of the magnitudes of its terms: the same operation on the magnitudes of its inputs. */
        TERMS
    }
}
