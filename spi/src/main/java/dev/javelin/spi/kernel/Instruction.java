package dev.javelin.spi.kernel;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import java.util.ArrayList;
import java.util.List;

/** An operation with the types that it is applied to: what a kernel is chosen for. */
public record Instruction<O extends Operation>(O operation, List<TensorType> inputs, List<TensorType> outputs) {
    public Instruction {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    public TensorType input(int index) {
        return inputs.get(index);
    }

    public TensorType output(int index) {
        return outputs.get(index);
    }

    /** Shape of an input. */
    public Shape shape(int input) {
        return inputs.get(input).shape();
    }

    public DType dtype(int input) {
        return inputs.get(input).dtype();
    }

    /** True if every operand holds elements of this type. */
    public boolean isAll(DType dtype) {
        return inputs.stream().allMatch(type -> type.dtype() == dtype)
                && outputs.stream().allMatch(type -> type.dtype() == dtype);
    }

    /** Bytes of all inputs and outputs: the traffic of a kernel that touches each once. */
    public double bytes() {
        double sum = 0;
        for (TensorType type : inputs) {
            sum += type.bytes();
        }
        for (TensorType type : outputs) {
            sum += type.bytes();
        }
        return sum;
    }

    /** A plan of so many operations per element of the first output, touching every operand once. */
    public KernelPlan plan(double flopsPerElement) {
        return KernelPlan.of(flopsPerElement * output(0).elements(), bytes());
    }

    /**
     * The same, and the first output may lie on any input of its own shape and element size: right for kernels that
     * read element i of every such input before they write element i, and no other element after it.
     */
    public KernelPlan inPlacePlan(double flopsPerElement) {
        List<Alias> pairs = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (shape(i).equals(output(0).shape())
                    && dtype(i).bytes() == output(0).dtype().bytes()) {
                pairs.add(new Alias(0, i));
            }
        }
        return plan(flopsPerElement).withMayAlias(pairs.toArray(Alias[]::new));
    }
}
