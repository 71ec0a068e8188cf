package dev.javelin.spi.strategy;

import dev.javelin.api.Initializer;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.spi.collective.Group;
import java.util.List;

/**
 * A traced fragment in place of a chunk's reduction: what it writes becomes part of the step's program, placed, verified
 * and counted like all else. Compression of gradients is the common case. Immutable; equal on all ranks.
 */
public interface GradientReducer {

    /** Name for programs and reports, for example {@code powersgd}; unique among the reducers of a plan. */
    String name();

    /** The state that it keeps for the parameters of a chunk from step to step. */
    default List<State> states(Chunk chunk) {
        return List.of();
    }

    /**
     * Writes the reduction.
     *
     * @return the sum over the group's ranks of their gradients, or what stands for it, of the gradient's type; equal on
     *     all ranks
     */
    Tensor reduce(Site site);

    /**
     * A run of parameters that are reduced together.
     *
     * @param name unit and optimizer group
     * @param type of the gradient, flat, gaps and padding included; FLOAT32 where gradients are kept in 16 bits: they are
     *     converted before a reducer and after it
     * @param members the parameters in it
     */
    record Chunk(String name, TensorType type, List<Member> members) {
        public Chunk {
            members = List.copyOf(members);
        }

        /**
         * @param offset of its first element
         */
        public record Member(String path, long offset, dev.javelin.api.Shape shape) {}
    }

    /**
     * What a fragment keeps for a parameter.
     *
     * @param path of the parameter
     * @param name by letters and digits; in checkpoints the kind is {@code REDUCER-NAME}
     * @param initial first values, keyed by the run's seed, path and name
     * @param spread whether it is equal on all ranks
     */
    record State(String path, String name, TensorType type, Initializer initial, Spread spread) {

        /** REPLICATED: the same on all ranks. RANK: each rank has its own, which begins anew when their number changes. */
        public enum Spread {
            REPLICATED,
            RANK
        }
    }

    /** Where a fragment is written. */
    interface Site {

        Chunk chunk();

        /** The ranks to reduce over. */
        Group group();

        /** This rank's complete gradient, summed over rows and micro-batches: {@code [E]}, E as of the chunk's type. */
        Tensor gradient();

        /**
         * What the sum is divided by when parameters are updated: the weight of the step's loss, summed over rows,
         * micro-batches and the group's ranks. A scalar of the gradient's dtype; the first call costs a collective.
         */
        Tensor weight();

        /** The contents of a state. */
        Tensor state(String path, String name);

        /** Replaces the contents of a state when the step is done, if its numbers are finite. */
        void update(String path, String name, Tensor value);
    }
}
