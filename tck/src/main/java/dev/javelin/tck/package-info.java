/**
 * The technology compatibility kit: numbered rules that every plugin of a kind keeps, one check for each.
 *
 * <p>Reading order: {@link dev.javelin.tck.Rule}, a {@link dev.javelin.tck.Check} with its level, sentence and intent;
 * {@link dev.javelin.tck.Chapter}, the rules for one kind of plugin; {@link dev.javelin.tck.Certification}, which checks a
 * {@link dev.javelin.tck.Subject} rule by rule; {@link dev.javelin.tck.Report}, what it found, as {@code report.md} and
 * {@code certificate.json}. The chapters are packages of their own: {@code accelerator},
 * {@code communicator}, {@code strategy}. Beside them
 * are the golden training cases, in {@code dev.javelin.tck.golden}.
 *
 * <p>Data flow: a vendor's test or {@code javelin tck run} makes a subject and runs a chapter on it. A check that finds the
 * rule broken throws a {@link dev.javelin.tck.Breach} with what it found, what the rule asks for, and where. A rule that a
 * plugin need not keep, by what it declares, is reported as inapplicable with the reason, never as passed.
 *
 * <p>Threads: every check has a thread of its own and a deadline; one that hangs is left behind.
 */
@NullMarked
package dev.javelin.tck;

import org.jspecify.annotations.NullMarked;
