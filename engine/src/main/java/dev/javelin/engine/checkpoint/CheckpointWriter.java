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

    public CheckpointWriter() {
        this(Disk.real());
    }

    CheckpointWriter(Disk disk) {
        this.disk = disk;
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
        Path target = RunFolder.checkpoint(run, step);
        Path partial = RunFolder.partial(run, step);
        try {
            disk.createFolder(run);
            RunFolder.recover(run, disk);
            disk.createFolder(partial);
            writeContent(partial, step, state, entries);
            disk.syncFolder(partial);
            replace(partial, target, RunFolder.replaced(run, step));
            disk.syncFolder(run);
            return target;
        } catch (IOException e) {
            throw discard(partial, failure(run, step, entries, e));
        } catch (RuntimeException e) {
            throw discard(partial, e);
        }
    }

    private void writeContent(Path folder, long step, ObjectNode state, List<Entry> entries) throws IOException {
        SequencedMap<String, List<Entry>> byFile = new LinkedHashMap<>();
        for (Entry entry : entries) {
            byFile.computeIfAbsent(fileName(entry.range.kind()), name -> new ArrayList<>())
                    .add(entry);
        }
        List<StoredFile> files = new ArrayList<>();
        List<StoredRange> ranges = new ArrayList<>();
        for (var group : byFile.entrySet()) {
            List<SafetensorsWriter.Item> items = group.getValue().stream()
                    .map(entry -> new SafetensorsWriter.Item(
                            entry.range.tensorName(), entry.range.storedType(), entry.source))
                    .toList();
            SafetensorsWriter.Written written =
                    tensors.writeFile(folder.resolve(group.getKey()), metadata(step), items);
            files.add(new StoredFile(group.getKey(), written.fileBytes(), written.headerCrc()));
            for (int i = 0; i < items.size(); i++) {
                ranges.add(new StoredRange(group.getValue().get(i).range, group.getKey(), written.tensorCrcs()[i]));
            }
        }
        byte[] manifest = new Manifest(step, state, files, ranges).encode();
        writeFile(folder.resolve(Manifest.FILE), manifest);
        writeFile(folder.resolve(Manifest.MARKER), Manifest.marker(manifest));
    }

    private static SequencedMap<String, String> metadata(long step) {
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        metadata.put("writer", "javelin");
        metadata.put("step", Long.toString(step));
        return metadata;
    }

    private static String fileName(String kind) {
        return (kind.equals(StateRange.PARAM) ? "model" : kind) + ".safetensors";
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
