package dev.javelin.spi.device;

import dev.javelin.api.JavelinException;

/**
 * What the addresses of a device mean. In equal spaces an address means the same byte: devices of one JVM with equal
 * spaces read and write each other's memory, and their queues await each other's events. So ranks that share a device
 * exchange buffers on it, without the host.
 *
 * @param name for messages, for example {@code GPU 0}
 * @param owner what tells it from others of that name
 */
public record AddressSpace(String name, Object owner) {
    /**
     * The memory of this process, which the host reads and writes as well; kernels take its addresses. Here, queues await
     * events of their own device alone.
     */
    public static final AddressSpace HOST = of("host");

    /** A space that is known by its name within this JVM. */
    public static AddressSpace of(String name) {
        return new AddressSpace(name, name);
    }

    /** The memory of a device that no other one reaches. */
    public static AddressSpace alone(Accelerator device) {
        return new AddressSpace("a device " + device.planner().name() + " of its own", device);
    }

    /**
     * For a communicator that reads and writes buffers itself.
     *
     * @throws JavelinException {@code JVL-COM-0004} unless this is {@link #HOST}
     */
    public void requireHost(String communicator) {
        if (!equals(HOST)) {
            throw new JavelinException(
                    "JVL-COM-0004",
                    "communicator " + communicator + " exchanges memory of the host, and the buffers are in that of "
                            + name,
                    "choose communicator nccl where each rank has a GPU of its own, local for threads that share one");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
