package dev.javelin.accelerator.none;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.Dropout;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.Select;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Plans for an imagined device that has a kernel for every operation of the api that computes, none with a workspace;
 * those that work element by element or row by row may work in place.
 */
final class NullPlanner implements DevicePlanner {
    private static final long ALIGNMENT_BYTES = 256;
    private static final double LAUNCH_SECONDS = 5e-6;

    private static final Set<Class<? extends Operation>> IN_PLACE = Set.of(
            Unary.class,
            Affine.class,
            Binary.class,
            Select.class,
            Cast.class,
            Gelu.class,
            GeluGradient.class,
            Dropout.class,
            Softmax.class,
            SoftmaxGradient.class,
            CrossEntropyGradient.class,
            FusedCrossEntropy.class);

    private final NullOptions options;

    NullPlanner(NullOptions options) {
        this.options = options;
    }

    @Override
    public String name() {
        return "null";
    }

    @Override
    public Set<DType> dtypes() {
        return EnumSet.allOf(DType.class);
    }

    @Override
    public long alignmentBytes() {
        return ALIGNMENT_BYTES;
    }

    @Override
    public long memoryBytes() {
        return options.memoryBytes();
    }

    @Override
    public Rates rates() {
        return new Rates(options.flopsPerSecond(), options.bytesPerSecond(), LAUNCH_SECONDS);
    }

    @Override
    public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return Flops.of(operation, inputs, outputs)
                .map(flops -> KernelPlan.of(flops, bytes(inputs) + bytes(outputs))
                        .withMayAlias(aliases(operation, inputs, outputs)));
    }

    private static double bytes(List<TensorType> types) {
        return types.stream().mapToDouble(TensorType::bytes).sum();
    }

    private static Alias[] aliases(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        List<Alias> pairs = new ArrayList<>();
        if (IN_PLACE.contains(operation.getClass())) {
            int written = operation instanceof FusedCrossEntropy ? 2 : 0; // loss and weight come first
            TensorType output = outputs.get(written);
            for (int i = 0; i < inputs.size(); i++) {
                TensorType input = inputs.get(i);
                if (input.shape().equals(output.shape())
                        && input.dtype().bytes() == output.dtype().bytes()) {
                    pairs.add(new Alias(written, i));
                }
            }
        }
        return pairs.toArray(Alias[]::new);
    }
}
