package dev.javelin.accelerator.cuda.ptx;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/** NVIDIA's assembler of PTX, which needs neither a GPU nor a driver. */
final class Assembler {
    private static final Pattern ENTRY = Pattern.compile("Compiling entry function '(\\w+)'");
    private static final Pattern SPILLS = Pattern.compile("(\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");

    private Assembler() {}

    /** What an entry takes of a GPU. */
    record Use(int registers, int spilledBytes) {}

    /** What came of a text, by entry. */
    record Result(Map<String, Use> kernels) {}

    /** Assembles for a target such as {@code sm_90}; an {@link AssertionError} with the assembler's message if it fails. */
    static Result assemble(String ptx, String target) {
        byte[] text = (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
        nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
        require("nvPTXCompilerCreate", JNvPTXCompiler.nvPTXCompilerCreate(handle, text.length - 1, text), "");
        try {
            String[] options = {"--gpu-name=" + target, "--verbose"};
            int code = JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options);
            require("nvPTXCompilerCompile for " + target, code, code == 0 ? "" : errors(handle));
            return new Result(uses(infos(handle)));
        } finally {
            JNvPTXCompiler.nvPTXCompilerDestroy(handle);
        }
    }

    private static String errors(nvPTXCompilerHandle handle) {
        long[] size = new long[1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size);
        byte[] text = new byte[(int) size[0] + 1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, text);
        return new String(text, StandardCharsets.US_ASCII).trim();
    }

    private static String infos(nvPTXCompilerHandle handle) {
        long[] size = new long[1];
        JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size);
        byte[] text = new byte[(int) size[0] + 1];
        JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, text);
        return new String(text, StandardCharsets.US_ASCII).trim();
    }

    private static Map<String, Use> uses(String log) {
        Map<String, Use> uses = new TreeMap<>();
        String entry = "";
        int spilled = 0;
        for (String line : log.lines().toList()) {
            Matcher named = ENTRY.matcher(line);
            Matcher spills = SPILLS.matcher(line);
            Matcher registers = REGISTERS.matcher(line);
            if (named.find()) {
                entry = named.group(1);
            } else if (spills.find()) {
                spilled = Integer.parseInt(spills.group(1)) + Integer.parseInt(spills.group(2));
            } else if (registers.find()) {
                uses.put(entry, new Use(Integer.parseInt(registers.group(1)), spilled));
            }
        }
        return uses;
    }

    private static void require(String call, int code, String message) {
        if (code != 0) {
            throw new AssertionError(call + " answers " + code + ": " + message);
        }
    }
}
