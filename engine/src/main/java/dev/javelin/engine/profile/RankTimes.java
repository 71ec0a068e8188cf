package dev.javelin.engine.profile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Where a rank's time went, a step.
 *
 * @param steps that were profiled
 * @param exposedMillis the compute queue stood still for another queue
 * @param collectiveMillis in collectives, wherever they ran
 * @param lateMillis of that, until the last rank had come; negative where clocks of ranks cannot be compared
 */
record RankTimes(
        int rank,
        int steps,
        double stepMillis,
        double computeMillis,
        double exposedMillis,
        double collectiveMillis,
        double lateMillis) {

    static RankTimes of(int rank, Profile profile) {
        int steps = profile.steps().size();
        double unit = 1e6 * steps;
        return new RankTimes(
                rank,
                steps,
                profile.stepNanos() / unit,
                profile.computeNanos() / unit,
                profile.exposedNanos() / unit,
                profile.collectiveNanos() / unit,
                -1);
    }

    static RankTimes of(JsonNode node) {
        return new RankTimes(
                node.path("rank").asInt(),
                node.path("steps").asInt(),
                node.path("stepMillis").asDouble(),
                node.path("computeMillis").asDouble(),
                node.path("exposedMillis").asDouble(),
                node.path("collectiveMillis").asDouble(),
                node.path("lateMillis").asDouble(-1));
    }

    ObjectNode json() {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("rank", rank)
                .put("steps", steps)
                .put("stepMillis", stepMillis)
                .put("computeMillis", computeMillis)
                .put("exposedMillis", exposedMillis)
                .put("collectiveMillis", collectiveMillis);
        return lateMillis < 0 ? node : node.put("lateMillis", lateMillis);
    }

    RankTimes withLateNanos(long nanos) {
        return new RankTimes(
                rank, steps, stepMillis, computeMillis, exposedMillis, collectiveMillis, nanos / 1e6 / steps);
    }
}
