package dev.javelin.strategy.ddp;

import dev.javelin.api.DType;
import dev.javelin.api.Philox;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.View;
import dev.javelin.spi.strategy.GradientReducer;
import dev.javelin.strategy.ddp.PowerSgd.Matrix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Writes the reduction of one chunk by PowerSGD. With g the gradient of this rank, W the weight of the step and e what was
 * left out before, for each matrix:
 *
 * <pre>
 * M  = g/W + e                    [rows, columns]   shares: their sum over the ranks is the mean gradient
 * Q  = orthonormal(state)         [rank, columns]
 * P  = orthonormal(Σ Q Mᵀ)        [rank, rows]      one collective, with all that is not compressed
 * Q' = Σ P M                      [rank, columns]   one collective
 * M' = Pᵀ Q'                                        the mean gradient, but for its part outside P
 * e  = M − M'/ranks
 * </pre>
 */
final class PowerSgdStep {
    /** How much of the old direction stays in a factor: nothing, unless the new one vanishes. */
    private static final double KEPT = 1e-15;

    private final PowerSgd reducer;
    private final GradientReducer.Site site;
    private final List<Matrix> matrices;
    private final List<GradientReducer.Chunk.Member> others;
    private final Factors lefts;
    private final Factors rights;
    private final Map<Matrix, Tensor> values = new HashMap<>();

    PowerSgdStep(PowerSgd reducer, GradientReducer.Site site, List<Matrix> matrices) {
        this.reducer = reducer;
        this.site = site;
        this.matrices = matrices;
        lefts = new Factors(matrices, Matrix::rows);
        rights = new Factors(matrices, Matrix::columns);
        List<String> compressed = matrices.stream().map(Matrix::path).toList();
        others = site.chunk().members().stream()
                .filter(member -> !compressed.contains(member.path()))
                .toList();
    }

    /** The sum of the gradients, approximately: [E]. */
    Tensor write() {
        Tensor weight = site.weight();
        Tensor shares = site.gradient().multiply(weight.reciprocal()); // [E]
        matrices.forEach(matrix -> values.put(matrix, value(shares, matrix)));
        Tensor right = reducer.options().warmStart() ? warm() : random();
        List<Tensor> sent = new ArrayList<>(
                lefts.each(matrix -> rights.of(right, matrix).matmulTransposed(value(matrix)))); // [R, rows] each
        others.forEach(member -> sent.add(view(shares, member.offset(), member.shape())));
        Tensor sum = sum(sent);
        Tensor left = lefts.map(view(sum, 0, Shape.of(lefts.elements())), Orthonormal::rows);
        Tensor next = sum(rights.each(matrix -> lefts.of(left, matrix).matmul(value(matrix)))); // [R, columns] each
        keep(left, right, next);
        return result(left, next.multiply(weight), sum, weight);
    }

    private Tensor value(Matrix matrix) {
        return Objects.requireNonNull(values.get(matrix));
    }

    private Tensor value(Tensor shares, Matrix matrix) {
        Tensor share = view(shares, matrix.offset(), Shape.of(matrix.rows(), matrix.columns()));
        return reducer.options().errorFeedback() ? share.add(site.state(matrix.path(), PowerSgd.ERROR)) : share;
    }

    private static Tensor view(Tensor flat, long offset, Shape shape) {
        return flat.graph().emit(new View(offset, shape), flat);
    }

    private Tensor sum(List<Tensor> parts) {
        long elements = parts.stream().mapToLong(part -> part.type().elements()).sum();
        Tensor packed = parts.getFirst().graph().emit(new Pack(elements), parts).getFirst();
        return reducer.compression().sum(site.group(), packed);
    }

    private Tensor warm() {
        Tensor states = rights.pack(rights.each(matrix -> site.state(matrix.path(), PowerSgd.FACTOR)));
        return rights.map(states, Orthonormal::rows);
    }

    /** Rows of a length of about 1, the same on all ranks, others in every step. */
    private Tensor random() {
        Tensor any = site.gradient();
        Tensor step = any.graph().random().slice(0, 0, 4); // seed, step and micro-batch, without this rank's samples
        Tensor one = any.graph().emit(new Fill(TensorType.of(DType.INT32, 2), 1));
        int call = (int) Philox.hash(matrices.getFirst().path() + "#" + reducer.name());
        TensorType type = site.chunk().type().withShape(Shape.of(rights.elements()));
        Tensor uniform = any.graph().emit(new RandomUniform(type, call), step.concat(0, one)); // [0, 1)
        return rights.map(uniform, part -> {
            double limit = Math.sqrt(3.0 / part.dim(-1));
            return part.multiply(2 * limit).add(-limit);
        });
    }

    private void keep(Tensor left, Tensor right, Tensor next) {
        if (reducer.options().warmStart()) {
            Tensor state = next.add(right.multiply(KEPT));
            matrices.forEach(matrix -> site.update(matrix.path(), PowerSgd.FACTOR, rights.of(state, matrix)));
        }
        if (reducer.options().errorFeedback()) {
            Tensor taken = left.multiply(-1.0 / site.group().size());
            for (Matrix matrix : matrices) {
                Tensor product = product(lefts.of(taken, matrix), rights.of(next, matrix));
                site.update(matrix.path(), PowerSgd.ERROR, value(matrix).add(product));
            }
        }
    }

    /** [R, rows], [R, columns] → [rows, columns]. */
    private static Tensor product(Tensor left, Tensor right) {
        return left.graph().emit(new MatMul(true, false), left, right);
    }

    /** The chunk's members and the gaps between them, in the units of gradients. */
    private Tensor result(Tensor left, Tensor right, Tensor sum, Tensor weight) {
        long plain = sum.type().elements() - lefts.elements();
        Tensor others =
                plain == 0 ? sum : view(sum, lefts.elements(), Shape.of(plain)).multiply(weight);
        Map<String, Matrix> byPath = new HashMap<>();
        matrices.forEach(matrix -> byPath.put(matrix.path(), matrix));
        List<Tensor> parts = new ArrayList<>();
        long end = 0;
        long taken = 0;
        for (GradientReducer.Chunk.Member member : site.chunk().members()) {
            if (member.offset() > end) {
                parts.add(sum.full(Shape.of(member.offset() - end), 0));
            }
            Matrix matrix = byPath.get(member.path());
            if (matrix == null) {
                parts.add(view(others, taken, member.shape()));
                taken += member.shape().elements();
            } else {
                parts.add(product(lefts.of(left, matrix), rights.of(right, matrix)));
            }
            end = member.offset() + member.shape().elements();
        }
        long elements = site.chunk().type().elements();
        return sum.graph().emit(new Pack(elements), parts).getFirst();
    }
}
