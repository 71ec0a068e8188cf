package dev.javelin.engine.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.engine.profile.Gap.Line;
import dev.javelin.engine.profile.Profile.Cost;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said of steps, and by what reckoning. */
class VerdictTest {
    private static final Line PRODUCTS = new Line("products", 3, 800, 500);

    private static Row row(String name, long nanos) {
        return Row.empty(name).plus(nanos, 0, 0);
    }

    private static void says(String words, Row... standstill) {
        String verdict = Verdict.of(1_000, List.of(standstill), PRODUCTS);
        assertTrue(verdict.contains(words), verdict);
    }

    @Test
    void a_device_that_stands_idle_most_while_the_host_enqueues_waits_for_launches() {
        says("waits for launches: it stands idle for the host for 9.0%", row(Idle.ENQUEUING, 60), row(Idle.OTHER, 30));
    }

    @Test
    void a_device_that_stands_idle_for_something_else_is_told_what() {
        says(
                "idle for 12.0% of the step, most of it while the host is at 'reading rows'",
                row(Idle.ENQUEUING, 20), row(Idle.PREFIX + "reading rows", 100));
    }

    @Test
    void a_host_that_is_slow_in_between_is_told_to_need_a_processor() {
        says("Leave the host a free processor", row(Idle.ENQUEUING, 20), row(Idle.OTHER, 100));
    }

    @Test
    void waiting_for_other_queues_counts_where_it_is_more() {
        says("waits for copies or collectives for 30.0%", row(Idle.ENQUEUING, 60), row(Profile.WAITING, 300));
    }

    @Test
    void a_busy_device_is_told_what_is_farthest_from_its_limits() {
        says("busy. The largest gap is in products: 30.0%", row(Idle.ENQUEUING, 20), row(Profile.WAITING, 49));
    }

    @Test
    void the_floor_is_the_sum_of_what_each_instruction_takes_at_the_slower_of_its_limits() {
        Gap gap = new Gap();
        gap.add(Family.PRODUCTS, 700, new Cost(1_000, 10)); // 1000 operations at 2 a nanosecond
        gap.add(Family.PRODUCTS, 700, new Cost(1_000, 10));
        gap.add(Family.PRODUCTS, 50, new Cost(2, 40)); // 40 bytes at 4 a nanosecond
        gap.add(Family.OTHERS, 2_000, new Cost(0, 400));
        gap.add(Family.COLLECTIVES, 30, new Cost(0, 400));
        assertEquals(
                List.of(
                        new Line("elements and moves", 1, 2_000, 100),
                        new Line("products", 3, 1_450, 1_010),
                        new Line("collectives", 1, 30, 0)),
                gap.families(new Limits(2e9, 4e9, true)));
    }
}
