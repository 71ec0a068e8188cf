/** The command line: fit, generate, bench, explain, plugins, tck. */
module dev.javelin.cli {
    requires dev.javelin.engine;
    requires dev.javelin.models;
    requires dev.javelin.data;
    requires dev.javelin.tck;
    requires com.fasterxml.jackson.databind;
    requires info.picocli;
    requires io.micronaut.micronaut_inject;
    requires org.snakeyaml.engine;

    opens dev.javelin.cli to
            info.picocli,
            io.micronaut.micronaut_inject;
}
