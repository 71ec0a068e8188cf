package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.fast.Dropout;
import dev.javelin.accelerator.cpu.fast.Flat;
import dev.javelin.accelerator.cpu.fast.Halves;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.Silu;
import dev.javelin.api.operation.Unary;
import dev.javelin.spi.kernel.Instruction;
import java.util.Optional;

/** Element by element: functions, casts, fills and dropout. */
final class FastElementwise {
    private FastElementwise() {}

    static Optional<KernelChoice> unary(Instruction<Unary> instruction) {
        return instruction.isAll(DType.FLOAT32)
                ? function(instruction.operation().kind()).map(op -> unary(instruction, op))
                : Optional.empty();
    }

    /** The fast function of a kind; tables of positions are too small for sines to be worth one. */
    private static Optional<dev.javelin.accelerator.cpu.fast.Unary.Op> function(Unary.Kind kind) {
        return Optional.ofNullable(
                switch (kind) {
                    case EXP -> dev.javelin.accelerator.cpu.fast.Unary.Op.EXP;
                    case LOG -> dev.javelin.accelerator.cpu.fast.Unary.Op.LOG;
                    case SQRT -> dev.javelin.accelerator.cpu.fast.Unary.Op.SQRT;
                    case RSQRT -> dev.javelin.accelerator.cpu.fast.Unary.Op.RSQRT;
                    case RECIPROCAL -> dev.javelin.accelerator.cpu.fast.Unary.Op.RECIPROCAL;
                    case TANH -> dev.javelin.accelerator.cpu.fast.Unary.Op.TANH;
                    case SIGMOID -> dev.javelin.accelerator.cpu.fast.Unary.Op.SIGMOID;
                    case RELU -> dev.javelin.accelerator.cpu.fast.Unary.Op.RELU;
                    case SQUARE -> dev.javelin.accelerator.cpu.fast.Unary.Op.SQUARE;
                    case ABS -> dev.javelin.accelerator.cpu.fast.Unary.Op.ABS;
                    case ERF -> dev.javelin.accelerator.cpu.fast.Unary.Op.ERF;
                    case SIN, COS -> null;
                });
    }

    private static KernelChoice unary(Instruction<?> instruction, dev.javelin.accelerator.cpu.fast.Unary.Op op) {
        long n = instruction.output(0).elements();
        return new KernelChoice(instruction.inPlacePlan(4), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) ->
                    dev.javelin.accelerator.cpu.fast.Unary.run(workers, op, n, in[0], out[0]);
        });
    }

    static Optional<KernelChoice> silu(Instruction<Silu> instruction) {
        return instruction.isAll(DType.FLOAT32)
                ? Optional.of(unary(instruction, dev.javelin.accelerator.cpu.fast.Unary.Op.SILU))
                : Optional.empty();
    }

    static Optional<KernelChoice> affine(Instruction<Affine> instruction) {
        if (!instruction.isAll(DType.FLOAT32)) {
            return Optional.empty();
        }
        float scale = (float) instruction.operation().scale();
        float shift = (float) instruction.operation().shift();
        long n = instruction.output(0).elements();
        return Optional.of(new KernelChoice(instruction.inPlacePlan(2), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) ->
                    dev.javelin.accelerator.cpu.fast.Affine.run(workers, n, scale, shift, in[0], out[0]);
        }));
    }

    static Optional<KernelChoice> binary(Instruction<Binary> instruction) {
        if (!instruction.isAll(DType.FLOAT32)) {
            return Optional.empty();
        }
        var op = switch (instruction.operation().kind()) {
            case ADD -> dev.javelin.accelerator.cpu.fast.Binary.Op.ADD;
            case SUBTRACT -> dev.javelin.accelerator.cpu.fast.Binary.Op.SUB;
            case MULTIPLY -> dev.javelin.accelerator.cpu.fast.Binary.Op.MUL;
            case DIVIDE -> dev.javelin.accelerator.cpu.fast.Binary.Op.DIV;
            case MAXIMUM -> dev.javelin.accelerator.cpu.fast.Binary.Op.MAX;
            case MINIMUM -> dev.javelin.accelerator.cpu.fast.Binary.Op.MIN;
        };
        return Operands.of(instruction)
                .map(operands -> new KernelChoice(instruction.inPlacePlan(1), machine -> {
                    Workers workers = machine.workers();
                    return (queue, in, out, workspace) -> operands.run(workers, op, in[0], in[1], out[0]);
                }));
    }

    static Optional<KernelChoice> gelu(Instruction<Gelu> instruction) {
        if (!instruction.isAll(DType.FLOAT32)) {
            return Optional.empty();
        }
        long n = instruction.output(0).elements();
        return Optional.of(new KernelChoice(instruction.inPlacePlan(15), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) ->
                    dev.javelin.accelerator.cpu.fast.Gelu.forward(workers, n, in[0], out[0]);
        }));
    }

    static Optional<KernelChoice> geluGradient(Instruction<GeluGradient> instruction) {
        if (!instruction.isAll(DType.FLOAT32)) {
            return Optional.empty();
        }
        long n = instruction.output(0).elements();
        return Optional.of(new KernelChoice(instruction.inPlacePlan(25), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) ->
                    dev.javelin.accelerator.cpu.fast.Gelu.backward(workers, n, in[1], in[0], out[0]);
        }));
    }

    /** Between FLOAT32 and the other floating types. */
    static Optional<KernelChoice> cast(Instruction<Cast> instruction) {
        DType from = instruction.dtype(0);
        DType to = instruction.output(0).dtype();
        boolean widen = from == DType.FLOAT32 && to == DType.FLOAT64;
        boolean narrow = from == DType.FLOAT64 && to == DType.FLOAT32;
        long n = instruction.output(0).elements();
        if (!widen && !narrow) {
            return halves(from, to)
                    .map(conversion -> new KernelChoice(instruction.plan(1), machine -> {
                        Workers workers = machine.workers();
                        return (queue, in, out, workspace) -> conversion.run(workers, n, in[0], out[0]);
                    }));
        }
        return Optional.of(new KernelChoice(instruction.inPlacePlan(1), machine -> {
            Workers workers = machine.workers();
            return widen
                    ? (queue, in, out, workspace) -> Flat.widen(workers, n, in[0], out[0])
                    : (queue, in, out, workspace) -> Flat.narrow(workers, n, in[0], out[0]);
        }));
    }

    private static Optional<Halves.Conversion> halves(DType from, DType to) {
        if (from == DType.FLOAT32) {
            return switch (to) {
                case FLOAT16 -> Optional.of(Halves::toFloat16);
                case BFLOAT16 -> Optional.of(Halves::toBFloat16);
                default -> Optional.empty();
            };
        }
        if (to == DType.FLOAT32) {
            return switch (from) {
                case FLOAT16 -> Optional.of(Halves::fromFloat16);
                case BFLOAT16 -> Optional.of(Halves::fromBFloat16);
                default -> Optional.empty();
            };
        }
        return Optional.empty();
    }

    static Optional<KernelChoice> fill(Instruction<Fill> instruction) {
        double value = instruction.operation().value();
        long bytes = instruction.output(0).bytes();
        long n = instruction.output(0).elements();
        if (Double.doubleToRawLongBits(value) == 0) {
            return Optional.of(new KernelChoice(instruction.plan(0), machine -> {
                Workers workers = machine.workers();
                return (queue, in, out, workspace) -> Flat.zero(workers, bytes, out[0]);
            }));
        }
        if (instruction.output(0).dtype() != DType.FLOAT32) {
            return Optional.empty();
        }
        return Optional.of(new KernelChoice(instruction.plan(0), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> Flat.fill(workers, n, (float) value, out[0]);
        }));
    }

    static Optional<KernelChoice> dropout(Instruction<dev.javelin.api.operation.Dropout> instruction) {
        if (instruction.dtype(0) != DType.FLOAT32) {
            return Optional.empty();
        }
        long n = instruction.output(0).elements();
        int call = instruction.operation().call();
        double probability = instruction.operation().probability();
        return Optional.of(new KernelChoice(instruction.inPlacePlan(42), machine -> {
            Workers workers = machine.workers();
            return (queue, in, out, workspace) -> {
                long key = in[1];
                Dropout.Words words = new Dropout.Words(
                        Memory.getInt(key),
                        Memory.getInt(key + 4),
                        call,
                        Memory.getInt(key + 8),
                        Memory.getInt(key + 12));
                long first = n == 0 ? 0 : Memory.getInt(key + 16) * (n / Memory.getInt(key + 20));
                Dropout.run(workers, n, probability, words, first, in[0], out[0]);
            };
        }));
    }
}
