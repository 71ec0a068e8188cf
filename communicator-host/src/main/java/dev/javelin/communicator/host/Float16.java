package dev.javelin.communicator.host;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** F16 to float and back, as Java does it, but with the one NaN for any NaN. */
final class Float16 {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final short NAN = 0x7e00;

    private Float16() {}

    static void widen(short[] halves, float[] values, int count) {
        for (int i = 0; i < count; i++) {
            values[i] = Float.float16ToFloat(halves[i]);
        }
    }

    static void round(float[] values, short[] halves, int count) {
        for (int i = 0; i < count; i++) {
            halves[i] = Float.floatToFloat16(values[i]);
        }
        if (anyNan(values, count)) {
            for (int i = 0; i < count; i++) {
                halves[i] = rounded(values[i]);
            }
        }
    }

    private static boolean anyNan(float[] values, int count) {
        boolean any = false;
        for (int i = 0; i < count; i += F.length()) {
            VectorMask<Float> head = F.indexInRange(i, count);
            any |= FloatVector.fromArray(F, values, i, head)
                    .test(VectorOperators.IS_NAN)
                    .anyTrue();
        }
        return any;
    }

    static float widened(short bits) {
        return Float.float16ToFloat(bits);
    }

    static short rounded(float x) {
        return Float.isNaN(x) ? NAN : Float.floatToFloat16(x);
    }
}
