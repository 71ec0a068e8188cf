package dev.javelin.engine.log;

import java.util.Map;

/**
 * The events that TensorBoard reads, encoded.
 *
 * <p>Source: tensorflow/core/util/event.proto, core/framework/summary.proto and tensor.proto: the numbers below are their
 * fields.
 */
final class Event {
    private static final int WALL_TIME = 1;
    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;
    private static final int SESSION_LOG = 7;

    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE = 2;
    private static final int VALUE_TENSOR = 8;
    private static final int VALUE_METADATA = 9;
    private static final int METADATA_PLUGIN = 1;
    private static final int PLUGIN_NAME = 1;
    private static final int TENSOR_DTYPE = 1;
    private static final int TENSOR_SHAPE = 2;
    private static final int TENSOR_STRING = 8;
    private static final int SHAPE_DIM = 2;
    private static final int DIM_SIZE = 1;
    private static final int DT_STRING = 7;
    private static final int SESSION_STATUS = 1;
    private static final int SESSION_START = 1;

    private Event() {}

    /** The first event of every file. */
    static byte[] version(double wallSeconds) {
        return new Message()
                .real64(WALL_TIME, wallSeconds)
                .text(FILE_VERSION, "brain.Event:2")
                .toBytes();
    }

    /** Says that a process begins with this step: a reader forgets what it knew from there on. */
    static byte[] start(double wallSeconds, long step) {
        Message session = new Message().number(SESSION_STATUS, SESSION_START);
        return event(wallSeconds, step).message(SESSION_LOG, session).toBytes();
    }

    /** Numbers of a step by tag. */
    static byte[] scalars(double wallSeconds, long step, Map<String, Double> values) {
        Message summary = new Message();
        values.forEach((tag, value) -> summary.message(
                SUMMARY_VALUE, new Message().text(VALUE_TAG, tag).real32(VALUE_SIMPLE, value.floatValue())));
        return event(wallSeconds, step).message(SUMMARY, summary).toBytes();
    }

    /** A text in Markdown, for the text plugin. */
    static byte[] text(double wallSeconds, long step, String tag, String markdown) {
        Message shape = new Message().message(SHAPE_DIM, new Message().number(DIM_SIZE, 1));
        Message tensor = new Message()
                .number(TENSOR_DTYPE, DT_STRING)
                .message(TENSOR_SHAPE, shape)
                .text(TENSOR_STRING, markdown);
        Message metadata = new Message().message(METADATA_PLUGIN, new Message().text(PLUGIN_NAME, "text"));
        Message value =
                new Message().text(VALUE_TAG, tag).message(VALUE_TENSOR, tensor).message(VALUE_METADATA, metadata);
        return event(wallSeconds, step)
                .message(SUMMARY, new Message().message(SUMMARY_VALUE, value))
                .toBytes();
    }

    private static Message event(double wallSeconds, long step) {
        return new Message().real64(WALL_TIME, wallSeconds).number(STEP, step);
    }

    /**
     * The step of an encoded event; 0 if it has none.
     *
     * @throws IllegalArgumentException if the bytes are no event
     */
    static long step(byte[] event) {
        return Message.number(event, STEP, 0);
    }
}
