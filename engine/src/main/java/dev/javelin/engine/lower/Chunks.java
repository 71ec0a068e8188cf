package dev.javelin.engine.lower;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Parameter;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.spi.strategy.Unit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** All chunks of a model under a plan, and where each parameter lies. */
public final class Chunks {
    /** Frozen parameters need no group of their own. In brackets, because a group may have any name. */
    private static final ParameterGroup FROZEN =
            new ParameterGroup("(frozen)", (path, parameter) -> !parameter.trainable(), new Sgd(0, 0, false), 0);

    private final PrecisionPlan precision;
    private final long alignment;
    private final int ranks;
    private final Set<String> unused;
    private final List<Chunk> all = new ArrayList<>();
    private final Map<String, Chunk> byPath = new HashMap<>();
    private final Map<String, Chunk.Member> members = new HashMap<>();

    /**
     * Lays out the parameters.
     *
     * @param alignment in elements: each parameter starts at a multiple of it
     * @param ranks chunks are padded so that so many ranks divide them
     * @param unused trainable parameters without a gradient: they are kept as they are
     * @throws JavelinException {@code JVL-STR-0006} if the units name other parameters than the model has
     */
    public Chunks(
            ModelPaths paths,
            PrecisionPlan precision,
            List<Unit> units,
            List<ParameterGroup> groups,
            long alignment,
            int ranks,
            Set<String> unused) {
        this.precision = precision;
        this.alignment = alignment;
        this.ranks = ranks;
        this.unused = unused;
        for (Unit unit : units) {
            Map<String, List<String>> split = new LinkedHashMap<>();
            for (String path : unit.parameters()) {
                Parameter parameter = paths.parameters().get(path);
                if (parameter == null) {
                    throw misfit("unit '" + unit.name() + "' names the parameter " + path + ", which the model lacks");
                }
                String suffix = owner(groups, path, parameter).name();
                split.computeIfAbsent(suffix, s -> new ArrayList<>()).add(path);
            }
            split.forEach((suffix, members) -> add(paths, unit, suffix, members, groups));
        }
        for (String path : paths.parameters().keySet()) {
            if (!byPath.containsKey(path)) {
                throw misfit("no unit of the plan holds the parameter " + path);
            }
        }
    }

    private static JavelinException misfit(String problem) {
        return new JavelinException(
                "JVL-STR-0006", problem, "the strategy must put every parameter of the inventory into one unit");
    }

    private void add(ModelPaths paths, Unit unit, String suffix, List<String> names, List<ParameterGroup> groups) {
        List<Chunk.Member> layout = new ArrayList<>();
        long end = 0;
        for (String path : names) {
            Shape shape = parameter(paths, path).shape();
            long offset = Math.ceilDiv(end, alignment) * alignment;
            layout.add(new Chunk.Member(path, offset, shape));
            end = offset + shape.elements();
        }
        Parameter first = parameter(paths, names.getFirst());
        long multiple = ranks == 1 ? 1 : Math.multiplyExact(alignment, ranks);
        Chunk chunk = new Chunk(
                unit.name() + "/" + suffix,
                unit.name(),
                owner(groups, names.getFirst(), first),
                trains(names.getFirst(), first),
                new TensorType(paths.dtype(), Shape.of(Math.ceilDiv(end, multiple) * multiple)),
                precision,
                layout);
        all.add(chunk);
        for (Chunk.Member member : layout) {
            byPath.put(member.path(), chunk);
            members.put(member.path(), member);
        }
    }

    private ParameterGroup owner(List<ParameterGroup> groups, String path, Parameter parameter) {
        return trains(path, parameter) ? group(groups, path, parameter) : FROZEN;
    }

    private boolean trains(String path, Parameter parameter) {
        return parameter.trainable() && !unused.contains(path);
    }

    private static Parameter parameter(ModelPaths paths, String path) {
        return Objects.requireNonNull(paths.parameters().get(path));
    }

    /**
     * The first group that a parameter matches.
     *
     * @throws JavelinException {@code JVL-CFG-0010} if none does
     */
    public static ParameterGroup group(List<ParameterGroup> groups, String path, Parameter parameter) {
        return groups.stream()
                .filter(group -> group.matches().test(path, parameter))
                .findFirst()
                .orElseThrow(() -> new JavelinException(
                        "JVL-CFG-0010",
                        "no optimizer group matches the parameter " + path,
                        "end the list of groups with one that matches all"));
    }

    public List<Chunk> all() {
        return all;
    }

    public Chunk of(String path) {
        return Objects.requireNonNull(byPath.get(path), path);
    }

    public Chunk.Member member(String path) {
        return Objects.requireNonNull(members.get(path), path);
    }
}
