package dev.javelin.models;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Linear layers with GELU between them: [.., widths[0]] → [.., widths[last]]. Children {@code fc.0}, {@code fc.1}, …;
 * the input is cast to the type that the parameters have.
 */
public final class Mlp extends Layer {
    private final List<Linear> layers;

    /**
     * @param widths of the input, the hidden layers and the output
     */
    public Mlp(long... widths) {
        if (widths.length < 2) {
            throw new JavelinException(
                    "JVL-API-0031", "mlp: " + widths.length + " widths", "give the widths of the input and the output");
        }
        List<Linear> list = new ArrayList<>();
        for (int i = 0; i + 1 < widths.length; i++) {
            list.add(child("fc." + i, new Linear(widths[i], widths[i + 1])));
        }
        layers = List.copyOf(list);
    }

    @Override
    protected Tensor forward(Tensor input) { // [.., F]
        Tensor x = input.cast(layers.getFirst().dtype(input));
        for (Linear layer : layers.subList(0, layers.size() - 1)) {
            x = layer.apply(x).gelu();
        }
        return layers.getLast().apply(x);
    }
}
