package dev.javelin.cli.explain;

import dev.javelin.engine.place.Placement;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import dev.javelin.spi.strategy.Unit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Which unit of the plan an instruction belongs to. */
final class Units {
    private final Set<String> names = new HashSet<>();

    Units(List<Unit> units) {
        units.forEach(unit -> names.add(unit.name()));
    }

    /**
     * The unit named after the instruction's layer or after the nearest layer around it. Outside of layers: the unit
     * whose state it writes or reads, else {@code step}.
     */
    String of(Instruction instruction, Placement placement) {
        String layer = instruction.site().layer();
        if (layer.isEmpty()) {
            return Stream.concat(instruction.outputs().stream(), instruction.inputs().stream())
                    .flatMap(value -> chunkUnit(value, placement).stream())
                    .findFirst()
                    .orElse("step");
        }
        for (String at = layer; !at.isEmpty(); at = at.contains(".") ? at.substring(0, at.lastIndexOf('.')) : "") {
            if (names.contains(at)) {
                return at;
            }
        }
        return layer.contains(".") ? layer.substring(0, layer.indexOf('.')) : layer;
    }

    /** Chunks are named {@code UNIT/GROUP}. */
    private Optional<String> chunkUnit(Value value, Placement placement) {
        return placement
                .location(value)
                .slot()
                .map(Slot::name)
                .filter(name -> name.contains("/"))
                .map(name -> name.substring(0, name.indexOf('/')))
                .filter(names::contains);
    }
}
