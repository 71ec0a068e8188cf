package dev.javelin.data.table;

/** Mean and standard deviation of some numbers, NaN left out. */
record Moments(double mean, double deviation) {

    /** In two passes, in the order of the rows: the same bits each time. */
    static Moments of(double[] values, int[] rows) {
        double sum = 0;
        long count = 0;
        for (int row : rows) {
            if (!Double.isNaN(values[row])) {
                sum += values[row];
                count++;
            }
        }
        double mean = count == 0 ? 0 : sum / count;
        double squares = 0;
        for (int row : rows) {
            double distance = values[row] - mean;
            squares += Double.isNaN(distance) ? 0 : distance * distance;
        }
        return new Moments(mean, count == 0 ? 0 : Math.sqrt(squares / count));
    }

    /** What to divide by: the deviation, or 1 if it is no more than rounding makes of a constant. */
    double scale() {
        return deviation > 1e-12 * Math.abs(mean) ? deviation : 1;
    }
}
