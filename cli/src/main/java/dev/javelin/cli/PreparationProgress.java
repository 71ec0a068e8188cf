package dev.javelin.cli;

import dev.javelin.cli.report.ProgressBar;
import dev.javelin.data.corpus.PreparationListener;
import java.nio.file.Path;
import java.util.Locale;

/** Shows how far text is tokenised: a bar on a terminal, elsewhere a line now and then. */
final class PreparationProgress implements PreparationListener {
    private static final double MEGA = 1e6;

    private final Console console;
    private final ProgressBar bar;
    private long bytes;
    private long started;

    PreparationProgress(Console console) {
        this.console = console;
        this.bar = ProgressBar.onStderr(console);
    }

    @Override
    public void onWaiting(Path corpus) {
        console.note("another process prepares " + corpus + "; waiting for it ...");
    }

    @Override
    public void onStart(long files, long total) {
        bytes = total;
        started = System.nanoTime();
        console.note(String.format(
                Locale.ROOT, "tokenising %,d bytes of text in %,d file%s", total, files, files == 1 ? "" : "s"));
    }

    @Override
    public void onProgress(long done, long tokens) {
        double seconds = (System.nanoTime() - started) / 1e9;
        String speed = String.format(Locale.ROOT, "%.1f MB/s, %,d tokens", done / MEGA / seconds, tokens);
        bar.show((double) done / bytes, speed, seconds / done * (bytes - done));
        if (done == bytes) {
            bar.end();
        }
    }
}
