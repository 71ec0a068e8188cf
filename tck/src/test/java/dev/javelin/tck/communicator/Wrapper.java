package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** A communicator that does what another does, for doubles to get one thing wrong. */
class Wrapper implements Communicator {
    final Communicator sound;
    private final NavigableMap<Long, Long> given = new TreeMap<>();

    Wrapper(Communicator sound) {
        this.sound = sound;
    }

    /** Whether an address lies in memory of {@link #allocate}. */
    boolean given(long address) {
        var below = given.floorEntry(address);
        return below != null && address < below.getValue();
    }

    /** Does something behind what the queue was given. */
    static void behind(Call call, Runnable task) {
        call.queue().run(task);
    }

    @Override
    public int rank() {
        return sound.rank();
    }

    @Override
    public int size() {
        return sound.size();
    }

    @Override
    public void allGather(Call call, long shard, long full, long bytes) {
        sound.allGather(call, shard, full, bytes);
    }

    @Override
    public void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
        sound.reduceScatter(call, full, shard, elements, dtype);
    }

    @Override
    public void allReduce(Call call, long buffer, long elements, DType dtype) {
        sound.allReduce(call, buffer, elements, dtype);
    }

    @Override
    public void allToAll(Call call, long source, long target, long bytes) {
        sound.allToAll(call, source, target, bytes);
    }

    @Override
    public void broadcast(Call call, long buffer, long bytes, int root) {
        sound.broadcast(call, buffer, bytes, root);
    }

    @Override
    public void send(Call call, long buffer, long bytes, int peer) {
        sound.send(call, buffer, bytes, peer);
    }

    @Override
    public void recv(Call call, long buffer, long bytes, int peer) {
        sound.recv(call, buffer, bytes, peer);
    }

    @Override
    public void barrier(Call call) {
        sound.barrier(call);
    }

    @Override
    public Optional<Communicator> split(int color, int key) {
        return sound.split(color, key);
    }

    @Override
    public DeviceMemory allocate(Accelerator accelerator, long bytes, String purpose) {
        DeviceMemory memory = sound.allocate(accelerator, bytes, purpose);
        given.put(memory.address(), memory.address() + memory.bytes());
        return memory;
    }

    @Override
    public long sentBytes() {
        return sound.sentBytes();
    }

    @Override
    public void abort(String reason) {
        sound.abort(reason);
    }

    @Override
    public void close() {
        sound.close();
    }
}
