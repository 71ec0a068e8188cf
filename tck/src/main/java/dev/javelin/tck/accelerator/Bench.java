package dev.javelin.tck.accelerator;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Breach;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/** An opened device for one check, and the memory that the check takes. Memory is read and written by copies alone. */
final class Bench implements AutoCloseable {
    private final AcceleratorSubject subject;
    private final Accelerator device;
    private final Deque<DeviceMemory> held = new ArrayDeque<>();
    private final Lab lab;

    Bench(AcceleratorSubject subject) {
        this.subject = subject;
        this.device = subject.open();
        this.lab = new Lab(device);
    }

    AcceleratorSubject subject() {
        return subject;
    }

    Extent extent() {
        return subject.extent();
    }

    Accelerator device() {
        return device;
    }

    /** The compute queue. */
    DeviceQueue queue() {
        return queue(QueueRole.COMPUTE);
    }

    DeviceQueue queue(QueueRole role) {
        return device.queue(role);
    }

    long alignment() {
        return device.planner().alignmentBytes();
    }

    Random random(Object about) {
        return new Random(subject.seed() * 31 + about.hashCode());
    }

    /** Memory that is closed with the bench, unless the check has closed it. */
    DeviceMemory allocate(long bytes) {
        return allocate(bytes, "tck");
    }

    DeviceMemory allocate(long bytes, String purpose) {
        DeviceMemory memory = device.allocate(bytes, purpose);
        held.push(memory);
        return memory;
    }

    /** The device with the memory that trials lie in. */
    Lab lab() {
        return lab;
    }

    void write(long address, byte[] values) {
        device.copyToDevice(queue(), MemorySegment.ofArray(values), address);
        queue().synchronize();
    }

    byte[] read(long address, long count) {
        byte[] bytes = new byte[Math.toIntExact(count)];
        device.copyToHost(queue(), address, MemorySegment.ofArray(bytes));
        queue().synchronize();
        return bytes;
    }

    byte[] bytes(Object about, long count) {
        byte[] bytes = new byte[Math.toIntExact(count)];
        random(about).nextBytes(bytes);
        return bytes;
    }

    void require(boolean holds, String actual, String expected, String place) {
        Breach.unless(holds, actual, expected, place);
    }

    /** The first place where the bytes differ breaks the rule. */
    static void requireEqual(byte[] expected, byte[] actual, String place) {
        int at = java.util.Arrays.mismatch(expected, actual);
        if (at >= 0) {
            String found = at < actual.length ? String.format("%02x", actual[at]) : "nothing";
            String asked = at < expected.length ? String.format("%02x", expected[at]) : "nothing";
            throw new Breach("byte " + at + " of " + actual.length + " is " + found, asked, place);
        }
    }

    /** Something that must be refused with a code. */
    static JavelinException refused(Runnable call, String place) {
        try {
            call.run();
        } catch (JavelinException error) {
            return error;
        }
        throw new Breach("no error", "a coded error", place);
    }

    /** Closes memory and device; what goes wrong behind a breach is left out. */
    @Override
    public void close() {
        RuntimeException first = null;
        held.push(lab.memory());
        for (DeviceMemory memory : held) {
            try {
                memory.close();
            } catch (RuntimeException error) {
                first = first == null ? error : first;
            }
        }
        device.close();
        if (first != null) {
            throw first;
        }
    }
}
