package dev.javelin.cli.faults;

import dev.javelin.api.Dataset;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Share;
import dev.javelin.engine.plugin.PluginKind;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.world.Member;
import dev.javelin.engine.world.Pulse;
import dev.javelin.engine.world.World;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.device.Accelerator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A loop over steps as a user might write it, with a mistake in one rank: it leaves out a step. */
final class OwnLoop {
    private final TrainerOptions options;
    private final Dataset data;
    private final boolean skips;
    private final PluginRegistry plugins = PluginRegistry.ofModulePath();

    OwnLoop(TrainerOptions options, Dataset data, boolean skips) {
        this.options = options;
        this.data = data;
        this.skips = skips;
    }

    void run(World world) {
        Compilation compilation = Compilation.compile(
                new FaultyModel(Fault.NONE),
                CompileOptions.of(options, data.fields(), null, world.size()),
                plugins.strategy("ddp").strategy(PluginKind.STRATEGY.options(options.strategy())),
                plugins.accelerator("cpu").planner(PluginKind.ACCELERATOR.options(options.accelerator())));
        world.run(member -> train(compilation, member));
    }

    private Void train(Compilation compilation, Member member) {
        var plugin = options.ranks().communicator();
        try (Accelerator accelerator =
                        plugins.accelerator("cpu").open(PluginKind.ACCELERATOR.options(options.accelerator()));
                Communicator communicator =
                        plugins.communicator(plugin.name()).join(member, PluginKind.COMMUNICATOR.options(plugin));
                Session session = Session.open(
                        compilation, accelerator, SessionOptions.standard().withTeam(new Team(member, communicator)));
                Arena arena = Arena.ofConfined()) {
            session.initialize(options.seed());
            List<HostBatch> batches = List.of(batch(member, arena));
            member.pulse().enter(Pulse.Phase.TRAIN);
            for (long step = 1; step <= options.maxSteps(); step++) {
                if (skips && step == FaultyData.STEP) {
                    Fault.SKIP.happens();
                    continue;
                }
                session.train(step, 1e-3, options.seed(), batches);
            }
            return null;
        }
    }

    private HostBatch batch(Member member, Arena arena) {
        Share share = Share.of(options.batch(), member.rank(), member.size());
        Map<String, MemorySegment> fields = new LinkedHashMap<>();
        for (Dataset.Field field : data.fields()) {
            long bytes = field.row().bytes();
            MemorySegment rows = arena.allocate(share.rows() * bytes, 64);
            for (long row = 0; row < share.rows(); row++) {
                data.read(share.first() + row, field, rows.asSlice(row * bytes, bytes));
            }
            fields.put(field.name(), rows);
        }
        return new HostBatch(fields, share.rows(), share.first());
    }
}
