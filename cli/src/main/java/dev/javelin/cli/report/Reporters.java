package dev.javelin.cli.report;

import dev.javelin.api.trainer.Callback;
import dev.javelin.cli.Console;
import dev.javelin.cli.config.RunConfig;
import io.micronaut.context.ApplicationContext;
import java.util.List;

/** The callbacks of a run, found as beans of a Micronaut context that lives as long as the run. */
public final class Reporters implements AutoCloseable {
    private final ApplicationContext context;

    private Reporters(ApplicationContext context) {
        this.context = context;
    }

    /** Starts the context; beans may ask for the console and the configuration. */
    public static Reporters start(Console console, RunConfig config) {
        ApplicationContext context = ApplicationContext.builder()
                .banner(false)
                .deduceEnvironment(false)
                .singletons(console, config)
                .build();
        return new Reporters(context.start());
    }

    /** All callbacks, in the order that Micronaut gives them. */
    public List<Callback> callbacks() {
        return List.copyOf(context.getBeansOfType(Callback.class));
    }

    @Override
    public void close() {
        context.close();
    }
}
