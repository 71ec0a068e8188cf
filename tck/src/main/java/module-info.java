/** Numbered rules every plugin keeps, and the golden training cases. */
module dev.javelin.tck {
    requires transitive dev.javelin.engine;
    requires dev.javelin.models;
    requires com.fasterxml.jackson.databind;
    requires static org.junit.jupiter.api;
}
