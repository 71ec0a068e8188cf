package dev.javelin.engine.program;

import java.lang.StackWalker.StackFrame;

/** Finds the line of model code that is writing an instruction. */
final class Places {
    private static final StackWalker WALKER = StackWalker.getInstance();

    /** File and line of the nearest frame outside Javelin's api and engine; empty if there is none. */
    String caller() {
        return WALKER.walk(frames -> frames.filter(Places::outside)
                .findFirst()
                .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
                .orElse(""));
    }

    private static boolean outside(StackFrame frame) {
        String name = frame.getClassName();
        return !name.startsWith("dev.javelin.api.")
                && !name.startsWith("dev.javelin.engine.")
                && !name.startsWith("java.");
    }
}
