package dev.javelin.tck;

import dev.javelin.api.JavelinException;
import dev.javelin.tck.accelerator.AcceleratorChapter;
import dev.javelin.tck.communicator.CommunicatorChapter;
import dev.javelin.tck.strategy.StrategyChapter;
import java.util.List;

/** All chapters of the kit. */
public final class Chapters {
    private Chapters() {}

    public static List<Chapter<?>> all() {
        return List.of(AcceleratorChapter.chapter(), CommunicatorChapter.chapter(), StrategyChapter.chapter());
    }

    /**
     * A chapter by its name.
     *
     * @throws JavelinException {@code JVL-CFG-0070} if there is none
     */
    public static Chapter<?> named(String name) {
        return all().stream()
                .filter(chapter -> chapter.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new JavelinException(
                        "JVL-CFG-0070",
                        "the kit has no chapter '" + name + "'",
                        "use one of " + all().stream().map(Chapter::name).toList()));
    }
}
