package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;

/**
 * Matrix product over the last two dims: op(a) [.., M, K] · op(b) [.., K, N] → [.., M, N], where op transposes if asked.
 * The leading dims of a and b are equal, or b is a single matrix shared by all of them (then a is not transposed).
 * Primitive.
 */
public record MatMul(boolean transposeA, boolean transposeB) implements Operation {
    @Override
    public String name() {
        return "matmul";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        return List.of(product(name(), inputs, transposeA, transposeB));
    }

    /** The type of the product of the first two inputs. */
    static TensorType product(String name, List<TensorType> inputs, boolean transposeA, boolean transposeB) {
        TypeRules.floating(name, inputs.subList(0, 2));
        Shape a = inputs.get(0).shape();
        Shape b = inputs.get(1).shape();
        TypeRules.require(a.rank() >= 2 && b.rank() >= 2, name, inputs, "operands of rank 2 or more");
        boolean shared = b.rank() == 2 && a.rank() > 2;
        TypeRules.require(!shared || !transposeA, name, inputs, "a shared right operand only without transposing a");
        Shape leading = leading(a);
        TypeRules.require(shared || leading.equals(leading(b)), name, inputs, "equal leading dims");
        long m = a.dim(transposeA ? -1 : -2);
        long k = a.dim(transposeA ? -2 : -1);
        long n = b.dim(transposeB ? -2 : -1);
        TypeRules.require(
                k == b.dim(transposeB ? -1 : -2), name, inputs, "equal inner extents, " + k + " from the left operand");
        return inputs.get(0).withShape(leading.insert(leading.rank(), m).insert(leading.rank() + 1, n));
    }

    private static Shape leading(Shape shape) {
        return shape.without(-1).without(-1);
    }

    @Override
    public void gradient(GradientSite site) {
        Tensor a = site.input(0);
        Tensor b = site.input(1);
        Tensor dy = site.outputGradient(0);
        if (site.wants(0)) {
            site.contribute(0, transposeA ? product(b, dy, transposeB, true) : product(dy, b, false, !transposeB));
        }
        if (site.wants(1)) {
            boolean shared = b.shape().rank() == 2 && a.shape().rank() > 2;
            Tensor rows = shared ? a.reshape(-1, a.dim(-1)) : a;
            Tensor dRows = shared ? dy.reshape(-1, dy.dim(-1)) : dy;
            site.contribute(
                    1, transposeB ? product(dRows, rows, true, transposeA) : product(rows, dRows, !transposeA, false));
        }
    }

    private static Tensor product(Tensor a, Tensor b, boolean transposeA, boolean transposeB) {
        return a.graph().emit(new MatMul(transposeA, transposeB), a, b);
    }
}
