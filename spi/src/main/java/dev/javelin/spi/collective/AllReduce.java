package dev.javelin.spi.collective;

import dev.javelin.api.TensorType;
import java.util.List;
import java.util.OptionalInt;

/** (value) → the value's memory, holding the sum of the group's values. Any shape, floating. */
public record AllReduce(Group group) implements Collective {
    @Override
    public String name() {
        return "all_reduce";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Rules.floating(name(), inputs);
        return List.of(inputs.getFirst());
    }

    @Override
    public OptionalInt overwrites(int output) {
        return OptionalInt.of(0);
    }
}
