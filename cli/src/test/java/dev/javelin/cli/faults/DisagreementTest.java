package dev.javelin.cli.faults;

import dev.javelin.cli.faults.FaultyRank.Job;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What differs from one rank to another is found before the first step. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@DisplayName("a rank that was started with something else")
class DisagreementTest {
    @TempDir
    Path folder;

    private void refuse(Fault fault, String its, String others) {
        RankJob.run(new Job(fault, 1, "local", 100, folder.resolve("run")))
                .assertRefused("JVL-RNK-0004", "rank 1 does not run the same program as rank 0", its, others);
    }

    @Test
    @DisplayName("is named with the unit and the shape if its layer is wider")
    void anotherShape() {
        refuse(
                Fault.OTHER_SHAPE,
                "has \"unit bucket.0, chunk bucket.0/vectors F32[64]: second.bias [8]",
                "second.bias [9]");
    }

    @ParameterizedTest(name = "{0}")
    @Tag("long")
    @DisplayName("is named with what both have if it is")
    @CsvSource({
        "OTHER_MODEL, 'chunk bucket.0/vectors F32[96]', 'chunk bucket.0/vectors F32[64]'",
        "OTHER_ORDER, second, first",
        "OTHER_DTYPE, precision 64, precision 32",
        "OTHER_SEED, seed 2, seed 1",
        "OTHER_DATA, data of 64 rows, checksum",
        "FEWER_STEPS, steps 0 to 99, steps 0 to 100"
    })
    void another(Fault fault, String its, String others) {
        refuse(fault, its, others);
    }
}
