package dev.javelin.tck.communicator;

import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Seat;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * A wrong communicator.
 *
 * @param rule the one it breaks
 * @param defect what it gets wrong
 * @param also rules that cannot be kept with this defect
 */
record Wrong(String rule, String defect, Set<String> also, Supplier<ReferenceProvider> provider) {

    static Wrong provider(String rule, String defect, Supplier<ReferenceProvider> provider) {
        return new Wrong(rule, defect, Set.of(), provider);
    }

    /** Wrong in what a rank gets from join. */
    static Wrong world(String rule, String defect, Function<Communicator, Communicator> wrapper) {
        return world(rule, defect, (sound, seat) -> wrapper.apply(sound));
    }

    static Wrong world(String rule, String defect, BiFunction<Communicator, Seat, Communicator> wrapper) {
        return provider(rule, defect, () -> new ReferenceProvider() {
            @Override
            Communicator wrapped(Communicator sound, Seat seat) {
                return wrapper.apply(sound, seat);
            }
        });
    }

    /** Wrong in a group of a split; the wrapper is told the group that was split. */
    static Wrong group(String rule, String defect, BiFunction<Communicator, Communicator, Communicator> wrapper) {
        return world(rule, defect, sound -> new Wrapper(sound) {
            @Override
            public java.util.Optional<Communicator> split(int color, int key) {
                return super.split(color, key).map(child -> wrapper.apply(child, this));
            }
        });
    }

    /** Wrong where ranks meet. */
    static Wrong board(String rule, String defect, BoardMaker boards) {
        return provider(rule, defect, () -> new ReferenceProvider() {
            @Override
            IntFunction<Board> boards() {
                return size -> boards.make(size, boards());
            }
        });
    }

    @FunctionalInterface
    interface BoardMaker {
        Board make(int size, IntFunction<Board> maker);
    }

    /** Names what else cannot be kept. */
    Wrong also(String... rules) {
        return new Wrong(rule, defect, Set.of(rules), provider);
    }

    @Override
    public String toString() {
        return rule + " " + defect;
    }
}
