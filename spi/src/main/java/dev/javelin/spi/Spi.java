package dev.javelin.spi;

/** The version of this SPI. */
public final class Spi {
    /** Changes when plugins built before no longer fit. A compile-time constant, so each plugin carries its own copy. */
    public static final int MAJOR = 0;

    private Spi() {}
}
