package dev.javelin.engine.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.trainer.Communication;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.StepWork;
import dev.javelin.api.trainer.ValidationMetrics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.Summary;
import org.tensorflow.util.Event.WhatCase;
import org.tensorflow.util.SessionLog;

/** The other side are TensorFlow's own classes of its events, and a reader of records that trusts nothing. */
@DisplayName("A TensorBoard log")
class TensorBoardLogTest {
    private static final double SECONDS = 1_700_000_000.25;

    /** 200 samples/s, 50 GFLOP/s of 100, an eighth of the time for data. */
    private static final StepWork WORK = new StepWork(32, 16, 1024, 4e9, 0.08, 0.01, 100e9);

    @TempDir
    Path folder;

    private long millis = (long) (SECONDS * 1000);

    private TensorBoardLog log() {
        InstantSource clock = () -> Instant.ofEpochMilli(millis);
        return new TensorBoardLog(folder, Map.of("hyperparameters", "| a | b |"), clock);
    }

    private static StepMetrics step(long step) {
        return new StepMetrics(
                step, 2.5 / step, 0.75, 1e-3, 1234.5, 4096, step, Communication.none(), Map.of("accuracy", 0.5), WORK);
    }

    private List<org.tensorflow.util.Event> events() throws IOException {
        List<org.tensorflow.util.Event> events = new ArrayList<>();
        for (Path file : TensorBoardLog.files(folder)) {
            for (byte[] record : records(Files.readAllBytes(file))) {
                events.add(org.tensorflow.util.Event.parseFrom(record));
            }
        }
        return events;
    }

    /** Reads records by the description of the format, the checksum bit by bit. */
    private static List<byte[]> records(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        List<byte[]> records = new ArrayList<>();
        while (in.hasRemaining()) {
            int at = in.position();
            byte[] record = new byte[(int) in.getLong()];
            assertEquals(mask(crc32c(Arrays.copyOfRange(file, at, at + 8))), in.getInt() & 0xFFFFFFFFL);
            in.get(record);
            assertEquals(mask(crc32c(record)), in.getInt() & 0xFFFFFFFFL);
            records.add(record);
        }
        return records;
    }

    private static long mask(long crc) {
        return (((crc >>> 15) | (crc << 17)) + 0xa282ead8L) & 0xFFFFFFFFL;
    }

    private static long crc32c(byte[] bytes) {
        long crc = 0xFFFFFFFFL;
        for (byte next : bytes) {
            crc ^= next & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 1 ? crc >>> 1 ^ 0x82F63B78L : crc >>> 1;
            }
        }
        return crc ^ 0xFFFFFFFFL;
    }

    @Test
    @DisplayName("begins with the bytes that every event file begins with")
    void beginsLikeEveryEventFile() throws IOException {
        try (TensorBoardLog log = log()) {
            log.open(0);
        }
        byte[] bytes = Files.readAllBytes(TensorBoardLog.files(folder).getFirst());
        // Length 24 and its masked checksum; field 1, a double; ... field 3, 13 characters.
        assertEquals("1800000000000000a37f4b2209", HexFormat.of().formatHex(bytes, 0, 13));
        assertEquals(
                "1a0d" + HexFormat.of().formatHex("brain.Event:2".getBytes()),
                HexFormat.of().formatHex(bytes, 21, 36));
    }

    @Test
    @DisplayName("is read by TensorFlow's classes: version, start, text, and scalars with step and time")
    void isReadByTensorFlowsClasses() throws IOException {
        try (TensorBoardLog log = log()) {
            log.open(0);
            log.onStep(step(1));
            millis += 1500;
            log.onStep(step(300));
            log.onValidation(new ValidationMetrics(300, 3.25, Map.of("accuracy", 0.25)));
        }
        List<org.tensorflow.util.Event> events = events();
        assertEquals("brain.Event:2", events.getFirst().getFileVersion());
        assertEquals(
                SessionLog.SessionStatus.START, events.get(1).getSessionLog().getStatus());
        assertEquals(1, events.get(1).getStep());
        Summary.Value text = events.get(2).getSummary().getValue(0);
        assertEquals("hyperparameters", text.getTag());
        assertEquals("text", text.getMetadata().getPluginData().getPluginName());
        assertEquals(DataType.DT_STRING, text.getTensor().getDtype());
        assertEquals(1, text.getTensor().getTensorShape().getDim(0).getSize());
        assertEquals("| a | b |", text.getTensor().getStringVal(0).toStringUtf8());
        Map<String, Float> expected = Map.of(
                "train/loss", 2.5f,
                "train/grad_norm", 0.75f,
                "train/lr", 1e-3f,
                "throughput/tokens_per_second", 1234.5f,
                "throughput/device_bytes", 4096f,
                "throughput/samples_per_second", 200f,
                "throughput/flops_per_second", 50e9f,
                "throughput/device_share", 0.5f,
                "throughput/data_share", 0.125f,
                "train/accuracy", 0.5f);
        assertEquals(expected, scalars(events.get(3)));
        assertEquals(SECONDS, events.get(3).getWallTime());
        assertEquals(300, events.get(4).getStep());
        assertEquals(SECONDS + 1.5, events.get(4).getWallTime());
        assertEquals(Map.of("val/loss", 3.25f, "val/accuracy", 0.25f), scalars(events.get(5)));
        assertEquals(6, events.size());
    }

    private static Map<String, Float> scalars(org.tensorflow.util.Event event) {
        Map<String, Float> values = new java.util.TreeMap<>();
        event.getSummary().getValueList().forEach(value -> values.put(value.getTag(), value.getSimpleValue()));
        return values;
    }

    @Test
    @DisplayName("has no step twice after a run went back, also if it was killed in the middle of a record")
    void hasNoStepTwice() throws IOException {
        try (TensorBoardLog log = log()) {
            log.open(0);
            for (int i = 1; i <= 6; i++) {
                log.onStep(step(i));
            }
        }
        try (TensorBoardLog log = log()) {
            log.open(6);
            log.onStep(step(7));
            log.onStep(step(8));
        }
        Path second = TensorBoardLog.files(folder).getLast();
        byte[] whole = Files.readAllBytes(second);
        Files.write(second, Arrays.copyOf(whole, whole.length - 3));
        try (TensorBoardLog log = log()) {
            log.open(4);
            log.onStep(step(5));
        }
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), steps());
        assertEquals(2, TensorBoardLog.files(folder).size(), "the second file had nothing left");
        try (TensorBoardLog log = log()) {
            log.open(5);
            log.onStep(step(6));
        }
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), steps());
        List<Path> files = TensorBoardLog.files(folder);
        assertEquals(files.stream().sorted().toList(), files, "they sort in the order of their processes");
        assertTrue(files.size() == 3, files.toString());
    }

    private List<Long> steps() throws IOException {
        return events().stream()
                .filter(event -> event.getWhatCase() == WhatCase.SUMMARY)
                .filter(event -> event.getSummary().getValue(0).getTag().equals("train/loss"))
                .map(org.tensorflow.util.Event::getStep)
                .toList();
    }

    @Test
    @DisplayName("cuts damage off behind the last good record")
    void cutsDamageOff() throws IOException {
        try (TensorBoardLog log = log()) {
            log.open(0);
            log.onStep(step(1));
            log.onStep(step(2));
        }
        Path file = TensorBoardLog.files(folder).getFirst();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 10] ^= 1;
        Files.write(file, bytes);
        log().open(2);
        assertEquals(List.of(1L), steps());
        byte[] damaged = Files.readAllBytes(file);
        assertArrayEquals(Arrays.copyOf(bytes, damaged.length), damaged);
    }
}
