package dev.javelin.spi.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {
    @Test
    void aRangeIsGivenBackOnceHoweverManyClose() {
        AtomicInteger released = new AtomicInteger();
        DeviceMemory memory = DeviceMemory.of(512, 100, released::incrementAndGet);
        assertEquals(512, memory.address());
        assertEquals(100, memory.bytes());
        assertEquals(0, released.get());
        IntStream.range(0, 8).parallel().forEach(i -> memory.close());
        assertEquals(1, released.get());
    }
}
