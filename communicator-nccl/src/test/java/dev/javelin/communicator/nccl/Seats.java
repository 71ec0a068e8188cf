package dev.javelin.communicator.nccl;

import dev.javelin.engine.world.World;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.Worlds;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.tck.communicator.ThreadRanks;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.function.Supplier;

/** Seats of threads that say to be on several hosts, so that their communicator meets by connections. */
final class Seats {
    private Seats() {}

    static ThreadRanks asHosts() {
        return new ThreadRanks(size -> new Table(Worlds.threads(size, WorldOptions.standard())));
    }

    private record Table(World world) implements ThreadRanks.Table {
        @Override
        public List<? extends Seat> seats() {
            return world.members().stream().map(Elsewhere::new).toList();
        }

        @Override
        public void close() {
            world.close();
        }
    }

    private record Elsewhere(Seat seat) implements Seat {
        @Override
        public int rank() {
            return seat.rank();
        }

        @Override
        public int size() {
            return seat.size();
        }

        @Override
        public Closeness closeness() {
            return Closeness.HOSTS;
        }

        @Override
        public void put(String key, byte[] value) {
            seat.put(key, value);
        }

        @Override
        public byte[] get(String key) {
            return seat.get(key);
        }

        @Override
        public SocketChannel connect(int peer, String name) {
            return seat.connect(peer, name);
        }

        @Override
        public <T> T shared(String key, Class<T> type, Supplier<T> maker) {
            throw new IllegalStateException("ranks on several hosts share nothing");
        }

        @Override
        public void waiting(long sinceNanos) {
            seat.waiting(sinceNanos);
        }
    }
}
