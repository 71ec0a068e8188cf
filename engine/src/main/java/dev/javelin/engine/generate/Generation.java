package dev.javelin.engine.generate;

import dev.javelin.api.JavelinException;
import java.util.List;
import java.util.Set;

/**
 * What to write.
 *
 * @param prompts tokens to begin with, at least one each; each is continued by itself
 * @param tokens most tokens to add to each
 * @param choices tokens from 0 to below this may be chosen; 0 for the whole vocabulary
 * @param sampling how tokens are chosen; text i draws with its seed + i, so that it is what it would be alone
 * @param stops tokens that end a text and do not become part of it
 * @param whenFull what happens when a text outgrows the cache
 */
public record Generation(
        List<int[]> prompts, int tokens, int choices, Sampling sampling, Set<Integer> stops, WhenFull whenFull) {

    /** What happens when a text has as many tokens as the cache has positions. */
    public enum WhenFull {
        /** The model forgets the text and reads its last half again, from position 0 on. */
        SLIDE,
        /** The text ends there. */
        STOP
    }

    public Generation {
        prompts = List.copyOf(prompts);
        stops = Set.copyOf(stops);
        for (int i = 0; i < prompts.size(); i++) {
            if (prompts.get(i).length == 0) {
                throw new JavelinException(
                        "JVL-API-0045", "prompt " + (i + 1) + " has no tokens", "give at least one to begin with");
            }
        }
    }

    /** The most likely continuation of one text, which slides when it outgrows the cache. */
    public static Generation of(int[] prompt, int tokens) {
        return new Generation(List.of(prompt), tokens, 0, Sampling.greedy(), Set.of(), WhenFull.SLIDE);
    }

    public Generation withPrompts(List<int[]> others) {
        return new Generation(others, tokens, choices, sampling, stops, whenFull);
    }

    public Generation withChoices(int count) {
        return new Generation(prompts, tokens, count, sampling, stops, whenFull);
    }

    public Generation withSampling(Sampling other) {
        return new Generation(prompts, tokens, choices, other, stops, whenFull);
    }

    public Generation withStops(Set<Integer> others) {
        return new Generation(prompts, tokens, choices, sampling, others, whenFull);
    }

    public Generation withWhenFull(WhenFull other) {
        return new Generation(prompts, tokens, choices, sampling, stops, other);
    }
}
