package dev.javelin.spi.collective;

import dev.javelin.api.TensorType;
import java.util.List;

/**
 * (parts {@code [N * E]}) → {@code [N * E]}: part i of each rank goes to rank i, and lies there at the place of the rank
 * that it came from. Any dtype, flat.
 */
public record AllToAll(Group group) implements Collective {
    @Override
    public String name() {
        return "all_to_all";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Rules.flat(name(), inputs, group.size());
        return List.of(inputs.getFirst());
    }
}
