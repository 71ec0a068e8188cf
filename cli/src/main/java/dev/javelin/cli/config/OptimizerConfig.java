package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.Optimizer;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.optimizer.Sgd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The update rule and its learning rate.
 *
 * @param name {@code adamw}, {@code adam} or {@code sgd}
 * @param decayVectors whether weight decay applies to biases and norm weights too
 * @param groups tried in order before the defaults
 */
public record OptimizerConfig(
        String name,
        double learningRate,
        double weightDecay,
        boolean decayVectors,
        double beta1,
        double beta2,
        double epsilon,
        double momentum,
        boolean nesterov,
        String schedule,
        long warmupSteps,
        double finalFactor,
        List<Group> groups) {
    private static final double UNLIMITED = Double.POSITIVE_INFINITY;

    public OptimizerConfig {
        groups = List.copyOf(groups);
    }

    /**
     * Parameters with settings of their own.
     *
     * @param match a pattern over parameter paths, in which {@code *} stands for any characters
     */
    public record Group(String match, double weightDecay, double learningRateFactor) {
        boolean matches(String path) {
            StringBuilder pattern = new StringBuilder();
            for (String part : match.split("\\*", -1)) {
                pattern.append(pattern.isEmpty() ? "" : ".*").append(java.util.regex.Pattern.quote(part));
            }
            return path.matches(pattern.toString());
        }
    }

    static OptimizerConfig read(Settings settings) {
        String name = settings.choice("optimizer.name", "adamw", List.of("adamw", "adam", "sgd"));
        double weightDecay = settings.number("optimizer.weightDecay", name.equals("adamw") ? 0.1 : 0, 0, UNLIMITED);
        return new OptimizerConfig(
                name,
                settings.number("optimizer.learningRate", name.equals("sgd") ? 0.1 : 1e-3, 0, UNLIMITED),
                weightDecay,
                settings.flag("optimizer.decayVectors", false),
                settings.number("optimizer.beta1", 0.9, 0, 1),
                settings.number("optimizer.beta2", name.equals("adam") ? 0.999 : 0.95, 0, 1),
                settings.number("optimizer.epsilon", 1e-8, 0, UNLIMITED),
                settings.number("optimizer.momentum", name.equals("sgd") ? 0.9 : 0, 0, 1),
                settings.flag("optimizer.nesterov", false),
                settings.choice("optimizer.schedule", "cosine", List.of("constant", "linear", "cosine")),
                settings.integer("optimizer.warmupSteps", 100, 0, Long.MAX_VALUE),
                settings.number("optimizer.finalFactor", 0.1, 0, UNLIMITED),
                groups(settings, weightDecay));
    }

    private static List<Group> groups(Settings settings, double weightDecay) {
        List<Group> groups = new ArrayList<>();
        Optional<Setting> words = settings.find("optimizer.groups");
        if (words.isPresent() && !words.get().text().isEmpty()) {
            throw new JavelinException(
                    "JVL-CFG-0043",
                    words.get().place() + ": optimizer.groups is '"
                            + words.get().text() + "'",
                    "write a list of groups, each with the keys match, weightDecay, learningRateFactor");
        }
        int count = settings.items("optimizer.groups");
        // One more than there are, so that the keys of a group are known for suggestions.
        for (int i = 0; i <= count; i++) {
            String prefix = "optimizer.groups[" + i + "].";
            Group group = new Group(
                    settings.text(prefix + "match", "*"),
                    settings.number(prefix + "weightDecay", weightDecay, 0, UNLIMITED),
                    settings.number(prefix + "learningRateFactor", 1, 0, UNLIMITED));
            if (i < count) {
                groups.add(group);
            }
        }
        return groups;
    }

    /** The groups of parameters with their update rules. */
    public List<ParameterGroup> parameterGroups() {
        List<ParameterGroup> all = new ArrayList<>();
        for (Group group : groups) {
            all.add(new ParameterGroup(
                    group.match(),
                    (path, parameter) -> group.matches(path),
                    rule(group.weightDecay()),
                    group.learningRateFactor()));
        }
        if (!decayVectors && weightDecay > 0) {
            all.add(new ParameterGroup(
                    "vectors", (path, parameter) -> parameter.shape().rank() < 2, rule(0), 1));
        }
        all.add(new ParameterGroup("matrices", (path, parameter) -> true, rule(weightDecay), 1));
        return all;
    }

    private Optimizer rule(double decay) {
        return name.equals("sgd")
                ? new Sgd(momentum, decay, nesterov)
                : new AdamW(beta1, beta2, epsilon, decay, name.equals("adamw"));
    }

    /** The learning rate over the steps. */
    public Schedule learningRates() {
        return switch (schedule) {
            case "constant" -> Schedule.constant(learningRate);
            case "linear" -> Schedule.linear(learningRate, warmupSteps, finalFactor);
            default -> Schedule.cosine(learningRate, warmupSteps, finalFactor);
        };
    }

    SequencedMap<String, Object> tree() {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", name);
        tree.put("learningRate", learningRate);
        tree.put("weightDecay", weightDecay);
        tree.put("decayVectors", decayVectors);
        tree.put("beta1", beta1);
        tree.put("beta2", beta2);
        tree.put("epsilon", epsilon);
        tree.put("momentum", momentum);
        tree.put("nesterov", nesterov);
        tree.put("schedule", schedule);
        tree.put("warmupSteps", warmupSteps);
        tree.put("finalFactor", finalFactor);
        if (!groups.isEmpty()) {
            tree.put("groups", groups.stream().map(OptimizerConfig::tree).toList());
        }
        return tree;
    }

    private static SequencedMap<String, Object> tree(Group group) {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        tree.put("match", group.match());
        tree.put("weightDecay", group.weightDecay());
        tree.put("learningRateFactor", group.learningRateFactor());
        return tree;
    }
}
