package dev.javelin.cli.faults;

import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.Ranks;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.EngineTrainer;
import dev.javelin.engine.train.RunSetup;
import dev.javelin.engine.world.RankFailure;
import dev.javelin.engine.world.World;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.WorldPlace;
import dev.javelin.engine.world.Worlds;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A rank in a process of its own, started by a launcher: {@code FaultyRank FAULT RANK COMMUNICATOR STEPS OUT}. The fault
 * happens in the rank of that number, or in all for those that are no rank's fault.
 */
final class FaultyRank {
    private FaultyRank() {}

    public static void main(String[] arguments) {
        Job job = new Job(
                Fault.valueOf(arguments[0]),
                Integer.parseInt(arguments[1]),
                arguments[2],
                Long.parseLong(arguments[3]),
                Path.of(arguments[4]));
        WorldOptions options = WorldOptions.standard().withTimeoutMillis(Bound.TIMEOUT_SECONDS * 1000L);
        try (World world = Worlds.join(WorldPlace.fromStdin(System.in), options)) {
            job.run(world);
        } catch (RankFailure e) {
            System.err.println(e.getMessage());
            System.exit(4);
        } catch (JavelinException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    /** What is trained, and what goes wrong. */
    record Job(Fault fault, int guilty, String communicator, long steps, Path out) {

        List<String> arguments() {
            return List.of(fault.name(), "" + guilty, communicator, "" + steps, out.toString());
        }

        private void run(World world) {
            int rank = world.members().getFirst().rank();
            Fault own = rank == guilty ? fault : Fault.NONE;
            Dataset data = new FaultyData(
                    own, () -> world.members().getFirst().pulse().snapshot().step());
            if (fault == Fault.SKIP) {
                new OwnLoop(options(Fault.NONE), data, own == Fault.SKIP).run(world);
                return;
            }
            RunSetup setup = RunSetup.standard().withWorld(world);
            Dataset train = own == Fault.SLOW_EVALUATION ? data(Fault.NONE) : data;
            new EngineTrainer(options(own), PluginRegistry.ofModulePath(), setup)
                    .fit(new FaultyModel(own), train, fault == Fault.SLOW_EVALUATION ? data : null);
        }

        /** Data in which nothing happens. */
        static Dataset data(Fault fault) {
            return new FaultyData(fault, () -> 0);
        }

        /** Settings of a rank. */
        TrainerOptions options(Fault own) {
            return settings(communicator, own == Fault.FEWER_STEPS ? steps - 1 : steps, out)
                    .withSeed(own == Fault.OTHER_SEED ? 2 : 1)
                    .withPrecision(own == Fault.OTHER_DTYPE ? Precision.TRUE_64 : Precision.TRUE_32)
                    .withCallbacks(List.of(new SlowSave(own)));
        }
    }

    /** What all runs of these jobs have in common. */
    static TrainerOptions settings(String communicator, long steps, @Nullable Path out) {
        return TrainerOptions.standard()
                .withBatch(4)
                .withMaxSteps(steps)
                .withSchedule(Schedule.constant(1e-3))
                .withValidateEvery(15)
                .withCheckpoints(new CheckpointOptions(steps > 1000 ? 1000 : 5, 2, 0))
                .withStrategy(Plugin.named("ddp"))
                .withAccelerator(new Plugin("cpu", Map.of("threads", "1")))
                .withRanks(Ranks.of(2).withCommunicator(Plugin.named(communicator)))
                .withOut(out);
    }

    /** A first checkpoint that takes its time. */
    private static final class SlowSave implements Callback {
        private final Fault fault;
        private boolean slow;

        SlowSave(Fault fault) {
            this.fault = fault;
            this.slow = fault == Fault.SLOW_SAVE;
        }

        @Override
        public void onCheckpoint(long step, Path folder) {
            if (slow) {
                slow = false;
                fault.happens();
                FaultyData.pause();
            }
        }
    }
}
