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

    // The plugins that come with Javelin, found by ServiceLoader like all others. Nothing here names their classes:
    // only a module that is required lies on the module path of the tests, and --help starts without them.
    requires static dev.javelin.accelerator.cpu;
    requires static dev.javelin.accelerator.none;
    requires static dev.javelin.strategy.single;

    opens dev.javelin.cli to
            info.picocli,
            io.micronaut.micronaut_inject;
}
