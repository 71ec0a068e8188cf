package dev.javelin.engine.trace;

import dev.javelin.api.TensorType;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Site;
import java.util.HashMap;
import java.util.Map;

/** What layers give: the type of the last value that a layer, or one below it, writes in the forward pass. */
public final class LayerOutputs {
    private LayerOutputs() {}

    /** By path of the layer; a layer that writes nothing is not there. */
    public static Map<String, TensorType> of(Program traced) {
        Map<String, TensorType> outputs = new HashMap<>();
        for (Instruction instruction : traced.instructions()) {
            if (instruction.site().phase() == Site.Phase.FORWARD
                    && !instruction.outputs().isEmpty()) {
                TensorType type = instruction.outputTypes().getFirst();
                String path = instruction.site().layer();
                while (!path.isEmpty()) {
                    outputs.put(path, type);
                    path = path.contains(".") ? path.substring(0, path.lastIndexOf('.')) : "";
                }
            }
        }
        return outputs;
    }
}
