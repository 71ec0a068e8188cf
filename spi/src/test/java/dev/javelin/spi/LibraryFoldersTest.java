package dev.javelin.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where libraries of a vendor are looked for. */
class LibraryFoldersTest {
    @TempDir
    private Path folder;

    private static String path(Path... parts) {
        return String.join(
                File.pathSeparator, List.of(parts).stream().map(Path::toString).toList());
    }

    @Test
    void foldersAreLookedIntoInTheOrderThatIsPromised() throws IOException {
        Path bin = Files.createDirectories(folder.resolve("venv/bin"));
        Files.createFile(bin.resolve("python3"));
        Path packages = folder.resolve("venv/lib/python3.12/site-packages/nvidia");
        Path nccl = Files.createDirectories(packages.resolve("nccl/lib"));
        Path cublas = Files.createDirectories(packages.resolve("cublas/lib"));
        Files.createDirectories(packages.resolve("headers"));
        Path other = Files.createDirectories(folder.resolve("usr/bin"));
        LibraryFolders folders = LibraryFolders.nvidia(
                path(folder.resolve("first"), folder.resolve("second")),
                Map.of("CUDA_PATH", folder.resolve("cuda").toString(), "PATH", path(other, bin)));
        assertEquals(
                List.of(folder.resolve("first"), folder.resolve("second"), folder.resolve("cuda/lib64"), cublas, nccl),
                folders.folders());
        Path late = Files.createFile(nccl.resolve("libnccl.so.2"));
        assertEquals(List.of(late), folders.files("libnccl.so.2"));
        Path early = Files.createDirectories(folder.resolve("second"));
        Files.createFile(early.resolve("liba.so.1"));
        Files.createFile(early.resolve("liba.so.2"));
        Files.createFile(nccl.resolve("liba.so.2"));
        assertEquals(
                List.of(early.resolve("liba.so.2"), early.resolve("liba.so.1"), nccl.resolve("liba.so.2")),
                folders.files("liba.so.2", "liba.so.1"));
    }

    @Test
    void aFileStandsForItsFolderAndAVendorHasPlacesOfItsOwn() throws IOException {
        Path lib = Files.createDirectories(folder.resolve("lib"));
        Path file = Files.createFile(lib.resolve("libacme.so.1"));
        LibraryFolders folders = LibraryFolders.of(
                file.toString(), Map.of("ACME_HOME", folder.toString()), List.of("ACME_HOME"), "lib", "acme");
        assertEquals(List.of(lib), folders.folders(), "named twice, looked into once");
        assertEquals(
                "libacme.so.1 in " + lib + " and where the system's loader looks", folders.searched("libacme.so.1"));
        LibraryFolders none = LibraryFolders.nvidia("", Map.of());
        assertEquals("liba.so, libb.so where the system's loader looks", none.searched("liba.so", "libb.so"));
    }
}
