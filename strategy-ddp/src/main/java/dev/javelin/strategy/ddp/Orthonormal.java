package dev.javelin.strategy.ddp;

import dev.javelin.api.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows made orthonormal by Gram and Schmidt, each row freed from those before it twice ("twice is enough": Giraud,
 * Langou, Rozložník, "The loss of orthogonality in the Gram-Schmidt orthogonalization process", 2005): a row that
 * depends on the others is left with rounding errors, which the second pass frees as well. A row of zeros stays so.
 */
final class Orthonormal {
    /** Added to squared norms: below the square of all that matters, above what FLOAT32 has as normal numbers. */
    private static final double TINY = 1e-36;

    private Orthonormal() {}

    /** [B, R, L] → the same for the rows of each of B matrices. */
    static Tensor rows(Tensor values) {
        List<Tensor> done = new ArrayList<>();
        for (int i = 0; i < values.dim(1); i++) {
            Tensor row = values.slice(1, i, 1); // [B, 1, L]
            if (i > 0) {
                Tensor before = joined(done); // [B, i, L]
                row = freed(freed(row, before), before);
            }
            Tensor norm = row.square().sum(2).add(TINY).rsqrt(); // [B, 1]
            done.add(row.multiply(norm.reshape(-1, 1, 1)));
        }
        return joined(done);
    }

    private static Tensor freed(Tensor row, Tensor before) {
        Tensor shares = row.matmulTransposed(before).negate(); // [B, 1, i]
        return row.add(shares.matmul(before));
    }

    private static Tensor joined(List<Tensor> rows) {
        Tensor first = rows.getFirst();
        return rows.size() == 1
                ? first
                : first.concat(1, rows.subList(1, rows.size()).toArray(Tensor[]::new));
    }
}
