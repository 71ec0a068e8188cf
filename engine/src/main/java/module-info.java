/** Traces, differentiates, lowers, schedules, places, verifies and runs a training step. */
module dev.javelin.engine {
    requires transitive dev.javelin.api;
    requires transitive dev.javelin.spi;
    requires com.fasterxml.jackson.databind;
}
