package dev.javelin.tck;

import java.time.Duration;
import java.util.SequencedMap;

/** A plugin to be checked, and how. */
public interface Subject {

    PluginFacts plugin();

    /** How it was checked, for the report: options, ranks, device, extent. */
    SequencedMap<String, String> settings();

    /** Whether the checks have their full extent; only then is there a certificate. */
    boolean full();

    /** The longest that the check of one rule may take. */
    Duration deadline();
}
