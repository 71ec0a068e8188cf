package dev.javelin.spi.strategy;

/** Where bytes live. */
public enum Tier {
    DEVICE,
    HOST,
    NVME
}
