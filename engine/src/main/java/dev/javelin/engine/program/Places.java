package dev.javelin.engine.program;

import java.lang.StackWalker.StackFrame;
import java.util.List;
import java.util.Set;

/** Finds the line of model code that is writing an instruction. */
final class Places {
    private static final StackWalker WALKER = StackWalker.getInstance();
    private static final Set<String> ENTRIES =
            Set.of("dev.javelin.engine.trace.Tracer", "dev.javelin.engine.Compilation");

    /**
     * File and line of the nearest frame outside Javelin's api and engine; empty if there is none. The user's code is
     * named before the layers of Javelin's own models that it calls.
     */
    String caller() {
        List<StackFrame> outside = WALKER.walk(frames ->
                frames.takeWhile(Places::belowEngine).filter(Places::outside).toList());
        return outside.stream()
                .filter(frame -> !frame.getClassName().startsWith("dev.javelin."))
                .findFirst()
                .or(() -> outside.stream().findFirst())
                .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
                .orElse("");
    }

    /** False from the engine's call into model or optimizer code on: who called the engine did not write the line. */
    private static boolean belowEngine(StackFrame frame) {
        return !ENTRIES.contains(frame.getClassName());
    }

    private static boolean outside(StackFrame frame) {
        String name = frame.getClassName();
        return !name.startsWith("dev.javelin.api.")
                && !name.startsWith("dev.javelin.engine.")
                && !name.startsWith("java.")
                && !name.startsWith("jdk.");
    }
}
