package dev.javelin.cli.exchange;

import dev.javelin.engine.checkpoint.ForeignLayout;
import dev.javelin.models.ModelSpec;
import dev.javelin.models.huggingface.HuggingFace;

/** The layouts that files of a model may have. */
final class Layouts {
    private Layouts() {}

    static ForeignLayout of(Format format, ModelSpec spec) {
        if (format == Format.SAFETENSORS) {
            return ForeignLayout.own(spec.module().model().allParameters().keySet());
        }
        HuggingFace family = HuggingFace.of(spec);
        return new ForeignLayout(
                family.tensors(spec).stream()
                        .map(tensor -> new ForeignLayout.Tensor(tensor.path(), tensor.name(), tensor.transposed()))
                        .toList(),
                family.prefix(),
                family.copies(spec),
                family::isConstant);
    }
}
