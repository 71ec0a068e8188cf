package dev.javelin.engine.world.link;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The host of this process.
 *
 * @param name to be read by people
 * @param identity equal for two processes if they can map the same memory and reach each other's loopback interface
 */
record Host(String name, String identity) {

    static Host here() {
        String name = systemName();
        return new Host(name, identity(name));
    }

    /** As the system itself says, which no name service has to know. */
    private static String systemName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException notLinux) {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                return "unknown";
            }
        }
    }

    /** The running kernel, the network's namespace and the file system of shared memory; containers differ in them. */
    private static String identity(String name) {
        try {
            String boot =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            Path net = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
            Object shared = Files.getAttribute(Path.of("/dev/shm"), "unix:dev");
            return boot + " " + net + " shm:" + shared;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return "name " + name;
        }
    }
}
