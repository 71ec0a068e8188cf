package dev.javelin.communicator.local;

import dev.javelin.communicator.local.Libc.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Files in memory that a process makes for its peers to map. Both kinds are gone when the last process that maps them
 * is, however it ends; the second leaves a name behind if the maker is killed before its peers have mapped it.
 */
final class SharedFiles {
    private static final long PAGE = 4096;
    private static final int EINVAL = 22;

    private final Libc libc;
    private final Kind kind;
    private final long pid;
    private final long stamp;
    private long made;

    /** ANONYMOUS: reached through the maker's descriptors in /proc; NAMED: in /dev/shm. */
    enum Kind {
        ANONYMOUS,
        NAMED
    }

    /** @param stamp of the maker, so that names are unlike those of others with its process number */
    SharedFiles(Libc libc, Kind kind, long pid, long stamp) {
        this.libc = libc;
        this.kind = kind;
        this.pid = pid;
        this.stamp = stamp;
    }

    /**
     * A new file, open.
     *
     * @param id tells peers which of the maker's files it is
     */
    record File(int descriptor, long id) {}

    File make(long bytes) throws Failure {
        File file;
        if (kind == Kind.ANONYMOUS) {
            int descriptor = libc.memfdCreate("javelin");
            file = new File(descriptor, descriptor);
        } else {
            made++;
            file = new File(libc.open(name(pid, stamp, made), Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL), made);
        }
        try {
            libc.ftruncate(file.descriptor(), length(bytes));
        } catch (Failure e) {
            dismiss(file);
            throw e;
        }
        return file;
    }

    /** The maker's end of a file that all peers have mapped, or that nobody will: mappings remain. */
    void dismiss(File file) throws Failure {
        libc.close(file.descriptor());
        if (kind == Kind.NAMED) {
            libc.unlink(name(pid, stamp, file.id()));
        }
    }

    /** Maps a file of this process. */
    long map(File file, long bytes) throws Failure {
        long address = libc.mmap(file.descriptor(), length(bytes));
        libc.madvise(address, length(bytes), Libc.MADV_HUGEPAGE); // only advice, and seldom granted for shared memory
        return address;
    }

    /** Makes all pages of a mapping be there: what the system cannot give fails here, not at some access. */
    void populate(long address, long bytes) throws Failure {
        int errno = libc.madvise(address, length(bytes), Libc.MADV_POPULATE_WRITE);
        if (errno != 0 && errno != EINVAL) { // a system too old for it gives pages at their first access
            throw new Failure("madvise(MADV_POPULATE_WRITE) of " + bytes + " bytes", errno);
        }
    }

    /** Maps a peer's file. */
    long map(long peerPid, long peerStamp, long id, long bytes) throws Failure {
        String path = kind == Kind.ANONYMOUS ? "/proc/" + peerPid + "/fd/" + id : name(peerPid, peerStamp, id);
        requireOurs(path, length(bytes));
        int descriptor = libc.open(path, Libc.O_RDWR);
        try {
            long address = libc.mmap(descriptor, length(bytes));
            libc.madvise(address, length(bytes), Libc.MADV_HUGEPAGE);
            return address;
        } finally {
            libc.close(descriptor);
        }
    }

    /** A process number may be another process's here, and its descriptor anything. */
    private void requireOurs(String path, long bytes) throws Failure {
        try {
            boolean named = kind == Kind.NAMED
                    || Files.readSymbolicLink(Path.of(path)).toString().startsWith("/memfd:javelin");
            if (!named || Files.size(Path.of(path)) < bytes) {
                throw new Failure(path + " is not the file of the peer", 0);
            }
        } catch (IOException e) {
            throw new Failure(path + " cannot be seen: " + e, 0);
        }
    }

    void unmap(long address, long bytes) {
        try {
            libc.munmap(address, length(bytes));
        } catch (Failure e) {
            throw new IllegalStateException(e);
        }
    }

    private static long length(long bytes) {
        return (Math.max(1, bytes) + PAGE - 1) / PAGE * PAGE;
    }

    private static String name(long pid, long stamp, long id) {
        return "/dev/shm/javelin-" + pid + "-" + HexFormat.of().toHexDigits(stamp) + "-" + id;
    }
}
