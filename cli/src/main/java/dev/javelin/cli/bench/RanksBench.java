package dev.javelin.cli.bench;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Communication;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.cli.config.RanksConfig;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.run.RankWorld;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.Share;
import dev.javelin.engine.plugin.PluginKind;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.StepResult;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.world.Pulse;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.spi.device.Accelerator;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures training steps of several ranks in turns with those of one rank that has all their threads, on the same global
 * batch of random tokens: the first rank runs both, the others wait while it runs alone.
 */
public final class RanksBench {
    private static final double WARM_UP_SECONDS = 5;
    private static final double TURN_SECONDS = 2;

    private final RankWorld world;
    private final RunConfig config;
    private final RunConfig alone;
    private final PluginRegistry plugins;
    private final LanguageModelSpec spec;
    private final int threads;
    private final int turns;
    private final Consumer<String> progress;

    /**
     * @param threads of each rank
     * @param turns how often each of the two is measured
     * @param progress hears what is being done
     */
    public RanksBench(RankWorld world, PluginRegistry plugins, int threads, int turns, Consumer<String> progress) {
        this.world = world;
        this.plugins = plugins;
        this.threads = threads;
        this.turns = turns;
        this.progress = progress;
        config = world.config().withHostThreads(threads);
        if (!(config.model() instanceof LanguageModelSpec language)) {
            throw new JavelinException(
                    "JVL-CFG-0057",
                    "a model of family '" + config.model().family() + "' has no tokens to count",
                    "measure a language model");
        }
        spec = language;
        StepProfile.requireCount(config);
        RanksConfig one = config.ranks().withWorld(1, false);
        alone = config.withRanks(one).withHostThreads(threads * world.ranks());
    }

    /** Measures; the report of the first rank. */
    public RanksReport run() {
        Compilation compilation = new Job(config, plugins).compile();
        return world.run((accelerator, team) -> new Rank(accelerator, team).measure(compilation))
                .getFirst();
    }

    /** One rank's part. */
    private final class Rank {
        private final Accelerator accelerator;
        private final Team team;
        private final Pulse pulse;
        private long step;

        Rank(Accelerator accelerator, @Nullable Team team) {
            if (team == null) {
                throw new JavelinException(
                        "JVL-CFG-0099", "one rank alone has none to be compared with", "give --ranks 2 or more");
            }
            this.accelerator = accelerator;
            this.team = team;
            pulse = team.member().pulse();
        }

        RanksReport measure(Compilation compilation) {
            boolean first = team.rank() == 0;
            try (Arena arena = Arena.ofConfined();
                    Session session = Session.open(
                            compilation, accelerator, SessionOptions.standard().withTeam(team));
                    Alone single = first ? new Alone(arena) : null) {
                session.initialize(config.trainer().seed());
                List<HostBatch> batches = batches(config, Share.of(rows(config), team.rank(), team.size()), arena);
                pulse.enter(Pulse.Phase.TRAIN);
                say(first, "warming up " + team.size() + " ranks");
                steps(session, batches, WARM_UP_SECONDS);
                Optional<Path> profile = profile(session, batches);
                List<Turn> together = new ArrayList<>();
                double[] one = new double[turns];
                for (int turn = 0; turn < turns; turn++) {
                    say(first, "turn " + (turn + 1) + " of " + turns);
                    together.add(steps(session, batches, TURN_SECONDS));
                    Pulse.Phase before = pulse.enter(Pulse.Phase.EVALUATE);
                    one[turn] = single == null ? 0 : single.measure();
                    session.anyRank(false, false);
                    pulse.enter(before);
                }
                return report(compilation, together, one, profile);
            }
        }

        private Optional<Path> profile(Session session, List<HostBatch> batches) {
            Optional<StepProfile> profile = StepProfile.of(config, session, team, new Job(config, plugins), step);
            if (profile.isEmpty()) {
                return Optional.empty();
            }
            say(team.rank() == 0, "profiling");
            return profile.get()
                    .run(number ->
                            session.train(step = number, 1e-4, config.trainer().seed(), batches));
        }

        private void say(boolean first, String what) {
            if (first) {
                progress.accept(what);
            }
        }

        /** Steps until the first rank's time is up. */
        private Turn steps(Session session, List<HostBatch> batches, double seconds) {
            session.anyRank(false, false);
            long start = System.nanoTime();
            int count = 0;
            double exposed = 0;
            Communication last = Communication.none();
            boolean over = false;
            while (!over) {
                step++;
                StepResult result = step(session, batches, step);
                last = result.communication();
                exposed += last.exposedSeconds();
                count++;
                boolean enough = team.rank() == 0 && System.nanoTime() - start >= seconds * 1e9 && count >= 2;
                over = session.anyRank(enough, false)[0];
            }
            return new Turn((System.nanoTime() - start) / 1e9 / count, exposed / count, last);
        }

        private RanksReport report(Compilation compilation, List<Turn> together, double[] one, Optional<Path> profile) {
            double tokens = config.data().batch() * config.data().block();
            Turn middle = together.stream()
                    .sorted(java.util.Comparator.comparingDouble(Turn::stepSeconds))
                    .toList()
                    .get(together.size() / 2);
            double[] sorted = one.clone();
            Arrays.sort(sorted);
            return new RanksReport(
                    spec.text(),
                    config.data().batch(),
                    config.data().block(),
                    team.size(),
                    threads,
                    config.trainer().strategy(),
                    config.communicatorPlugin().name(),
                    tokens / middle.stepSeconds(),
                    tokens / sorted[sorted.length / 2],
                    middle.communication().bytes(),
                    middle.exposedSeconds() / middle.stepSeconds(),
                    compilation.memory().peakBytes(),
                    accelerator.usage().peakBytes(),
                    profile);
        }
    }

    /** Seconds of a step, those exposed, and what the last step sent. */
    private record Turn(double stepSeconds, double exposedSeconds, Communication communication) {}

    /** One rank with all threads. */
    private final class Alone implements AutoCloseable {
        private final Accelerator accelerator;
        private final Session session;
        private final List<HostBatch> batches;
        private long step;

        Alone(Arena arena) {
            RunConfig single = alone.withStrategy(Plugin.named("single"));
            Job job = new Job(single, plugins);
            accelerator = job.accelerator().open(PluginKind.ACCELERATOR.options(single.acceleratorPlugin()));
            session = Session.open(job.compile(), accelerator, SessionOptions.standard());
            session.initialize(config.trainer().seed());
            batches = RanksBench.batches(single, Share.of(rows(single), 0, 1), arena);
            measure(WARM_UP_SECONDS);
        }

        double measure() {
            return measure(TURN_SECONDS);
        }

        private double measure(double seconds) {
            long start = System.nanoTime();
            int count = 0;
            while (count < 2 || System.nanoTime() - start < seconds * 1e9) {
                step(session, batches, ++step);
                count++;
            }
            return (System.nanoTime() - start) / 1e9 / count;
        }

        @Override
        public void close() {
            session.close();
            accelerator.close();
        }
    }

    private static long rows(RunConfig config) {
        return config.data().batch() / config.trainer().accumulate();
    }

    /** A step as the training loop runs it: the next one's batches, here the same, are on their way meanwhile. */
    private StepResult step(Session session, List<HostBatch> batches, long number) {
        session.begin(number, 1e-4, config.trainer().seed(), batches);
        session.stage(batches);
        return session.finish();
    }

    private static List<HostBatch> batches(RunConfig config, Share share, Arena arena) {
        List<HostBatch> batches = new ArrayList<>();
        LanguageModelSpec language = (LanguageModelSpec) config.model();
        for (int i = 0; i < config.trainer().accumulate(); i++) {
            batches.add(RandomTokens.batch(config, language, share, i, arena));
        }
        return batches;
    }
}
