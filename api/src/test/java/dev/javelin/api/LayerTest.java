package dev.javelin.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerTest {
    private static class Leaf extends Layer {
        final Parameter weight = parameter("weight", Shape.of(2, 3), Initializer.ones());
        final Parameter offset = frozenParameter("offset", Shape.of(3), Initializer.zeros());

        @Override
        protected Tensor forward(Tensor input) {
            return input;
        }
    }

    private static final class Tree extends Layer {
        Tree(Leaf shared) {
            child("h.0", shared);
            child("h.1", new Leaf());
            child("tied", shared);
        }

        @Override
        protected Tensor forward(Tensor input) {
            return input;
        }
    }

    @Test
    void pathsFollowTheTreeInTheOrderOfDeclaration() {
        List<String> paths = new ArrayList<>();
        new Tree(new Leaf()).visit((path, layer) -> paths.add(path));
        assertEquals(List.of("", "h.0", "h.1", "tied"), paths);
    }

    @Test
    void aSharedParameterIsOneParameterAtItsFirstPath() {
        assertEquals(
                List.of("h.0.weight", "h.0.offset", "h.1.weight", "h.1.offset"),
                List.copyOf(new Tree(new Leaf()).allParameters().keySet()));
    }

    @Test
    void aNameServesOnce() {
        JavelinException error = assertThrows(JavelinException.class, () -> new Leaf() {
            {
                child("weight", new Leaf());
            }
        });
        assertEquals("JVL-API-0006", error.code());
    }

    @Test
    void frozenParametersAreNotTrainable() {
        Leaf leaf = new Leaf();
        assertEquals(true, leaf.weight.trainable());
        assertEquals(false, leaf.offset.trainable());
    }
}
