package dev.javelin.spi.collective;

import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;

/** (value {@code [N * E]}) → this rank's shard {@code [E]} of the sum of the group's values. Floating, flat. */
public record ReduceScatter(Group group) implements Collective {
    @Override
    public String name() {
        return "reduce_scatter";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Rules.floating(name(), inputs);
        Rules.flat(name(), inputs, group.size());
        TensorType input = inputs.getFirst();
        return List.of(input.withShape(Shape.of(input.elements() / group.size())));
    }
}
