package dev.javelin.data.table;

/**
 * A number, standardised as a {@link Column.Numbers}: a mean squared error of 1 is that of always saying the mean.
 *
 * @param mean over the training part
 * @param deviation over the training part
 */
public record NumberTarget(String name, double mean, double deviation) implements Target {
    /** What the model is trained to give. */
    public double standardised(double number) {
        return (number - mean) / deviation;
    }

    /** The number that an output of the model stands for. */
    public double number(double output) {
        return output * deviation + mean;
    }
}
