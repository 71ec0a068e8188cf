package dev.javelin.spi.collective;

import dev.javelin.spi.strategy.Mesh;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The ranks that differ only in their places along some axes of the mesh. Start from {@link #of}.
 *
 * @param axes of the mesh; none for each rank alone
 * @param size number of ranks in it
 */
public record Group(SortedSet<String> axes, int size) {
    public Group {
        axes = Collections.unmodifiableSortedSet(new TreeSet<>(axes));
    }

    /**
     * The group along these axes.
     *
     * @throws dev.javelin.api.JavelinException {@code JVL-STR-0002} if the mesh has no such axis
     */
    public static Group of(Mesh mesh, Collection<String> axes) {
        int size = 1;
        for (String axis : new TreeSet<>(axes)) {
            size = Math.multiplyExact(size, mesh.size(axis));
        }
        return new Group(new TreeSet<>(axes), size);
    }

    @Override
    public String toString() {
        return axes + "x" + size;
    }
}
