package dev.javelin.accelerator.cuda.kernel;

import dev.javelin.accelerator.cuda.driver.Driver;
import dev.javelin.accelerator.cuda.driver.HostPointer;
import dev.javelin.accelerator.cuda.driver.Stream;
import dev.javelin.accelerator.cuda.kernel.Parameter.Address;
import dev.javelin.accelerator.cuda.kernel.Parameter.Struct;
import dev.javelin.accelerator.cuda.kernel.Parameter.Word;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUfunction;

/**
 * A launch with its function loaded and its parameters in memory, as the driver reads them: an array of pointers, one a
 * parameter, and behind it the parameters. Addresses are written into it at each launch; the driver copies what it points
 * to before it returns.
 */
final class ReadyLaunch implements Work {
    private final Launch launch;
    private final Driver driver;
    private final CUfunction function;
    private final MemorySegment block;
    private final HostPointer parameters;
    private final List<Address> addresses = new ArrayList<>();
    private final long[] places;

    private ReadyLaunch(Launch launch, Driver driver, CUfunction function) {
        this.launch = launch;
        this.driver = driver;
        this.function = function;
        long count = launch.parameters().size();
        long bytes = launch.parameters().stream().mapToLong(Parameter::bytes).sum();
        block = Arena.ofAuto().allocate(Math.max(8, count * ValueLayout.ADDRESS.byteSize() + bytes), 16);
        parameters = new HostPointer(block.address());
        places = new long[(int) count];
        write(count * ValueLayout.ADDRESS.byteSize());
    }

    static ReadyLaunch of(Launch launch, Device device) {
        return new ReadyLaunch(launch, device.driver(), device.function(launch));
    }

    private void write(long first) {
        long at = first;
        for (int i = 0; i < launch.parameters().size(); i++) {
            Parameter parameter = launch.parameters().get(i);
            block.setAtIndex(ValueLayout.JAVA_LONG, i, block.address() + at);
            switch (parameter) {
                case Address address -> {
                    places[addresses.size()] = at;
                    addresses.add(address);
                }
                case Word word -> block.set(ValueLayout.JAVA_LONG, at, word.bits());
                case Struct struct -> {
                    for (int w = 0; w < struct.words().size(); w++) {
                        block.set(
                                ValueLayout.JAVA_LONG,
                                at + (long) w * Long.BYTES,
                                struct.words().get(w));
                    }
                }
            }
            at += parameter.bytes();
        }
    }

    @Override
    public void enqueue(Stream stream, long[] inputs, long[] outputs, long workspace) {
        for (int i = 0; i < addresses.size(); i++) {
            Address address = addresses.get(i);
            long base = switch (address.operand()) {
                case INPUT -> inputs[address.index()];
                case OUTPUT -> outputs[address.index()];
                case WORKSPACE -> workspace;
            };
            block.set(ValueLayout.JAVA_LONG, places[i], base + address.offsetBytes());
        }
        driver.launch(function, launch, stream, parameters);
    }
}
