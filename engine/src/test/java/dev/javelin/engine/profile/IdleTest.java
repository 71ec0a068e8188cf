package dev.javelin.engine.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.engine.run.Recording;
import dev.javelin.engine.run.Recording.Enqueuing;
import dev.javelin.engine.run.Recording.Host;
import dev.javelin.engine.run.Recording.Span;
import dev.javelin.engine.run.Recording.Wait;
import dev.javelin.spi.device.QueueRole;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Why a compute queue stood still, of spans with times by hand. */
class IdleTest {
    private static final Wait WORK = new Wait("p", 0);

    private static Span step(long number, long begin, long end) {
        return host(number, begin, end, new Host(Recording.STEP, true));
    }

    private static Span host(long step, long begin, long end, Recording.Subject subject) {
        return new Span(Recording.HOST, step, begin, begin, end, subject);
    }

    private static Span enqueuing(long step, long begin, long end) {
        return host(step, begin, end, new Enqueuing(WORK, 0));
    }

    private static Span work(long step, long enqueued, long begin, long end) {
        return new Span(Recording.track(QueueRole.COMPUTE), step, enqueued, begin, end, WORK);
    }

    private static Map<String, Long> nanos(List<Span> steps, List<Span> host, List<Span> compute) {
        Map<String, Long> nanos = new TreeMap<>();
        Idle.of(steps, host, compute).forEach((name, row) -> nanos.put(name, row.nanos()));
        return nanos;
    }

    @Test
    void while_the_host_has_not_asked_the_queue_waits_for_what_the_host_does() {
        // The host reads until 100, does something untold until 110, enqueues until 130, and again from 200 on.
        assertEquals(
                Map.of("idle: reading rows", 90L, Idle.OTHER, 10L + 40, Idle.ENQUEUING, 20L + 20),
                nanos(
                        List.of(step(1, 10, 300)),
                        List.of(
                                step(1, 10, 300),
                                host(1, 10, 100, new Host("reading rows", false)),
                                enqueuing(1, 110, 130),
                                enqueuing(1, 200, 220)),
                        // Enqueued at 130 and begun at 135: the five between are the device's.
                        List.of(work(1, 130, 135, 160), work(1, 220, 221, 300))));
    }

    @Test
    void a_host_that_is_ahead_leaves_nothing_idle_but_what_lies_between_launches() {
        assertEquals(
                Map.of(Idle.ENQUEUING, 5L),
                nanos(
                        List.of(step(1, 0, 100)),
                        List.of(enqueuing(1, 0, 5), enqueuing(1, 5, 10), enqueuing(1, 10, 15)),
                        List.of(work(1, 5, 6, 40), work(1, 10, 42, 60), work(1, 15, 61, 100))));
    }

    @Test
    void behind_the_last_work_of_a_step_the_queue_waits_for_the_host_to_end_it() {
        // Work that began a little before the step, by the error of the axis, and a step without any.
        assertEquals(
                Map.of("idle: reading results", 30L, Idle.OTHER, 3L),
                nanos(
                        List.of(step(1, 0, 100), step(2, 200, 203)),
                        List.of(host(1, 60, 100, new Host("reading results", false))),
                        List.of(work(1, -9, -5, 70))));
    }

    @Test
    void what_is_enqueued_within_other_work_of_the_host_is_part_of_that() {
        assertEquals(
                Map.of("idle: writing batches", 100L),
                nanos(
                        List.of(step(1, 0, 200)),
                        List.of(
                                host(1, 0, 100, new Host("writing batches", false)),
                                enqueuing(1, 10, 20),
                                enqueuing(1, 30, 40),
                                enqueuing(1, 100, 101)),
                        List.of(work(1, 15, 15, 15), work(1, 100, 100, 200))));
    }
}
