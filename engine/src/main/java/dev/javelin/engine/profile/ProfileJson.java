package dev.javelin.engine.profile;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.engine.program.Site;
import dev.javelin.engine.run.Recording.Span;
import java.util.List;
import java.util.Locale;

/** A profile for programs: sums over the profiled steps, in nanoseconds. */
final class ProfileJson {
    private static final JsonMapper MAPPER = new JsonMapper();

    private ProfileJson() {}

    static String of(Profile profile, Limits limits, List<RankTimes> ranks) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("firstStep", profile.steps().getFirst().step());
        node.put("steps", profile.steps().size());
        ArrayNode steps = node.putArray("stepNanos");
        profile.steps().stream().map(Span::nanos).forEach(steps::add);
        node.put("gigaflopsPerSecondLimit", limits.flopsPerSecond() / 1e9);
        node.put("gigabytesPerSecondLimit", limits.bytesPerSecond() / 1e9);
        node.put("limitsMeasured", limits.measured());
        gap(node, profile, limits);
        rows(node.putArray("operations"), profile.operations());
        rows(node.putArray("host"), profile.host());
        node.put("betweenLaunchesNanos", profile.gapNanos());
        layers(node.putArray("layers"), profile);
        rows(node.putArray("shapes"), profile.shapes());
        rows(node.putArray("besideComputation"), profile.beside());
        rows(node.putArray("betweenSteps"), profile.between());
        ArrayNode perRank = node.putArray("ranks");
        ranks.forEach(rank -> perRank.add(rank.json()));
        return node.toPrettyString() + "\n";
    }

    /** What only a device tells that works beside the host. */
    private static void gap(ObjectNode node, Profile profile, Limits limits) {
        profile.deviceClockNanos().ifPresent(resolution -> {
            GapText gap = new GapText(profile, limits);
            node.put("deviceClockResolutionNanos", resolution);
            node.put("deviceAxisErrorNanos", profile.axisNanos());
            node.put("floorNanos", gap.floorNanos());
            node.put("computeBusyNanos", profile.computeNanos());
            node.put("waitingForQueuesNanos", profile.exposedNanos());
            node.put("idleForHostNanos", profile.idleNanos());
            node.put("launches", profile.launching().launches());
            node.put("enqueuingNanos", profile.launching().nanos());
            node.put("markingNanos", profile.launching().markNanos());
            ArrayNode lines = node.putArray("gap");
            gap.lines()
                    .forEach(line -> lines.addObject()
                            .put("name", line.name())
                            .put("nanos", line.nanos())
                            .put("floorNanosOfIt", line.floorNanos()));
            rows(node.putArray("hostBeside"), profile.hostBeside());
            node.put("verdict", gap.verdict());
        });
    }

    private static void rows(ArrayNode array, List<Row> rows) {
        for (Row row : rows) {
            array.addObject()
                    .put("name", row.name())
                    .put("calls", row.calls())
                    .put("nanos", row.nanos())
                    .put("flops", row.flops())
                    .put("bytes", row.bytes());
        }
    }

    private static void layers(ArrayNode array, Profile profile) {
        profile.layers().forEach((layer, nanos) -> {
            ObjectNode node = array.addObject().put("layer", layer);
            for (Site.Phase phase : Site.Phase.values()) {
                node.put(phase.name().toLowerCase(Locale.ROOT) + "Nanos", nanos[phase.ordinal()]);
            }
        });
    }
}
