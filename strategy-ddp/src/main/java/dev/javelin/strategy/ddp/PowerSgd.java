package dev.javelin.strategy.ddp;

import dev.javelin.api.Initializer;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.spi.strategy.GradientReducer;
import dev.javelin.spi.strategy.GradientReducer.State.Spread;
import java.util.ArrayList;
import java.util.List;

/**
 * PowerSGD: instead of a gradient matrix, two thin factors of it travel (Vogels, Karimireddy, Jaggi, arXiv:1905.13727,
 * algorithms 1 and 2). What the product of the factors leaves out stays with its rank and is added to its next gradient.
 * {@link PowerSgdStep} writes a chunk's reduction.
 *
 * <p>As powerSGD_hook of PyTorch (torch/distributed/algorithms/ddp_comm_hooks/powerSGD_hook.py): a parameter is the
 * matrix [first dim, all others]; vectors and matrices that would not become smaller travel as they are; the factors of
 * all matrices of a chunk travel together; both are orthogonalised. It differs in these points. Vectors travel with the
 * first factors, so that there are two collectives a chunk, not three. A factor is made orthonormal by Gram and Schmidt
 * twice over, so that the approximation stays a projection where a gradient's rank is below that of the factors. A factor
 * that vanishes keeps its last direction, so that a matrix without gradient in one step is not lost for all others.
 * Errors are kept in the units of the mean gradient, so that steps may have different weights. Without warm start the
 * second factor is uniform random, keyed by seed, step and parameter.
 *
 * @param compression what the factors travel in
 */
record PowerSgd(PowerSgdOptions options, Compression compression) implements GradientReducer {
    static final String FACTOR = "q";
    static final String ERROR = "error";

    /**
     * A parameter that is compressed.
     *
     * @param offset in its chunk
     * @param rank of the factors
     */
    record Matrix(String path, long offset, long rows, long columns, int rank) {}

    @Override
    public String name() {
        return "powersgd";
    }

    @Override
    public List<State> states(Chunk chunk) {
        List<State> states = new ArrayList<>();
        for (Matrix matrix : matrices(chunk)) {
            TensorType factor = chunk.type().withShape(Shape.of(matrix.rank(), matrix.columns()));
            TensorType whole = chunk.type().withShape(Shape.of(matrix.rows(), matrix.columns()));
            if (options.warmStart()) {
                states.add(new State(matrix.path(), FACTOR, factor, Initializer.normal(1), Spread.REPLICATED));
            }
            if (options.errorFeedback()) {
                states.add(new State(matrix.path(), ERROR, whole, Initializer.zeros(), Spread.RANK));
            }
        }
        return states;
    }

    @Override
    public Tensor reduce(Site site) {
        List<Matrix> matrices = matrices(site.chunk());
        return matrices.isEmpty()
                ? new SumReducer(compression).reduce(site)
                : new PowerSgdStep(this, site, matrices).write();
    }

    /** The parameters of a chunk that are compressed. */
    List<Matrix> matrices(Chunk chunk) {
        List<Matrix> matrices = new ArrayList<>();
        for (Chunk.Member member : chunk.members()) {
            Shape shape = member.shape();
            if (shape.rank() < 2 || shape.elements() == 0) {
                continue;
            }
            long rows = shape.dim(0);
            long columns = shape.elements() / rows;
            if (options.compresses(rows, columns)) {
                matrices.add(new Matrix(member.path(), member.offset(), rows, columns, options.rank(rows, columns)));
            }
        }
        return matrices;
    }
}
