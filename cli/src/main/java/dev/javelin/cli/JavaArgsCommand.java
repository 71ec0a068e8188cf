package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the JVM flags that a program needs which uses Javelin as a library. */
@Command(
        name = "java-args",
        description = "Prints the JVM flags that Javelin needs, one a line, for programs that embed it.",
        footer = {
            "Example:",
            "  javelin java-args > javelin.args",
            "  java @javelin.args -p LIBRARIES -m YOUR.MODULE/YOUR.MAIN"
        })
final class JavaArgsCommand implements Callable<Integer> {
    /**
     * The vector kernels need the incubating module; native libraries and plugins are opened by these modules. Kernels
     * are compiled after a tenth of the usual calls: before that the Vector API makes an object of each vector, and a
     * kernel that runs once a step would stay at that for fifty steps.
     */
    static final List<String> ARGUMENTS = List.of(
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ai.djl.tokenizers,dev.javelin.accelerator.cpu,dev.javelin.accelerator.cuda,dev.javelin.communicator.host,"
                    + "dev.javelin.communicator.local,dev.javelin.communicator.mpi,dev.javelin.communicator.nccl,dev.javelin.data,dev.javelin.engine",
            "-XX:CompileCommand=quiet",
            "-XX:CompileCommand=CompileThresholdScaling,dev.javelin.accelerator.cpu.fast.*::*,0.1");

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        ARGUMENTS.forEach(console::line);
        console.object(Map.of("arguments", ARGUMENTS));
        return ExitCode.OK;
    }
}
