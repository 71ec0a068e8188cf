package dev.javelin.api;

/**
 * An error that a user can act on: a stable code ({@code JVL-AREA-NUMBER}), what happened (operation, actual, expected,
 * place) and what to do about it. The message reads {@code CODE what happened. Remedy.}
 *
 * <p>Areas: API (model code and tracing), CFG (configuration and usage), DAT (data), CKP (checkpoints), PLG (plugins),
 * STR (strategies and plans), ENG (engine), MEM (memory), NUM (non-finite numbers), COM (communication), RNK (ranks that
 * fail or disagree), CLU (clusters), CPU (the CPU accelerator), CLI (the command line).
 */
public class JavelinException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final String problem;
    private final String remedy;

    public JavelinException(String code, String problem, String remedy) {
        super(text(code, problem, remedy));
        this.code = code;
        this.problem = problem;
        this.remedy = remedy;
    }

    public JavelinException(String code, String problem, String remedy, Throwable cause) {
        super(text(code, problem, remedy), cause);
        this.code = code;
        this.problem = problem;
        this.remedy = remedy;
    }

    private static String text(String code, String problem, String remedy) {
        return code + " " + problem + ". " + Character.toUpperCase(remedy.charAt(0)) + remedy.substring(1) + ".";
    }

    /** Stable code, for example {@code JVL-API-0004}. */
    public String code() {
        return code;
    }

    /** The area of the code, for example {@code API}. */
    public String area() {
        return code.split("-", -1)[1];
    }

    public String problem() {
        return problem;
    }

    public String remedy() {
        return remedy;
    }

    /** The same error with its place added, for example {@code layer h.3, Gpt.java:41}. */
    public JavelinException at(String place) {
        return new JavelinException(code, problem + " (" + place + ")", remedy, this);
    }
}
