package dev.javelin.spi.strategy;

/** The kinds of state that a plan places one by one. */
public enum StateKind {
    /** The values that the forward pass reads: the masters, unless the plan's precision has others. */
    PARAM,
    /** Gradients, from their production to the update. */
    GRADIENT,
    /** The values that the optimizer updates, if they are kept apart from PARAM. */
    MASTER,
    /** The optimizer's slots. */
    OPTIMIZER
}
