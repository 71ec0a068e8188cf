package dev.javelin.accelerator.cpu.threads;

/** The work of one tile of a kernel; see {@link Workers#run}. */
@FunctionalInterface
public interface TileBody {

    /**
     * Does the work of one tile.
     *
     * @param tile number of the tile, 0 to tiles - 1: the only thing results may depend on
     * @param worker which thread runs it, 0 to threads - 1: for choosing a scratch slot, never for choosing work
     */
    void tile(int tile, int worker);
}
