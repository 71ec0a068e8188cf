package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.GradientSite;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * Rotary positions: (x [.., T, heads · D], table [.., T, D]) → x with the first {@code turned} of its heads rotated, the
 * rest as they were. A row of the table holds cos θ_0 … cos θ_{D/2−1}, then the sines, of one position; it may be shared
 * by leading dims of x. In a head, the pair (i, i + D/2) is turned by θ_i:
 *
 * <pre>
 * y[i]       = x[i] · cos θ_i − x[i + D/2] · sin θ_i
 * y[i + D/2] = x[i + D/2] · cos θ_i + x[i] · sin θ_i
 * </pre>
 *
 * <p>Types: x floating, the result like x; the table of that type, or FLOAT32 where x has 16 bits.
 *
 * <p>The gradient turns back; none flows to the table. The output may share the memory of x.
 *
 * <p>Source: Su et al., "RoFormer: Enhanced transformer with rotary position embedding", arXiv:2104.09864, section
 * 3.2.2. It differs in its pairs, which are those of Llama in the layout of Hugging Face: halves, not neighbours.
 *
 * @param heads in the last dim of x
 * @param turned how many of them are rotated, from the first on
 * @param back turns by −θ
 */
public record Rotary(int heads, int turned, boolean back) implements Operation {

    public Rotary {
        if (heads < 1 || turned < 0 || turned > heads) {
            throw new JavelinException(
                    "JVL-API-0016",
                    "rotary: " + turned + " of " + heads + " heads to turn",
                    "turn no more heads than there are, for example those of the queries and the keys");
        }
    }

    /** Writes the table of {@link Tensor#rotaryTable}. */
    public static Tensor table(Tensor positions, long width, double base, DType dtype) {
        if (positions.dtype() != DType.INT32 || width < 2 || width % 2 != 0 || !(base > 0)) {
            throw new JavelinException(
                    "JVL-API-0017",
                    "rotary table: positions " + positions.type() + ", width " + width + ", base " + base,
                    "give I32 positions, an even width of a head and a base above 0, such as 10000");
        }
        TensorType exponents = TensorType.of(DType.FLOAT64, width / 2);
        Tensor frequencies = positions
                .iota(exponents, 0)
                .multiply(-2 * StrictMath.log(base) / width)
                .exp(); // [D/2]
        Tensor angles = Softmax.column(positions.cast(DType.FLOAT64)).multiply(frequencies); // [.., D/2]
        return angles.cos().concat(-1, angles.sin()).cast(dtype); // [.., D]
    }

    @Override
    public String name() {
        return back ? "rotary_back" : "rotary";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TypeRules.floating(name(), inputs.subList(0, 1));
        Shape x = inputs.get(0).shape();
        Shape table = inputs.get(1).shape();
        TypeRules.require(
                TypeRules.beside(inputs.get(0).dtype(), inputs.get(1))
                        && x.rank() >= 2
                        && x.dim(-1) % (2L * heads) == 0
                        && table.rank() >= 2
                        && table.rank() <= x.rank()
                        && table.equals(rows(x, table.rank()).insert(table.rank() - 1, x.dim(-1) / heads)),
                name(),
                inputs,
                "x [.., T, " + heads + " · D] with an even D and a table [.., T, D]");
        return List.of(inputs.get(0));
    }

    /** The last dims of x before its width, one fewer than {@code rank}. */
    private static Shape rows(Shape x, int rank) {
        Shape rows = x.without(-1);
        while (rows.rank() > rank - 1) {
            rows = rows.without(0);
        }
        return rows;
    }

    @Override
    public void gradient(GradientSite site) {
        if (site.wants(1)) {
            Operation.super.gradient(site);
        }
        Tensor dy = site.outputGradient(0);
        site.contribute(0, dy.graph().emit(new Rotary(heads, turned, !back), dy, site.input(1)));
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        DType dtype = inputs.get(0).dtype();
        Tensor x = inputs.get(0).cast(dtype.wide());
        long width = x.dim(-1) / heads;
        long half = width / 2;
        Shape split = x.shape().with(-1, heads).insert(x.shape().rank(), width);
        Tensor all = x.reshape(split); // [.., T, heads, D]
        Tensor table = inputs.get(1)
                .cast(dtype.wide())
                .reshape(inputs.get(1).shape().insert(inputs.get(1).shape().rank() - 1, 1));
        Tensor cos = table.slice(-1, 0, half); // [.., T, 1, D/2]
        Tensor sin = table.slice(-1, half, half);
        Tensor lead = all.slice(-2, 0, turned);
        Tensor left = lead.slice(-1, 0, half);
        Tensor right = lead.slice(-1, half, half);
        Tensor s = back ? sin.negate() : sin;
        Tensor y = left.multiply(cos)
                .subtract(right.multiply(s))
                .concat(-1, right.multiply(cos).add(left.multiply(s)));
        Tensor rest = all.slice(-2, turned, heads - turned);
        return Optional.of(List.of(
                (turned == heads ? y : y.concat(-2, rest)).reshape(x.shape()).cast(dtype)));
    }
}
