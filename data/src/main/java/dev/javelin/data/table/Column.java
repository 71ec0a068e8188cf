package dev.javelin.data.table;

import java.util.List;

/** A column that features are made of. */
public sealed interface Column {
    /** As the header names it. */
    String name();

    /** How many features it gives. */
    int width();

    /**
     * A number, moved and scaled so that over the training part its mean is 0 and its variance 1. A column that is
     * constant there gives the distance from the constant.
     *
     * @param deviation standard deviation; 1 for a constant
     */
    record Numbers(String name, double mean, double deviation) implements Column {
        @Override
        public int width() {
            return 1;
        }

        /** The feature; NaN, for a missing value, counts as the mean. */
        double feature(double number) {
            return Double.isNaN(number) ? 0 : (number - mean) / deviation;
        }
    }

    /**
     * A text as one feature for each value that the training part holds, of which one is 1 and the others are 0; all are
     * 0 for a value that it does not hold. The empty text stands for a missing value.
     */
    record Categories(String name, List<String> values) implements Column {
        public Categories {
            values = List.copyOf(values);
        }

        @Override
        public int width() {
            return values.size();
        }
    }
}
