package dev.javelin.spi.device;

/** What a queue is for. */
public enum QueueRole {
    /** Kernels, and copies within the device. */
    COMPUTE,
    /** Collectives. */
    COMMUNICATION,
    /** Copies of what the next work needs, while the present work goes on. */
    TO_DEVICE,
    /** Copies of results. */
    TO_HOST
}
