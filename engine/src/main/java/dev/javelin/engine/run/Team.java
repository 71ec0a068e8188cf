package dev.javelin.engine.run;

import dev.javelin.engine.world.Member;
import dev.javelin.spi.communicator.Communicator;

/**
 * A rank among others, as a session needs it. Both belong to the caller.
 *
 * @param communicator of all ranks of the mesh
 */
public record Team(Member member, Communicator communicator) {
    public int rank() {
        return communicator.rank();
    }

    public int size() {
        return communicator.size();
    }
}
