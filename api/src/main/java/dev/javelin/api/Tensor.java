package dev.javelin.api;

import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.Embedding;
import dev.javelin.api.operation.ExactGelu;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.Reshape;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.Slice;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.StopGradient;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.Unary;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value of the program being written: a type and a number, not memory. Every method appends instructions to the
 * program and returns their result; shape errors appear here, with the layer's path and the caller's line.
 *
 * <p>Shapes in the comments: B batch, T positions, C width, V classes.
 */
public final class Tensor {
    private final Graph graph;
    private final int number;
    private final TensorType type;

    private Tensor(Graph graph, int number, TensorType type) {
        this.graph = graph;
        this.number = number;
        this.type = type;
    }

    /** For implementations of {@link Graph}: the value with this number in its program. */
    public static Tensor of(Graph graph, int number, TensorType type) {
        return new Tensor(graph, number, type);
    }

    public Graph graph() {
        return graph;
    }

    /** The number of this value in its graph. */
    public int number() {
        return number;
    }

    public TensorType type() {
        return type;
    }

    public Shape shape() {
        return type.shape();
    }

    public DType dtype() {
        return type.dtype();
    }

    /** Extent of a dim; negative indices count from the end. */
    public long dim(int index) {
        return type.shape().dim(index);
    }

    // Elementwise ------------------------------------------------------------------------------------------------

    /** Sum, with broadcasting. */
    public Tensor add(Tensor other) {
        return graph.emit(new Binary(Binary.Kind.ADD), this, other);
    }

    /** Difference, with broadcasting. */
    public Tensor subtract(Tensor other) {
        return graph.emit(new Binary(Binary.Kind.SUBTRACT), this, other);
    }

    /** Product, with broadcasting. */
    public Tensor multiply(Tensor other) {
        return graph.emit(new Binary(Binary.Kind.MULTIPLY), this, other);
    }

    /** Quotient, with broadcasting. */
    public Tensor divide(Tensor other) {
        return graph.emit(new Binary(Binary.Kind.DIVIDE), this, other);
    }

    /** The larger of two, with broadcasting; NaN if either is. The gradient of a tie goes to this tensor. */
    public Tensor maximum(Tensor other) {
        return graph.emit(new Binary(Binary.Kind.MAXIMUM), this, other);
    }

    /** The smaller of two, with broadcasting; NaN if either is. The gradient of a tie goes to this tensor. */
    public Tensor minimum(Tensor other) {
        return graph.emit(new Binary(Binary.Kind.MINIMUM), this, other);
    }

    public Tensor add(double constant) {
        return graph.emit(new Affine(1, constant), this);
    }

    public Tensor multiply(double constant) {
        return graph.emit(new Affine(constant, 0), this);
    }

    public Tensor negate() {
        return multiply(-1);
    }

    /** All values limited to [low, high]. */
    public Tensor clamp(double low, double high) {
        return maximum(full(Shape.scalar(), low)).minimum(full(Shape.scalar(), high));
    }

    public Tensor exp() {
        return unary(Unary.Kind.EXP);
    }

    /** Natural logarithm. */
    public Tensor log() {
        return unary(Unary.Kind.LOG);
    }

    public Tensor sqrt() {
        return unary(Unary.Kind.SQRT);
    }

    /** 1 / sqrt(x). */
    public Tensor rsqrt() {
        return unary(Unary.Kind.RSQRT);
    }

    public Tensor reciprocal() {
        return unary(Unary.Kind.RECIPROCAL);
    }

    public Tensor tanh() {
        return unary(Unary.Kind.TANH);
    }

    public Tensor sigmoid() {
        return unary(Unary.Kind.SIGMOID);
    }

    public Tensor relu() {
        return unary(Unary.Kind.RELU);
    }

    public Tensor square() {
        return unary(Unary.Kind.SQUARE);
    }

    public Tensor abs() {
        return unary(Unary.Kind.ABS);
    }

    /** Sine of an angle in radians. */
    public Tensor sin() {
        return unary(Unary.Kind.SIN);
    }

    /** Cosine of an angle in radians. */
    public Tensor cos() {
        return unary(Unary.Kind.COS);
    }

    /** The error function. */
    public Tensor erf() {
        return unary(Unary.Kind.ERF);
    }

    private Tensor unary(Unary.Kind kind) {
        return graph.emit(new Unary(kind), this);
    }

    /** x · sigmoid(x). */
    public Tensor silu() {
        return graph.emit(new Silu(), this);
    }

    /**
     * SwiGLU: silu(gate) · up, with the gate in the first half of the last dim and up in the second: [.., 2F] → [.., F].
     */
    public Tensor swiGlu() {
        return graph.emit(new SwiGlu(), this);
    }

    /** GELU in its tanh form, as GPT-2 uses it. */
    public Tensor gelu() {
        return graph.emit(new Gelu(), this);
    }

    /** GELU by the error function: x · Φ(x), as BERT uses it and PyTorch without further words. */
    public Tensor exactGelu() {
        return graph.emit(new ExactGelu(), this);
    }

    /** BOOL: this &lt; other, with broadcasting. */
    public Tensor less(Tensor other) {
        return graph.emit(new Compare(Compare.Kind.LESS), this, other);
    }

    /** BOOL: this = other, with broadcasting. */
    public Tensor equal(Tensor other) {
        return graph.emit(new Compare(Compare.Kind.EQUAL), this, other);
    }

    /** Where this BOOL tensor holds: {@code yes}, elsewhere {@code no}; all three broadcast. */
    public Tensor select(Tensor yes, Tensor no) {
        return graph.emit(new Select(), this, yes, no);
    }

    public Tensor cast(DType dtype) {
        return dtype == dtype() ? this : graph.emit(new Cast(dtype), this);
    }

    // Shapes -----------------------------------------------------------------------------------------------------

    /** The same elements in row-major order under another shape; one extent may be -1. No copy. */
    public Tensor reshape(long... dims) {
        Shape target = Reshape.resolve(shape(), dims);
        return target.equals(shape()) ? this : graph.emit(new Reshape(target), this);
    }

    public Tensor reshape(Shape target) {
        return reshape(target.toArray());
    }

    /** Reorders the dims: dim i of the result is dim {@code order[i]} of this. */
    public Tensor permute(int... order) {
        List<Integer> dims = new ArrayList<>();
        for (int dim : order) {
            dims.add(shape().index(dim));
        }
        return graph.emit(new Permute(dims), this);
    }

    /** Exchanges the last two dims. */
    public Tensor transpose() {
        int rank = shape().rank();
        int[] order = new int[rank];
        for (int i = 0; i < rank; i++) {
            order[i] = i;
        }
        order[rank - 1] = rank - 2;
        order[rank - 2] = rank - 1;
        return permute(order);
    }

    /** {@code length} positions of one dim, from {@code start}. A slice of the first dim is no copy. */
    public Tensor slice(int dim, long start, long length) {
        int at = shape().index(dim);
        return start == 0 && length == dim(at) ? this : graph.emit(new Slice(at, start, length), this);
    }

    /** This tensor and others one after the other along a dim. */
    public Tensor concat(int dim, Tensor... others) {
        List<Tensor> all = new ArrayList<>(List.of(this));
        all.addAll(List.of(others));
        return graph.emit(new Concat(shape().index(dim)), all).getFirst();
    }

    /** Repeats dims of extent 1 (and missing leading dims) up to a shape. */
    public Tensor broadcastTo(Shape target) {
        return target.equals(shape()) ? this : graph.emit(new BroadcastTo(target), this);
    }

    // Reductions -------------------------------------------------------------------------------------------------

    /** Sum over dims (all dims if none is named); the dims disappear. */
    public Tensor sum(int... dims) {
        return Reduce.emit(Reduce.Kind.SUM, this, dims);
    }

    /** Largest value over dims (all dims if none is named); the dims disappear. No gradient. */
    public Tensor max(int... dims) {
        return Reduce.emit(Reduce.Kind.MAX, this, dims);
    }

    /** Mean over dims (all dims if none is named); the dims disappear. */
    public Tensor mean(int... dims) {
        Tensor sum = sum(dims);
        return sum.multiply((double) sum.type().elements() / type.elements());
    }

    /** Sums away whatever broadcasting from {@code target} to this shape had repeated. */
    public Tensor sumTo(Shape target) {
        return Reduce.sumTo(this, target);
    }

    // Layers' operations -----------------------------------------------------------------------------------------

    /** Matrix product over the last two dims: [.., M, K] · [.., K, N] → [.., M, N]; a rank-2 operand is shared. */
    public Tensor matmul(Tensor other) {
        return graph.emit(new MatMul(false, false), this, other);
    }

    /** This · otherᵀ: [.., M, K] · [.., N, K] → [.., M, N]. */
    public Tensor matmulTransposed(Tensor other) {
        return graph.emit(new MatMul(false, true), this, other);
    }

    /** x · weightᵀ + bias for weight [out, in] and bias [out]: [.., in] → [.., out]. */
    public Tensor linear(Tensor weight, @Nullable Tensor bias) {
        Tensor product = matmulTransposed(weight);
        return bias == null ? product : product.add(bias);
    }

    /** Rows of {@code table} [V, C] chosen by these INT32 ids: [..] → [.., C]. */
    public Tensor lookup(Tensor table) {
        return graph.emit(new Embedding(), table, this);
    }

    /** Softmax over the last dim. */
    public Tensor softmax() {
        return graph.emit(new Softmax(), this);
    }

    /** Layer norm over the last dim with scale and shift [C]. */
    public Tensor layerNorm(Tensor scale, Tensor shift, double epsilon) {
        return graph.emit(new LayerNorm(epsilon), this, scale, shift);
    }

    /** x / √(mean(x²) + ε) · scale over the last dim, with scale [C]. */
    public Tensor rmsNorm(Tensor scale, double epsilon) {
        return graph.emit(new RmsNorm(epsilon), this, scale);
    }

    /**
     * Cosines and sines for {@link #rotary}: INT32 positions [..] → [.., D], of position p the cosines of p · base^(−2i/D)
     * for i from 0 to D/2−1, then the sines. Computed in 64-bit, so that far positions keep their angle.
     *
     * @param width D of a head; even
     * @param base 10000 in the paper
     * @param dtype of the result
     * @throws JavelinException {@code JVL-API-0017} if the positions are not INT32, the width is odd or the base is not
     *     greater than 0
     */
    public Tensor rotaryTable(long width, double base, DType dtype) {
        return Rotary.table(this, width, base, dtype);
    }

    /**
     * Rotary positions: turns the first {@code turned} of the heads in the last dim, [.., T, heads · D], by the angles of
     * a {@link #rotaryTable} [.., T, D], each pair (i, i + D/2) by its own; the other heads stay as they are.
     */
    public Tensor rotary(Tensor table, int heads, int turned) {
        return graph.emit(new Rotary(heads, turned, false), this, table);
    }

    /**
     * Self-attention over a packed projection: [B, T, (heads + 2 · kvHeads) · D], the query heads first, then key heads,
     * then value heads → [B, T, heads · D]. Scores are scaled by 1/√D.
     */
    public Tensor attention(int heads, int kvHeads, boolean causal) {
        return graph.emit(new Attention(heads, kvHeads, causal), List.of(this)).getFirst();
    }

    /**
     * This cache [B, K, S, D], updated in place: row t of sequence b of {@code rows} [B, T, K·D] is at position
     * {@code positions[b, t]} (INT32 [B, T]) from now on, unless that is negative or not below S. Only the result may be
     * read afterwards. See {@link Graph#state}.
     */
    public Tensor writeRows(Tensor rows, Tensor positions) {
        return graph.emit(new CacheWrite(), this, rows, positions);
    }

    /**
     * Attention of these queries [B, T, heads · D] over cached keys and values [B, kvHeads, S, D] → [B, T, heads · D]. The
     * query at position p = {@code positions[b, t]} (INT32 [B, T]) sees the cached positions 0 to p.
     */
    public Tensor cachedAttention(Tensor keys, Tensor values, Tensor positions) {
        return graph.emit(new CachedAttention(), this, keys, values, positions);
    }

    /** Sets each element to 0 with this probability and scales the rest by 1/(1−p); itself outside training. */
    public Tensor dropout(double probability) {
        if (probability == 0 || !graph.training()) {
            return this;
        }
        return graph.emit(new Dropout(probability, graph.randomCall()), this, graph.random());
    }

    /** Cross-entropy of logits [.., V] against INT32 targets [..]: summed, with the number of targets not ignored. */
    public Loss crossEntropy(Tensor targets, int ignoredTarget) {
        Tensor rows = reshape(-1, dim(-1)); // [N, V]
        List<Tensor> result = graph.emit(new CrossEntropy(ignoredTarget), List.of(rows, targets.reshape(-1)));
        return new Loss(result.get(0), result.get(1));
    }

    /**
     * Mean squared error of predictions [rows, ..] against targets of the same type: the squares of a row, averaged, and
     * summed over rows; the weight is the number of rows. Without dims a single row. Where the last batch may be padded,
     * use {@link #meanSquaredError(Tensor, Tensor)}.
     */
    public Loss meanSquaredError(Tensor target) {
        Tensor rows = squaredErrors(target); // [rows]
        return new Loss(rows.sum(), full(Shape.scalar(), rows.type().elements()));
    }

    /**
     * The same with a weight for each row, as {@link Step#rowWeights()} has them: rows of weight 0 count for nothing.
     *
     * @param rowWeights [rows]
     */
    public Loss meanSquaredError(Tensor target, Tensor rowWeights) {
        Tensor rows = squaredErrors(target); // [rows]
        Tensor weights = rowWeights.cast(rows.dtype());
        return new Loss(rows.multiply(weights).sum(), weights.sum());
    }

    /** The mean square of each row's differences, [rows], in the wide type. */
    private Tensor squaredErrors(Tensor target) {
        if (!shape().equals(target.shape())) {
            throw new JavelinException(
                    "JVL-API-0018",
                    "mean squared error: predictions " + type + " against targets " + target.type(),
                    "give both one shape: broadcasting would compare each prediction with every target");
        }
        DType wide = dtype().wide();
        Tensor squares = cast(wide).subtract(target.cast(wide)).square();
        return shape().rank() <= 1
                ? squares.reshape(-1)
                : squares.reshape(dim(0), -1).mean(1);
    }

    /** The same value, through which no gradient flows. */
    public Tensor stopGradient() {
        return graph.emit(new StopGradient(), this);
    }

    // Constants --------------------------------------------------------------------------------------------------

    /** A constant tensor of this tensor's dtype. */
    public Tensor full(Shape shape, double value) {
        return graph.emit(new Fill(new TensorType(dtype(), shape), value));
    }

    /** 0, 1, 2, … along a dim, in a tensor of the given type. */
    public Tensor iota(TensorType type, int dim) {
        return graph.emit(new Iota(type, dim));
    }

    // Values -----------------------------------------------------------------------------------------------------

    /**
     * Always fails: while a program is written, a tensor has no value that Java could branch on.
     *
     * @throws JavelinException {@code JVL-API-0009}
     */
    public double item() {
        throw new JavelinException(
                "JVL-API-0009",
                "the value of " + this + " was asked for while the program is being written",
                "a Java 'if' or loop cannot depend on a tensor's value: use select(), or log() and print() to see values");
    }

    @Override
    public String toString() {
        return "%" + number + " " + type;
    }
}
