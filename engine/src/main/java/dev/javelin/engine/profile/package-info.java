/**
 * Where the time of a few steps goes: by operation, by shape, by layer, and as a trace for Perfetto or chrome://tracing.
 *
 * <p>Read {@link dev.javelin.engine.profile.Profiler} first: it lets a session note spans
 * ({@link dev.javelin.engine.run.Recording}) for the steps of a window. When the window is over, every rank writes its spans
 * as trace events ({@code TraceEvents}), and the first rank joins them into one file ({@code TraceFile}), measures what the
 * device can do ({@code Limits}), adds up ({@code Profile}) and prints ({@code ProfileText}).
 *
 * <p>A device with a clock of its own works beside the host, which may be too slow for it: of such a device the profile
 * says for how long its compute queue stood still and why ({@code Idle}), how far each family of instructions is from the
 * device's limits ({@code Gap}), and what follows ({@code Verdict}).
 *
 * <p>All of it runs on a rank's own thread, between steps.
 */
@NullMarked
package dev.javelin.engine.profile;

import org.jspecify.annotations.NullMarked;
