package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.accelerator.cuda.driver.Driver;

/** Copies the first bytes of an input to an output, unless they lie at one address. */
public record Copy(int input, int output, long bytes) implements Step {
    @Override
    public Work ready(Device device) {
        Driver driver = device.driver();
        return (stream, inputs, outputs, workspace) -> {
            if (inputs[input] != outputs[output]) {
                driver.copy(inputs[input], outputs[output], bytes, stream);
            }
        };
    }
}
