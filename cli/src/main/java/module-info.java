/** The command line: fit, generate, bench, explain, plugins, tck. */
module dev.javelin.cli {
    requires dev.javelin.engine;
    requires dev.javelin.models;
    requires dev.javelin.data;
    requires dev.javelin.tck;
    requires com.fasterxml.jackson.databind;
    requires de.siegmar.fastcsv;
    requires info.picocli;
    requires io.micronaut.micronaut_core;
    requires io.micronaut.micronaut_inject;
    requires java.management;
    requires jakarta.annotation;
    requires jakarta.inject;
    requires jdk.management;
    requires jdk.unsupported;
    requires org.slf4j;
    requires org.snakeyaml.engine;

    exports dev.javelin.cli.report;

    opens dev.javelin.cli to
            info.picocli;
}
