package dev.javelin.spi.device;

/** A kernel readied for one instruction: types, sizes and attributes are fixed, addresses are not. */
@FunctionalInterface
public interface Kernel {

    /**
     * Enqueues the work. Allocates no device memory. The arrays may be used again once this has returned.
     *
     * @param inputs addresses in the order of the operation's inputs
     * @param outputs addresses in the order of its outputs; those of must-alias pairs are equal to their inputs'
     * @param workspace address of the planned workspace; 0 if none was planned
     */
    void launch(DeviceQueue queue, long[] inputs, long[] outputs, long workspace);
}
