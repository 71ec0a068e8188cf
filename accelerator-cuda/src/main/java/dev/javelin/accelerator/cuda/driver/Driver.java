package dev.javelin.accelerator.cuda.driver;

import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.JavelinException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * The CUDA driver, as far as Javelin uses it, on one GPU: JCuda's binding with every code checked, and nothing else.
 * Codes become {@code JVL-CUD} errors, see {@link DriverErrors}.
 *
 * <p>Threads: any, once {@link #bind} was called in it.
 */
public final class Driver implements AutoCloseable {
    /** Bytes of shared memory, static and dynamic, that every block may have: CUDA C++ programming guide, "Shared Memory". */
    private static final int SHARED_WITHOUT_ASKING = 48 << 10;

    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();

    /** Opens the GPU of this number, in its primary context. */
    public Driver(int ordinal) {
        JCudaDriver.setExceptionsEnabled(false);
        check("cuInit", JCudaDriver.cuInit(0));
        check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
        check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        bind();
    }

    /** Makes this GPU's context the calling thread's. */
    public void bind() {
        check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
    }

    /** What it calls itself. */
    public String name() {
        byte[] text = new byte[256];
        check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(text, text.length, device));
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }

    /** One of {@code CUdevice_attribute}. */
    public int attribute(int attribute) {
        int[] value = new int[1];
        check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
        return value[0];
    }

    /** Free and total bytes of device memory, of all processes. */
    public MemoryInfo memory() {
        long[] free = new long[1];
        long[] total = new long[1];
        check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
        return new MemoryInfo(free[0], total[0]);
    }

    public record MemoryInfo(long freeBytes, long totalBytes) {}

    // Memory --------------------------------------------------------------------------------------------------------

    /** Device memory; {@link OutOfDeviceMemory} if there is too little. */
    public long allocate(long bytes) throws OutOfDeviceMemory {
        DevicePointer pointer = new DevicePointer();
        int code = JCudaDriver.cuMemAlloc(pointer, bytes);
        if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            throw new OutOfDeviceMemory();
        }
        check("cuMemAlloc", code);
        return pointer.address();
    }

    public void free(long address) {
        check("cuMemFree", JCudaDriver.cuMemFree(new DevicePointer(address)));
    }

    /**
     * Host memory that the GPU copies from and to by itself.
     *
     * @throws JavelinException {@code JVL-MEM-0005} if the system locks no more memory
     */
    public long allocateHost(long bytes, String purpose) {
        HostPointer pointer = new HostPointer();
        int code = JCudaDriver.cuMemHostAlloc(pointer, bytes, JCudaDriver.CU_MEMHOSTALLOC_PORTABLE);
        if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            throw new JavelinException(
                    "JVL-MEM-0005",
                    "the system does not pin " + bytes + " bytes of host memory for " + purpose,
                    "free memory of the host, or raise the limit of locked memory (ulimit -l)");
        }
        check("cuMemHostAlloc", code);
        return pointer.address();
    }

    public void freeHost(long address) {
        check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(new HostPointer(address)));
    }

    // Copies --------------------------------------------------------------------------------------------------------

    public void copyToDevice(Pointer source, long target, long bytes, Stream stream) {
        check("cuMemcpyHtoDAsync", JCudaDriver.cuMemcpyHtoDAsync(new DevicePointer(target), source, bytes, stream));
    }

    public void copyToHost(long source, Pointer target, long bytes, Stream stream) {
        check("cuMemcpyDtoHAsync", JCudaDriver.cuMemcpyDtoHAsync(target, new DevicePointer(source), bytes, stream));
    }

    public void copy(long source, long target, long bytes, Stream stream) {
        check(
                "cuMemcpyDtoDAsync",
                JCudaDriver.cuMemcpyDtoDAsync(new DevicePointer(target), new DevicePointer(source), bytes, stream));
    }

    public void fill(long address, long bytes, byte value, Stream stream) {
        check("cuMemsetD8Async", JCudaDriver.cuMemsetD8Async(new DevicePointer(address), value, bytes, stream));
    }

    // Streams and events --------------------------------------------------------------------------------------------

    /** A stream that does not wait for the default one. */
    public Stream stream() {
        Stream stream = new Stream();
        check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        return stream;
    }

    public void destroy(Stream stream) {
        check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream));
    }

    public void synchronize(Stream stream) {
        check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
    }

    /** An event without times. */
    public CUevent event() {
        CUevent event = new CUevent();
        check("cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING));
        return event;
    }

    /** An event that remembers when a stream passed it. */
    public CUevent timedEvent() {
        CUevent event = new CUevent();
        check("cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT));
        return event;
    }

    /**
     * Milliseconds from one timed event to another, to about half a microsecond and to 24 bits; empty as long as the GPU
     * has not passed both.
     */
    public OptionalDouble elapsedMillis(CUevent from, CUevent to) {
        float[] millis = new float[1];
        int code = JCudaDriver.cuEventElapsedTime(millis, from, to);
        if (code == CUresult.CUDA_ERROR_NOT_READY) {
            return OptionalDouble.empty();
        }
        check("cuEventElapsedTime", code);
        return OptionalDouble.of(millis[0]);
    }

    public void destroy(CUevent event) {
        check("cuEventDestroy", JCudaDriver.cuEventDestroy(event));
    }

    public void record(CUevent event, Stream stream) {
        check("cuEventRecord", JCudaDriver.cuEventRecord(event, stream));
    }

    public void synchronize(CUevent event) {
        check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(event));
    }

    public void await(CUevent event, Stream stream) {
        check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(stream, event, 0));
    }

    /** Lets the host run a task in the stream's order; the task must not call the driver, nor throw. */
    public void host(Runnable task, Stream stream) {
        check("cuLaunchHostFunc", JCudaDriver.cuLaunchHostFunc(stream, argument -> ((Runnable) argument).run(), task));
    }

    // Kernels -------------------------------------------------------------------------------------------------------

    /** Compiles PTX for this GPU; the driver keeps what it compiled for the next time. */
    public CUmodule load(String ptx) {
        CUmodule module = new CUmodule();
        byte[] text = (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
        check("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, text));
        return module;
    }

    public void unload(CUmodule module) {
        check("cuModuleUnload", JCudaDriver.cuModuleUnload(module));
    }

    /**
     * An entry of a module, which may ask for that much dynamic shared memory beside its own, static one. All who ask for
     * an entry get the same function: what others were allowed before stays.
     */
    public synchronized CUfunction function(CUmodule module, String entry, int sharedBytes) {
        CUfunction function = new CUfunction();
        check("cuModuleGetFunction " + entry, JCudaDriver.cuModuleGetFunction(function, module, entry));
        int allowed = attribute(function, entry, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
        int own = attribute(function, entry, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
        boolean asks = sharedBytes > 0 && sharedBytes + own > SHARED_WITHOUT_ASKING;
        if (asks || sharedBytes > allowed) {
            check(
                    "cuFuncSetAttribute " + entry,
                    JCudaDriver.cuFuncSetAttribute(
                            function,
                            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                            Math.max(sharedBytes, allowed)));
        }
        return function;
    }

    private static int attribute(CUfunction function, String entry, int attribute) {
        int[] value = {0};
        check("cuFuncGetAttribute " + entry, JCudaDriver.cuFuncGetAttribute(value, attribute, function));
        return value[0];
    }

    /** @param parameters the array of pointers to parameters, which the driver has read when this returns */
    public void launch(CUfunction function, Launch launch, Stream stream, Pointer parameters) {
        Launch.Extent grid = launch.grid();
        Launch.Extent block = launch.block();
        int code = JCudaDriver.cuLaunchKernel(
                function,
                grid.x(),
                grid.y(),
                grid.z(),
                block.x(),
                block.y(),
                block.z(),
                launch.sharedBytes(),
                stream,
                parameters,
                null);
        if (code != 0) {
            throw DriverErrors.of("cuLaunchKernel " + launch.entry(), code);
        }
    }

    @Override
    public void close() {
        check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device));
    }

    private static void check(String call, int code) {
        if (code != 0) {
            throw DriverErrors.of(call, code);
        }
    }
}
