package dev.javelin.engine.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import dev.javelin.engine.checkpoint.Manifest.StoredFile;
import dev.javelin.engine.checkpoint.Manifest.StoredRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Writes checkpoints into the folder of a run: each whole or not at all.
 *
 * <p>The steps, each made durable before the next: a hidden folder {@code .checkpoint-<step>.partial}; the tensors, one
 * by one; the manifest; the commit marker; the folder's new name. Whatever fails, the hidden folder is removed and what
 * was there before is untouched; if the process dies, the next write removes what it left.
 */
public final class CheckpointWriter {
    private final Disk disk;
    private final SafetensorsWriter tensors;
    private final List<Companion> companions;

    public CheckpointWriter() {
        this(Disk.real());
    }

    /** Writes these files into every checkpoint too. */
    public CheckpointWriter(List<Companion> companions) {
        this(Disk.real(), companions);
    }

    CheckpointWriter(Disk disk) {
        this(disk, List.of());
    }

    private CheckpointWriter(Disk disk, List<Companion> companions) {
        this.disk = disk;
        this.companions = List.copyOf(companions);
        this.tensors = new SafetensorsWriter(disk);
    }

    /** A range of state, and where its elements come from. */
    public record Entry(StateRange range, SafetensorsWriter.Source source) {}

    /**
     * Writes {@code checkpoint-<step>} into the run's folder, which is made if need be; one of that name is replaced.
     *
     * @param state whatever else the run needs to go on; a number {@code validationLoss} ranks the checkpoint
     * @param entries each range once
     * @return the checkpoint's folder
     * @throws JavelinException {@code JVL-CKP-0020} if it cannot be written; the checkpoints before stay whole
     */
    public Path write(Path run, long step, ObjectNode state, List<Entry> entries) {
        begin(run, step);
        return finish(run, step, state, entries, 1);
    }

    /**
     * Makes the hidden folder that several writers write into; the first of them calls it before the others begin.
     *
     * @throws JavelinException {@code JVL-CKP-0020} if it cannot be made
     */
    public void begin(Path run, long step) {
        guarded(run, step, List.of(), () -> {
            disk.createFolder(run);
            RunFolder.recover(run, disk);
            disk.createFolder(RunFolder.partial(run, step));
        });
    }

    /**
     * Writes the part of one more writer: files of its own, and a manifest of them for the first to take up.
     *
     * @param writer from 1
     * @throws JavelinException {@code JVL-CKP-0020} if it cannot be written, or the folder of the first is not seen here
     */
    public void writePart(Path run, long step, int writer, List<Entry> entries) {
        Path partial = RunFolder.partial(run, step);
        guarded(run, step, entries, () -> {
            if (!Files.isDirectory(partial)) {
                throw new IOException("the first rank's folder " + partial + " is not seen by rank " + writer);
            }
            Content content = writeTensors(partial, step, ".rank-" + writer, entries);
            Manifest part = new Manifest(step, Json.object(), content.files, content.ranges);
            writeFile(partial.resolve(part(writer)), part.encode());
        });
    }

    /**
     * Writes the first writer's part and the companions, takes up the others', which are whole by now, and gives the checkpoint its name.
     *
     * @param writers how many there are, the first included
     */
    public Path finish(Path run, long step, ObjectNode state, List<Entry> entries, int writers) {
        Path target = RunFolder.checkpoint(run, step);
        Path partial = RunFolder.partial(run, step);
        guarded(run, step, entries, () -> {
            Content content = writeTensors(partial, step, "", entries);
            for (int writer = 1; writer < writers; writer++) {
                Path file = partial.resolve(part(writer));
                Manifest part = Manifest.parse(partial, Files.readAllBytes(file));
                content.files.addAll(part.files());
                content.ranges.addAll(part.ranges());
                Disk.delete(file);
            }
            for (Companion companion : companions) {
                writeFile(partial.resolve(companion.name()), companion.content());
            }
            byte[] manifest = new Manifest(step, state, content.files, content.ranges).encode();
            writeFile(partial.resolve(Manifest.FILE), manifest);
            writeFile(partial.resolve(Manifest.MARKER), Manifest.marker(manifest));
            disk.syncFolder(partial);
            replace(partial, target, RunFolder.replaced(run, step));
            disk.syncFolder(run);
        });
        return target;
    }

    /** Removes what was begun and will not be finished. */
    public void discard(Path run, long step) {
        try {
            Disk.delete(RunFolder.partial(run, step));
        } catch (IOException e) {
            // The next write into this run removes it.
        }
    }

    private static String part(int writer) {
        return "part-" + writer + ".json";
    }

    /** Work on the disk. */
    private interface Writing {
        void run() throws IOException;
    }

    /** Whatever fails, the hidden folder is removed. */
    private static void guarded(Path run, long step, List<Entry> entries, Writing writing) {
        Path partial = RunFolder.partial(run, step);
        try {
            writing.run();
        } catch (IOException e) {
            throw discard(partial, failure(run, step, entries, e));
        } catch (RuntimeException e) {
            throw discard(partial, e);
        }
    }

    /** What was written. */
    private record Content(List<StoredFile> files, List<StoredRange> ranges) {}

    private Content writeTensors(Path folder, long step, String suffix, List<Entry> entries) throws IOException {
        SequencedMap<String, List<Entry>> byFile = new LinkedHashMap<>();
        for (Entry entry : entries) {
            byFile.computeIfAbsent(fileName(entry.range.kind(), suffix), name -> new ArrayList<>())
                    .add(entry);
        }
        Content content = new Content(new ArrayList<>(), new ArrayList<>());
        for (var group : byFile.entrySet()) {
            List<SafetensorsWriter.Item> items = group.getValue().stream()
                    .map(entry -> new SafetensorsWriter.Item(
                            entry.range.tensorName(), entry.range.storedType(), entry.source))
                    .toList();
            SafetensorsWriter.Written written =
                    tensors.writeFile(folder.resolve(group.getKey()), metadata(step), items);
            content.files.add(new StoredFile(group.getKey(), written.fileBytes(), written.headerCrc()));
            for (int i = 0; i < items.size(); i++) {
                content.ranges.add(
                        new StoredRange(group.getValue().get(i).range, group.getKey(), written.tensorCrcs()[i]));
            }
        }
        return content;
    }

    private static SequencedMap<String, String> metadata(long step) {
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        metadata.put("writer", "javelin");
        metadata.put("step", Long.toString(step));
        return metadata;
    }

    private static String fileName(String kind, String suffix) {
        return (kind.equals(StateRange.PARAM) ? "model" : kind) + suffix + ".safetensors";
    }

    private void writeFile(Path file, byte[] content) throws IOException {
        try (Disk.Output output = disk.create(file)) {
            output.writeFully(ByteBuffer.wrap(content));
            output.force();
        }
    }

    private void replace(Path partial, Path target, Path replaced) throws IOException {
        boolean existed = Files.exists(target);
        if (existed) {
            disk.move(target, replaced);
        }
        try {
            disk.move(partial, target);
        } catch (IOException e) {
            if (existed) {
                disk.move(replaced, target);
            }
            throw e;
        }
        try {
            Disk.delete(replaced);
        } catch (IOException e) {
            // The new checkpoint is whole; what it replaced goes with the next one of this step.
        }
    }

    private static <E extends RuntimeException> E discard(Path partial, E cause) {
        try {
            Disk.delete(partial);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
        return cause;
    }

    private static JavelinException failure(Path run, long step, List<Entry> entries, IOException cause) {
        long needed = entries.stream().mapToLong(entry -> entry.range.bytes()).sum();
        return new JavelinException(
                "JVL-CKP-0020",
                "cannot write checkpoint-" + step + " (" + needed + " bytes) to " + run.toAbsolutePath() + ": "
                        + reason(cause) + space(run),
                "free space there, or give a folder that you may write to with trainer.out; checkpoints written before"
                        + " are whole, go on from them with --resume",
                cause);
    }

    private static String reason(IOException cause) {
        String message = cause.getMessage();
        return cause.getClass().getSimpleName() + (message == null ? "" : " " + message);
    }

    private static String space(Path run) {
        try {
            return " (" + Files.getFileStore(run).getUsableSpace() + " bytes are free)";
        } catch (IOException e) {
            return "";
        }
    }
}
