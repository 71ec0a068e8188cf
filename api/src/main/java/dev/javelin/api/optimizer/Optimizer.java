package dev.javelin.api.optimizer;

import dev.javelin.api.Tensor;
import java.util.List;

/**
 * An update rule: traced code over a parameter (or a flat range of many), its gradient, slots and device scalars. It is
 * written once per chunk of parameters and runs where the plan says.
 */
public interface Optimizer {

    /** Name in configuration and checkpoints, for example {@code adamw}. */
    String name();

    /** Names of the per-element state that the rule keeps, for example {@code m} and {@code v}; it starts as zeros. */
    List<String> slots();

    /** Names of the scalars that the host computes for every step; the learning rate is always there. */
    List<String> scalars();

    /** The value of a scalar of {@link #scalars()} at a step, counted from 1. */
    double scalar(String name, long step);

    /** How much of a parameter one call of {@link #update} must see. */
    default Granularity granularity() {
        return Granularity.ELEMENT;
    }

    /**
     * Writes the update and returns the new values: the parameter first, then the slots in order. A value may be a
     * fresh tensor (the engine assigns it to the state under the predicate) or the output of an operation that writes
     * the state in place and takes the predicate itself.
     */
    List<Tensor> update(Site site);

    /** ELEMENT: any flat range; MATRIX: whole parameters. */
    enum Granularity {
        ELEMENT,
        MATRIX
    }

    /**
     * Where an update is written: all tensors of equal shape, and scalars. All are of one type, FLOAT32 where states are kept
     * in 16 bits; values that the rule returns are rounded when they are assigned.
     */
    interface Site {
        Tensor parameter();

        /** The gradient as accumulated: to be multiplied by {@link #gradientScale}. */
        Tensor gradient();

        /** Scalar: 1/weight times the clipping factor. */
        Tensor gradientScale();

        /** The gradient that the rule is about: accumulated gradient × scale. */
        default Tensor scaledGradient() {
            return gradient().multiply(gradientScale());
        }

        Tensor slot(String name);

        /** Scalar: the schedule's learning rate times the group's factor. */
        Tensor learningRate();

        /** Scalar of {@link Optimizer#scalars()}. */
        Tensor scalar(String name);

        /** INT32 scalar: 0 if the step must write nothing. */
        Tensor predicate();

        /**
         * The same place with parameter, gradient and slots in the types that they are kept in, for an operation that takes
         * several types and writes its states in place. Scalars are as here.
         */
        default Site kept() {
            return this;
        }
    }
}
