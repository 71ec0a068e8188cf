package dev.javelin.communicator.nccl;

import dev.javelin.communicator.local.LocalProvider;
import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.tck.PluginFacts;
import dev.javelin.tck.communicator.CommunicatorChapter;
import dev.javelin.tck.communicator.CommunicatorSubject;
import dev.javelin.tck.communicator.Device;
import dev.javelin.tck.communicator.Extent;
import dev.javelin.tck.communicator.Ranks;
import dev.javelin.tck.communicator.ThreadRanks;
import dev.javelin.tck.junit.RuleTests;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

@DisplayName("ranks on emulated GPUs")
class GpuRanksTest {

    @BeforeAll
    static void build() {
        EmulatedGpus.folder();
    }

    private static Stream<DynamicTest> rules(
            CommunicatorProvider provider, Options options, Ranks ranks, Device device, List<Integer> worlds) {
        return RuleTests.of(
                CommunicatorChapter.chapter(),
                new CommunicatorSubject(
                        PluginFacts.of("communicator", provider),
                        provider,
                        options,
                        ranks,
                        device,
                        Extent.quick().withWorlds(worlds)));
    }

    @TestFactory
    @DisplayName("that share one keep the rules with local")
    Stream<DynamicTest> local() {
        return rules(
                new LocalProvider(),
                Options.none("communicator.local"),
                ThreadRanks.ofWorlds(),
                EmulatedGpus.shared(),
                List.of(1, 2, 3, 4));
    }

    @TestFactory
    @DisplayName("that have one each keep the rules with nccl")
    Stream<DynamicTest> nccl() {
        return rules(
                new NcclProvider(),
                EmulatedGpus.nccl(),
                ThreadRanks.ofWorlds(),
                EmulatedGpus.each(),
                List.of(1, 2, 3, 5));
    }

    @TestFactory
    @DisplayName("that have one each and are on several hosts keep the rules with nccl")
    Stream<DynamicTest> hosts() {
        return rules(new NcclProvider(), EmulatedGpus.nccl(), Seats.asHosts(), EmulatedGpus.each(), List.of(1, 2, 3));
    }
}
