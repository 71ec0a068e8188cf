package dev.javelin.engine.run;

import dev.javelin.api.TensorType;
import dev.javelin.engine.Sent;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.world.Pulse;
import dev.javelin.spi.collective.AllGather;
import dev.javelin.spi.collective.AllReduce;
import dev.javelin.spi.collective.AllToAll;
import dev.javelin.spi.collective.ReduceScatter;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.strategy.Unit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The collectives of one rank as kernels: each tells the rank's pulse when it begins and ends, carries a ticket that says
 * which instruction of which step it is, and counts its bytes and its time.
 *
 * <p>A ticket is (step, program, issue): {@code step << 32 | program << 24 | issue}, of 31, 8 and 24 bits.
 */
final class Collectives {
    private static final int ISSUE_BITS = 24;
    private static final int PROGRAM_BITS = 8;

    private final Communicator communicator;
    private final Pulse pulse;
    private final Traffic traffic = new Traffic();
    private final List<List<Instruction>> programs = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final Map<String, String> parameters = new HashMap<>();
    private long step;

    /**
     * @param units of the plan: reports name their parameters
     */
    Collectives(Team team, List<Unit> units) {
        units.forEach(unit -> parameters.put(unit.name(), text(unit.parameters())));
        communicator = team.communicator();
        pulse = team.member().pulse();
        team.member().describe(this::describe);
    }

    private static String text(List<String> paths) {
        return switch (paths.size()) {
            case 0 -> "";
            case 1 -> ", parameter " + paths.getFirst();
            default -> ", parameters " + paths.getFirst() + " to " + paths.getLast();
        };
    }

    /** Takes up a program; the number is part of its collectives' tickets. */
    int program(String name, List<Instruction> issues) {
        names.add(name);
        programs.add(issues);
        return programs.size() - 1;
    }

    /** From now on, collectives belong to this step. */
    void step(long number) {
        step = number;
        pulse.step(number);
    }

    Pulse pulse() {
        return pulse;
    }

    Traffic traffic() {
        return traffic;
    }

    /** A collective, ready to be launched again and again. */
    Kernel prepare(Instruction instruction, int program, int issue) {
        Exchange exchange = exchange(instruction);
        Traffic.Row row = traffic.row(instruction);
        return (queue, inputs, outputs, workspace) -> {
            long ticket = ticket(step, program, issue);
            queue.run(() -> {
                pulse.collective(ticket);
                row.begin(communicator.sentBytes());
            });
            exchange.run(new Call(queue, ticket), queue, inputs, outputs);
            queue.run(() -> {
                row.end(communicator.sentBytes());
                pulse.collectiveDone();
            });
        };
    }

    /** What a collective asks of the communicator. */
    private interface Exchange {
        void run(Call call, DeviceQueue queue, long[] inputs, long[] outputs);
    }

    private Exchange exchange(Instruction instruction) {
        TensorType input = instruction.inputTypes().getFirst();
        TensorType output = instruction.outputTypes().getFirst();
        return switch (instruction.operation()) {
            case AllReduce ignored ->
                (call, queue, from, to) -> communicator.allReduce(call, to[0], output.elements(), output.dtype());
            case ReduceScatter ignored ->
                (call, queue, from, to) ->
                        communicator.reduceScatter(call, from[0], to[0], output.elements(), output.dtype());
            case AllGather ignored ->
                (call, queue, from, to) -> communicator.allGather(call, from[0], to[0], input.bytes());
            case AllToAll ignored ->
                (call, queue, from, to) ->
                        communicator.allToAll(call, from[0], to[0], input.bytes() / communicator.size());
            default -> throw new IllegalStateException("no collective " + instruction.operation());
        };
    }

    private static long ticket(long step, int program, int issue) {
        return step << (ISSUE_BITS + PROGRAM_BITS) | (long) program << ISSUE_BITS | issue;
    }

    private String describe(long ticket) {
        long at = ticket >>> (ISSUE_BITS + PROGRAM_BITS);
        int program = (int) (ticket >>> ISSUE_BITS) & ((1 << PROGRAM_BITS) - 1);
        int issue = (int) ticket & ((1 << ISSUE_BITS) - 1);
        if (program >= programs.size() || issue >= programs.get(program).size()) {
            return "collective " + Long.toHexString(ticket);
        }
        Instruction instruction = programs.get(program).get(issue);
        return "step " + at + ", instruction " + issue + " of " + names.get(program) + ": "
                + instruction.operation().name() + " of " + unit(instruction) + " ("
                + instruction.inputTypes().getFirst().bytes() + " bytes)";
    }

    private String unit(Instruction instruction) {
        String unit = Sent.unit(instruction);
        return parameters.containsKey(unit) ? "unit " + unit + parameters.get(unit) : unit;
    }
}
