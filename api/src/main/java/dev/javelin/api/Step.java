package dev.javelin.api;

/** What a training module sees of one step while it is traced: the batch's fields, and places to report to. */
public interface Step {

    /**
     * A field of the batch, [rows, ...]; a floating field comes in the dtype of the run.
     *
     * @throws JavelinException {@code JVL-API-0008} if the data has no such field; lists the ones it has
     */
    Tensor input(String name);

    /** 1 for the rows that hold data, 0 for the padding of the last batch: [rows], floating. */
    Tensor rowWeights();

    /** True for a training step, false for evaluation. */
    boolean training();

    /**
     * Reports a scalar with the step's metrics, under this name: its mean over micro-batches. An instruction of the
     * program.
     *
     * @throws JavelinException {@code JVL-API-0024} if the name was used before in this step
     */
    void log(String name, Tensor scalar);

    /** Prints a tensor's values each time the step runs. An instruction of the program. */
    void print(String label, Tensor tensor);
}
