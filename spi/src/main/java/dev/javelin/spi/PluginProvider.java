package dev.javelin.spi;

/** What every plugin tells about itself. Constructing a provider must be cheap and must not fail. */
public interface PluginProvider {

    /** The name users write, for example {@code cpu}; lower case, unique among plugins of its kind. */
    String name();

    /** The SPI it was built for: return {@link Spi#MAJOR}. */
    int spiMajor();

    /** Looks whether the plugin can work on this machine. Quick, without side effects, never throws. */
    Probe probe();
}
