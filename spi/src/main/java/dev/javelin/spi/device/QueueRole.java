package dev.javelin.spi.device;

/** What a queue is for. */
public enum QueueRole {
    COMPUTE,
    COMMUNICATION,
    TO_DEVICE,
    TO_HOST
}
