package dev.javelin.cli.bench;

import dev.javelin.cli.config.RunConfig;
import dev.javelin.engine.Share;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.models.LanguageModelSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.SplittableRandom;

/** Batches of random tokens to measure steps on. */
final class RandomTokens {
    private RandomTokens() {}

    /**
     * A rank's share of one micro-batch.
     *
     * @param micro which one, from 0
     */
    static HostBatch batch(RunConfig config, LanguageModelSpec spec, Share share, int micro, Arena arena) {
        long rows = config.data().batch() / config.trainer().accumulate();
        SplittableRandom random =
                new SplittableRandom(config.trainer().seed() + 31L * micro + 1_000_003L * share.first());
        long padded = Share.most(rows, config.trainerOptions().ranks().count());
        Map<String, MemorySegment> fields = Map.of(
                "tokens", tokens(config, spec, arena, random, padded),
                "targets", tokens(config, spec, arena, random, padded));
        return new HostBatch(fields, share.rows(), micro * rows + share.first());
    }

    private static MemorySegment tokens(
            RunConfig config, LanguageModelSpec spec, Arena arena, SplittableRandom random, long rows) {
        long count = rows * config.data().block();
        MemorySegment tokens = arena.allocate(4 * count, 64);
        for (long i = 0; i < count; i++) {
            tokens.setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt((int) spec.vocab()));
        }
        return tokens;
    }
}
