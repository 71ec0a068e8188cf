package dev.javelin.engine.differentiate;

import static dev.javelin.engine.differentiate.GradientCase.dims;

import dev.javelin.api.DType;
import dev.javelin.api.Shape;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.Pad;
import dev.javelin.engine.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;

/** A function for every differentiable operation, in all its forms. Shapes are odd on purpose. */
final class GradientCases {
    private GradientCases() {}

    static Stream<GradientCase> all() {
        return Stream.of(
                        unary(), binary(), choices(), shapes(), products(), fused(), layers(), attention(), structure())
                .flatMap(List::stream);
    }

    private static List<GradientCase> unary() {
        return List.of(
                GradientCase.of("exp", Tensor::exp, 3, 5),
                GradientCase.of("log", Tensor::log, 3, 5).within(0.3, 3),
                GradientCase.of("sqrt", Tensor::sqrt, 3, 5).within(0.3, 3),
                GradientCase.of("rsqrt", Tensor::rsqrt, 3, 5).within(0.3, 3),
                GradientCase.of("reciprocal", Tensor::reciprocal, 3, 5).within(-3, -0.4),
                GradientCase.of("tanh", Tensor::tanh, 3, 5),
                GradientCase.of("sigmoid", Tensor::sigmoid, 3, 5),
                GradientCase.of("silu", Tensor::silu, 3, 5),
                GradientCase.of("relu above 0", Tensor::relu, 7).within(0.1, 2),
                GradientCase.of("relu below 0", Tensor::relu, 7).within(-2, -0.1),
                GradientCase.of("relu around 0", Tensor::relu, 31),
                GradientCase.of("square", Tensor::square, 3, 5),
                GradientCase.of("abs", Tensor::abs, 31),
                GradientCase.of("sin", Tensor::sin, 3, 5),
                GradientCase.of("cos", Tensor::cos, 3, 5),
                GradientCase.of("erf", Tensor::erf, 3, 5),
                GradientCase.of("affine", x -> x.multiply(-2.5).add(0.75), 3, 5),
                GradientCase.of("a scalar", x -> x.square().exp()),
                GradientCase.of("gelu", Tensor::gelu, 3, 5),
                GradientCase.of("gelu far out", Tensor::gelu, 9).within(-5, 5),
                GradientCase.of("exact gelu", Tensor::exactGelu, 3, 5),
                GradientCase.of("exact gelu far out", Tensor::exactGelu, 9).within(-5, 5),
                GradientCase.of("silu far out", Tensor::silu, 9).within(-20, 20),
                GradientCase.of("SwiGLU", Tensor::swiGlu, 3, 10),
                GradientCase.of("SwiGLU of rank 3", x -> x.swiGlu().square(), 2, 3, 2));
    }

    private static List<GradientCase> binary() {
        List<GradientCase> cases = new ArrayList<>();
        cases.addAll(broadcast("add", Tensor::add));
        cases.addAll(broadcast("subtract", Tensor::subtract));
        cases.addAll(broadcast("multiply", Tensor::multiply));
        broadcast("divide", Tensor::divide).forEach(one -> cases.add(one.within(0.5, 2)));
        cases.addAll(broadcast("maximum", Tensor::maximum));
        cases.addAll(broadcast("minimum", Tensor::minimum));
        cases.add(GradientCase.of("multiply by itself", x -> x.multiply(x), 3, 5));
        cases.add(GradientCase.of("add to itself", x -> x.add(x), 3, 5));
        cases.add(
                GradientCase.of("divide itself", x -> x.add(3).divide(x), 3, 5).within(0.5, 2));
        return cases;
    }

    private static List<GradientCase> broadcast(String name, BinaryOperator<Tensor> operation) {
        GradientCase.Body body = (x, step) -> operation.apply(x.get(0), x.get(1));
        return List.of(
                GradientCase.of(name + ", equal shapes", body, dims(3, 5), dims(3, 5)),
                GradientCase.of(name + ", a scalar at the right", body, dims(3, 5), dims()),
                GradientCase.of(name + ", a scalar at the left", body, dims(), dims(3, 5)),
                GradientCase.of(name + ", a row", body, dims(2, 3, 5), dims(5)),
                GradientCase.of(name + ", a column", body, dims(3, 5), dims(3, 1)),
                GradientCase.of(name + ", a column at the left", body, dims(3, 1), dims(2, 3, 5)),
                GradientCase.of(name + ", both stretched", body, dims(2, 1, 5), dims(3, 1)),
                GradientCase.of(name + ", inner and outer dims of 1", body, dims(1, 3, 1), dims(2, 1, 5)),
                GradientCase.of(name + ", one element of higher rank", body, dims(3), dims(1, 1)));
    }

    private static List<GradientCase> choices() {
        return List.of(
                GradientCase.of(
                        "select",
                        (x, step) -> x.get(0)
                                .less(x.get(1))
                                .select(x.get(1).exp(), x.get(2).multiply(x.get(0))),
                        dims(3, 5),
                        dims(3, 5),
                        dims(3, 5)),
                GradientCase.of(
                                "select with a broadcast condition",
                                (x, step) -> step.input("flags")
                                        .equal(step.input("one"))
                                        .select(x.get(0), x.get(1)),
                                dims(2, 3),
                                dims(2, 3))
                        .withField("flags", Array.of(Shape.of(3), 1, 0, 1))
                        .withField("one", Array.of(Shape.scalar(), 1)),
                GradientCase.of(
                                "select with broadcast branches",
                                (x, step) -> step.input("flags")
                                        .equal(step.input("one"))
                                        .select(x.get(0), x.get(1)),
                                dims(2, 1),
                                dims())
                        .withField("flags", Array.of(Shape.of(3), 1, 0, 1))
                        .withField("one", Array.of(Shape.scalar(), 1)),
                GradientCase.of("clamp", x -> x.clamp(-0.7, 0.6), 31));
    }

    private static List<GradientCase> shapes() {
        return List.of(
                GradientCase.of("sum of all", x -> x.square().sum(), 2, 3, 5),
                GradientCase.of("sum over the last dim", x -> x.square().sum(-1), 2, 3, 5),
                GradientCase.of("sum over the first dim", x -> x.square().sum(0), 2, 3, 5),
                GradientCase.of("sum over the middle dim", x -> x.square().sum(1), 2, 3, 5),
                GradientCase.of("sum over the outer dims", x -> x.square().sum(0, 2), 2, 3, 5),
                GradientCase.of("mean", x -> x.square().mean(1), 2, 3, 5),
                GradientCase.of("sum to a shape", x -> x.exp().sumTo(Shape.of(3, 1)), 2, 3, 5),
                GradientCase.of(
                        "broadcast", x -> x.broadcastTo(Shape.of(2, 3, 5)).tanh(), 3, 1),
                GradientCase.of(
                        "broadcast of a scalar",
                        x -> x.broadcastTo(Shape.of(2, 3)).exp()),
                GradientCase.of("reshape", x -> x.reshape(5, -1).sum(0).square(), 2, 3, 5),
                GradientCase.of(
                        "permute", x -> x.permute(2, 0, 1).slice(0, 1, 3).exp(), 2, 3, 5),
                GradientCase.of(
                        "permute of four dims", x -> x.permute(0, 2, 1, 3).slice(1, 0, 1), 2, 3, 2, 3),
                GradientCase.of("transpose", x -> x.transpose().slice(0, 2, 2), 3, 5),
                GradientCase.of("slice that is a view", x -> x.slice(0, 1, 2).square(), 4, 3),
                GradientCase.of(
                        "slice that is a view below dims of 1",
                        x -> x.slice(1, 1, 2).square(),
                        1,
                        4,
                        3),
                GradientCase.of("slice that is a copy", x -> x.slice(1, 1, 2).square(), 3, 4, 2),
                GradientCase.of("overlapping slices", x -> x.slice(0, 0, 3).multiply(x.slice(0, 1, 3)), 4, 2),
                GradientCase.of("pad", x -> x.graph().emit(new Pad(1, 2, 6), x).exp(), 2, 3),
                GradientCase.of(
                        "concat along the first dim",
                        (x, step) -> x.get(0).concat(0, x.get(1), x.get(0)).square(),
                        dims(2, 3),
                        dims(1, 3)),
                GradientCase.of(
                        "concat along the last dim",
                        (x, step) -> x.get(0).concat(-1, x.get(1)).exp(),
                        dims(2, 3),
                        dims(2, 2)));
    }

    private static List<GradientCase> products() {
        List<GradientCase> cases = new ArrayList<>();
        for (boolean a : new boolean[] {false, true}) {
            for (boolean b : new boolean[] {false, true}) {
                String name = "matmul" + (a ? ", left transposed" : "") + (b ? ", right transposed" : "");
                GradientCase.Body body = (x, step) -> x.get(0)
                        .graph()
                        .emit(new MatMul(a, b), x.get(0), x.get(1))
                        .square();
                long[] left = a ? dims(5, 3) : dims(3, 5);
                long[] right = b ? dims(2, 5) : dims(5, 2);
                cases.add(GradientCase.of(name, body, left, right));
                cases.add(GradientCase.of(name + ", batched", body, batched(left, 2), batched(right, 2)));
                cases.add(GradientCase.of(
                        name + ", batched twice", body, batched(batched(left, 2), 3), batched(batched(right, 2), 3)));
                if (!a) {
                    cases.add(GradientCase.of(name + ", shared right operand", body, batched(left, 2), right));
                    cases.add(GradientCase.of(
                            name + ", right operand shared twice", body, batched(batched(left, 2), 2), right));
                }
            }
        }
        cases.add(GradientCase.of("matmul with itself", x -> x.matmulTransposed(x), 3, 4));
        cases.add(GradientCase.of("matmul of one row", (x, step) -> x.get(0).matmul(x.get(1)), dims(1, 4), dims(4, 1)));
        return cases;
    }

    private static long[] batched(long[] dims, long batch) {
        long[] more = new long[dims.length + 1];
        more[0] = batch;
        System.arraycopy(dims, 0, more, 1, dims.length);
        return more;
    }

    private static List<GradientCase> fused() {
        return List.of(
                GradientCase.of(
                        "linear with bias",
                        (x, step) -> x.get(0).linear(x.get(1), x.get(2)).square(),
                        dims(2, 3, 5),
                        dims(4, 5),
                        dims(4)),
                GradientCase.of(
                        "linear with bias and gelu",
                        (x, step) -> x.get(0).linear(x.get(1), x.get(2)).gelu(),
                        dims(3, 5),
                        dims(4, 5),
                        dims(4)),
                GradientCase.of(
                        "linear and gelu without bias",
                        (x, step) -> x.get(0).linear(x.get(1), null).gelu(),
                        dims(3, 5),
                        dims(4, 5)),
                GradientCase.of(
                        "linear and gelu whose argument is read again",
                        (x, step) -> {
                            Tensor h = x.get(0).linear(x.get(1), x.get(2));
                            return h.gelu().add(h.square());
                        },
                        dims(3, 5),
                        dims(4, 5),
                        dims(4)),
                GradientCase.of(
                        "linear and residual",
                        (x, step) -> x.get(0)
                                .linear(x.get(1), x.get(2))
                                .add(x.get(3))
                                .square(),
                        dims(3, 5),
                        dims(4, 5),
                        dims(4),
                        dims(3, 4)),
                GradientCase.of(
                        "residual first",
                        (x, step) -> x.get(2).add(x.get(0).matmul(x.get(1))).square(),
                        dims(3, 5),
                        dims(5, 5),
                        dims(3, 5)),
                GradientCase.of(
                        "sum of two products",
                        (x, step) -> x.get(0)
                                .matmul(x.get(1))
                                .add(x.get(1).matmul(x.get(0)))
                                .square(),
                        dims(3, 3),
                        dims(3, 3)));
    }

    private static List<GradientCase> layers() {
        return List.of(
                GradientCase.of("softmax", Tensor::softmax, 3, 7),
                GradientCase.of("softmax of rank 3", x -> x.softmax().square(), 2, 3, 3),
                GradientCase.of("softmax of large numbers", Tensor::softmax, 2, 5)
                        .within(-40, 40),
                GradientCase.of(
                        "layer norm",
                        (x, step) -> x.get(0).layerNorm(x.get(1), x.get(2), 1e-5),
                        dims(2, 3, 7),
                        dims(7),
                        dims(7)),
                GradientCase.of(
                        "layer norm of one row and a large epsilon",
                        (x, step) -> x.get(0).layerNorm(x.get(1), x.get(2), 0.5),
                        dims(5),
                        dims(5),
                        dims(5)),
                GradientCase.of("RMS norm", (x, step) -> x.get(0).rmsNorm(x.get(1), 1e-5), dims(2, 3, 7), dims(7)),
                GradientCase.of(
                        "RMS norm of one row and a large epsilon",
                        (x, step) -> x.get(0).rmsNorm(x.get(1), 0.5).square(),
                        dims(5),
                        dims(5)),
                GradientCase.of(
                        "layer norm of a sum that passes by it",
                        (x, step) -> {
                            Tensor sum = x.get(0).add(x.get(1));
                            return sum.layerNorm(x.get(2), x.get(3), 1e-5).add(sum.square());
                        },
                        dims(2, 3, 7),
                        dims(3, 7),
                        dims(7),
                        dims(7)),
                GradientCase.of(
                        "RMS norm of a sum that passes by it",
                        (x, step) -> {
                            Tensor sum = x.get(0).add(x.get(1));
                            return sum.rmsNorm(x.get(2), 1e-5).add(sum.square());
                        },
                        dims(2, 3, 7),
                        dims(2, 3, 7),
                        dims(7)),
                GradientCase.of(
                                "rotary positions",
                                (x, step) ->
                                        x.get(0).rotary(table(step, 4), 3, 2).square(),
                                dims(2, 3, 12))
                        .withField("positions", Array.of(Shape.of(3), 0, 1, 9)),
                GradientCase.of(
                                "rotary positions of each sequence, all heads, twice",
                                (x, step) -> x.get(0)
                                        .rotary(table(step, 2), 2, 2)
                                        .rotary(table(step, 2), 2, 2)
                                        .exp(),
                                dims(2, 2, 4))
                        .withField("positions", Array.of(Shape.of(2, 2), 5, 6, 0, 1)),
                GradientCase.of(
                        "mean squared error",
                        (x, step) -> x.get(0).meanSquaredError(x.get(1)).sum(),
                        dims(3, 2, 5),
                        dims(3, 2, 5)),
                GradientCase.of(
                        "mean squared error of weighted rows",
                        (x, step) ->
                                x.get(0).meanSquaredError(x.get(1), x.get(2)).sum(),
                        dims(4),
                        dims(4),
                        dims(4)),
                GradientCase.of(
                                "embedding with repeated ids",
                                (x, step) -> step.input("ids").lookup(x.get(0)).square(),
                                dims(5, 3))
                        .withField("ids", Array.of(Shape.of(2, 4), 1, 0, 3, 1, 1, 3, 4, 0)),
                GradientCase.of("dropout", x -> x.dropout(0.4).square(), 5, 7),
                GradientCase.of("two dropouts of one layer", x -> x.dropout(0.3).multiply(x.dropout(0.3)), 5, 7),
                GradientCase.of(
                                "cross-entropy",
                                (x, step) -> x.get(0)
                                        .crossEntropy(step.input("ids"), -1)
                                        .sum(),
                                dims(4, 7))
                        .withField("ids", Array.of(Shape.of(4), 1, 0, 6, 3)),
                GradientCase.of(
                                "cross-entropy with ignored targets, scaled",
                                (x, step) -> x.get(0)
                                        .crossEntropy(step.input("ids"), -1)
                                        .sum()
                                        .multiply(-1.7),
                                dims(2, 3, 5))
                        .withField("ids", Array.of(Shape.of(2, 3), 1, -1, 4, -1, 0, 2)),
                GradientCase.of(
                                "cross-entropy whose gradient depends on it",
                                (x, step) -> x.get(0)
                                        .crossEntropy(step.input("ids"), -1)
                                        .sum()
                                        .square(),
                                dims(3, 5))
                        .withField("ids", Array.of(Shape.of(3), 4, -1, 2)),
                GradientCase.of(
                                "two cross-entropies, added",
                                (x, step) -> x.get(0)
                                        .square()
                                        .crossEntropy(step.input("ids"), -1)
                                        .sum()
                                        .add(x.get(1)
                                                .multiply(0.7)
                                                .crossEntropy(step.input("ids"), -1)
                                                .sum()
                                                .multiply(-0.4)),
                                dims(3, 5),
                                dims(3, 4))
                        .withField("ids", Array.of(Shape.of(3), 3, -1, 1)),
                GradientCase.of(
                                "cross-entropy with all targets ignored",
                                (x, step) -> x.get(0)
                                        .crossEntropy(step.input("ids"), 2)
                                        .sum(),
                                dims(2, 5))
                        .withField("ids", Array.of(Shape.of(2), 2, 2)));
    }

    private static Tensor table(Step step, long width) {
        return step.input("positions").rotaryTable(width, 100, DType.FLOAT64);
    }

    private static List<GradientCase> attention() {
        List<GradientCase> cases = new ArrayList<>();
        for (boolean causal : new boolean[] {true, false}) {
            String name = causal ? "causal attention" : "full attention";
            cases.add(GradientCase.of(name, x -> x.attention(2, 2, causal), 2, 5, 18));
            cases.add(GradientCase.of(name + ", one head, one position", x -> x.attention(1, 1, causal), 2, 1, 9));
            cases.add(GradientCase.of(name + ", grouped heads", x -> x.attention(4, 2, causal), 1, 4, 16));
            cases.add(GradientCase.of(
                    name + ", one key head", x -> x.attention(3, 1, causal).square(), 2, 3, 15));
        }
        return cases;
    }

    private static List<GradientCase> structure() {
        return List.of(
                GradientCase.of(
                                "a parameter used three times",
                                (x, step) -> step.input("ids")
                                        .lookup(x.get(0))
                                        .matmulTransposed(x.get(0))
                                        .add(x.get(0).sum()),
                                dims(5, 3))
                        .withField("ids", Array.of(Shape.of(4), 1, 0, 3, 1)),
                GradientCase.of(
                        "two parameters with one gradient",
                        (x, step) -> x.get(0).add(x.get(1)).add(x.get(2)),
                        dims(3, 5),
                        dims(3, 5),
                        dims(3, 5)),
                GradientCase.of(
                        "a parameter whose gradient is a view of another's",
                        (x, step) ->
                                x.get(0).reshape(15).add(x.get(1)).reshape(5, 3).add(x.get(2)),
                        dims(3, 5),
                        dims(15),
                        dims(5, 3)),
                GradientCase.of(
                        "a gradient that is a leading part of another",
                        (x, step) -> x.get(0).concat(0, x.get(1)).square().add(x.get(2)),
                        dims(2, 3),
                        dims(3, 3),
                        dims(5, 3)));
    }
}
