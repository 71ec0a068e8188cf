package dev.javelin.engine.program;

/**
 * Where an instruction comes from.
 *
 * @param phase part of the step
 * @param layer path of the layer, or name of the unit that is reduced; empty outside of them
 * @param source file and line of the model code, empty if the engine wrote it
 */
public record Site(Phase phase, String layer, String source) {

    /** The parts of a step, in order. */
    public enum Phase {
        FORWARD,
        BACKWARD,
        REDUCE,
        UPDATE
    }

    public Site withPhase(Phase other) {
        return new Site(other, layer, source);
    }

    @Override
    public String toString() {
        String place = layer.isEmpty()
                ? phase.name().toLowerCase(java.util.Locale.ROOT)
                : (phase == Phase.REDUCE ? "unit " : "layer ") + layer;
        return source.isEmpty() ? place : place + ", " + source;
    }
}
