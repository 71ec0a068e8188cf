/**
 * Scheduling: one total issue order with a queue for each instruction and the events it waits for.
 * {@link dev.javelin.engine.schedule.Schedule} is the result; what happens before what follows from it. Pure.
 */
@NullMarked
package dev.javelin.engine.schedule;

import org.jspecify.annotations.NullMarked;
