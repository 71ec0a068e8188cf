package dev.javelin.accelerator.cpu.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.javelin.accelerator.cpu.TestDevice;
import dev.javelin.accelerator.cpu.Value;
import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.spi.kernel.TokenChoice;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens that the CPU chooses are those of the host's arithmetic, in every floating type, row by row. */
class TokenChoicesTest {
    private static final int ROWS = 50;
    private static final int WIDTH = 37;

    @ParameterizedTest
    @EnumSource(names = {"FLOAT64", "FLOAT32", "BFLOAT16", "FLOAT16"})
    void everyRowIsChosenFromByItsOwnSettings(DType dtype) {
        SplittableRandom random = new SplittableRandom(20261128);
        Value logits = Value.normal(TensorType.of(dtype, ROWS, WIDTH), random, 3);
        TokenChoice[] how = new TokenChoice[ROWS];
        for (int row = 0; row < ROWS; row++) {
            how[row] = new TokenChoice(
                    row % 5 == 0 ? 0 : 0.5 + random.nextDouble(),
                    row % 3 == 0 ? 0 : random.nextInt(1, WIDTH),
                    row % 2 == 0 ? 1 : random.nextDouble(0.1, 1),
                    row % 4 == 0 ? random.nextInt(1, WIDTH) : 0,
                    random.nextLong(),
                    row);
        }
        long[] words = Arrays.stream(how)
                .flatMapToLong(choice -> Arrays.stream(choice.row()))
                .toArray();
        Value settings = Value.ofLongs(TensorType.of(DType.INT64, ROWS, ChooseToken.COLUMNS), words);
        for (String kernels : List.of("fast", "reference")) {
            try (TestDevice device = TestDevice.open("kernels", kernels)) {
                Value tokens = device.run(new ChooseToken(), logits, settings).getFirst();
                for (int row = 0; row < ROWS; row++) {
                    double[] own = Arrays.copyOfRange(logits.toDoubles(), row * WIDTH, (row + 1) * WIDTH);
                    assertEquals(how[row].choose(own), tokens.longAt(row), kernels + ", " + how[row]);
                }
            }
        }
        try (TestDevice device = TestDevice.open("decompose", "true")) {
            assertFalse(device.plans(new ChooseToken(), List.of(logits, settings)), "it is not a primitive");
        }
    }
}
