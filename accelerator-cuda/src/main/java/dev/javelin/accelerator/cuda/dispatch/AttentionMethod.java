package dev.javelin.accelerator.cuda.dispatch;

/** How attention is computed. */
public enum AttentionMethod {
    /** By products over matrices of scores in memory, for every element type and width. */
    REFERENCE,
    /**
     * By tiles, without scores in memory: for elements of 16 bits and heads up to 128 wide, after they have proved
     * themselves on the GPU; others as REFERENCE.
     */
    FLASH
}
