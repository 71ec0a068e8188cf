package dev.javelin.tck;

/** Looks whether a subject keeps one rule. */
@FunctionalInterface
public interface Check<S extends Subject> {

    /**
     * Checks.
     *
     * @return what was looked at, with its figures: {@code 48 calls over 1, 2 and 3 ranks}
     * @throws Breach if the rule is not kept; any other exception counts as one
     */
    String check(S subject) throws Exception;
}
