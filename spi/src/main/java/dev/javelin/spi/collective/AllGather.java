package dev.javelin.spi.collective;

import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;

/** (shard {@code [E]}) → the shards of the group in the order of its ranks, {@code [N * E]}. Any dtype, flat. */
public record AllGather(Group group) implements Collective {
    @Override
    public String name() {
        return "all_gather";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Rules.flat(name(), inputs, 1);
        TensorType input = inputs.getFirst();
        return List.of(input.withShape(Shape.of(Math.multiplyExact(input.elements(), group.size()))));
    }
}
