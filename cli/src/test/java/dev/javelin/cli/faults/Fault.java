package dev.javelin.cli.faults;

/** What goes wrong in one rank of a job, from inside. */
enum Fault {
    NONE,
    /** It ends the JVM while it reads data. */
    EXIT,
    /** The model throws while it is traced. */
    MODEL,
    /** The data throw in the middle of the run. */
    DATA,
    /** Reading data never returns. */
    HANG,
    /** Its own loop leaves out a step. */
    SKIP,
    /** It has a layer more. */
    OTHER_MODEL,
    /** Its hidden layer is wider. */
    OTHER_SHAPE,
    /** It applies and declares its layers the other way round. */
    OTHER_ORDER,
    /** It computes in double precision. */
    OTHER_DTYPE,
    OTHER_SEED,
    OTHER_DATA,
    /** It is to do one step less. */
    FEWER_STEPS,
    /** The first evaluation takes four timeouts. */
    SLOW_EVALUATION,
    /** The first save takes four timeouts. */
    SLOW_SAVE;

    /** Says on standard error, in a form that the test reads, that it happens now. */
    void happens() {
        System.err.println("fault " + this + " at " + System.nanoTime());
    }
}
