package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.accelerator.cuda.driver.Stream;

/** A step that is ready to be enqueued, again and again. Allocates nothing. */
@FunctionalInterface
public interface Work {

    /**
     * @param inputs addresses of the instruction's inputs
     * @param outputs addresses of its outputs
     * @param workspace address of the planned workspace; 0 if none was planned
     */
    void enqueue(Stream stream, long[] inputs, long[] outputs, long workspace);
}
