package dev.javelin.accelerator.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cuda.driver.PtxEntries;
import dev.javelin.api.JavelinException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PtxEntriesTest {
    private static final String TEXT = """
            .visible .entry walk_f32(
            	.param .u64 .ptr .global .align 1 walk_f32_param_0,
            	.param .align 8 .b8 walk_f32_param_1[136],
            	.param .f64 walk_f32_param_2
            )
            .maxntid 256
            {
            	ld.param.u64 	%rd1, [walk_f32_param_0];
            	ret;
            }

            .visible .entry none_f32(

            )
            {
            	ret;
            }
            """;

    @Test
    void sizesOfParametersAreReadInTheirOrder() {
        assertEquals(
                Map.of("walk_f32", List.of(8, 136, 8), "none_f32", List.of()),
                PtxEntries.of("walk", TEXT).all());
    }

    @Test
    void aLaunchThatDoesNotFitIsRefusedBeforeTheDriverSeesIt() {
        PtxEntries entries = PtxEntries.of("walk", TEXT);
        entries.require("walk_f32", List.of(8, 136, 8));
        JavelinException wrong =
                assertThrows(JavelinException.class, () -> entries.require("walk_f32", List.of(8, 136)));
        assertEquals("JVL-CUD-0007", wrong.code());
        assertTrue(wrong.getMessage().contains("takes parameters of [8, 136, 8] bytes"), wrong.getMessage());
        JavelinException none = assertThrows(JavelinException.class, () -> entries.require("walk_f64", List.of()));
        assertEquals("JVL-CUD-0007", none.code());
    }
}
