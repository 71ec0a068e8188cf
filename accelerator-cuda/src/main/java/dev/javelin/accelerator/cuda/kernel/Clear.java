package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.accelerator.cuda.kernel.Parameter.Address;
import dev.javelin.accelerator.cuda.kernel.Parameter.Operand;

/** Fills a range of an operand with zero bytes. */
public record Clear(Address place, long bytes) implements Step {

    /** All or the first bytes of an output. */
    public static Clear output(int index, long bytes) {
        return new Clear(new Address(Operand.OUTPUT, index, 0), bytes);
    }

    /** A range of the workspace. */
    public static Clear workspace(long offsetBytes, long bytes) {
        return new Clear(new Address(Operand.WORKSPACE, 0, offsetBytes), bytes);
    }

    @Override
    public Work ready(Device device) {
        Driver driver = device.driver();
        return (stream, inputs, outputs, workspace) -> {
            long base = switch (place.operand()) {
                case INPUT -> inputs[place.index()];
                case OUTPUT -> outputs[place.index()];
                case WORKSPACE -> workspace;
            };
            driver.fill(base + place.offsetBytes(), bytes, (byte) 0, stream);
        };
    }
}
