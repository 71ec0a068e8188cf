package dev.javelin.accelerator.cuda.driver;

import dev.javelin.accelerator.cuda.driver.DriverLibrary.Answer;
import dev.javelin.accelerator.cuda.driver.Libraries.Loaded;
import dev.javelin.api.JavelinException;
import java.util.Optional;

/**
 * A GPU that was found, by looking only: no context is made on it.
 *
 * @param ordinal its number
 * @param count GPUs in all
 * @param driver newest CUDA that the driver knows, 1000 · major + 10 · minor
 * @param from the driver's library
 * @param major of the compute capability
 */
public record Gpu(
        int ordinal,
        int count,
        String name,
        int driver,
        String from,
        int major,
        int minor,
        long memoryBytes,
        int multiprocessors,
        int clockKilohertz,
        int sharedBytesPerBlock) {
    private static final int OLDEST_DRIVER = 12_000;
    private static final int OLDEST_MAJOR = 8;

    private static final int NO_DEVICE = 100;
    private static final int SYSTEM_DRIVER_MISMATCH = 803;

    private static final int CLOCK_RATE = 13;
    private static final int MULTIPROCESSOR_COUNT = 16;
    private static final int COMPUTE_CAPABILITY_MAJOR = 75;
    private static final int COMPUTE_CAPABILITY_MINOR = 76;
    private static final int MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97;

    /**
     * Looks for a GPU.
     *
     * @throws JavelinException {@code JVL-CUD-0011} without a driver, {@code 0012} if it is too old, {@code 0013} without
     *     a GPU, {@code 0015} if there are fewer of them, {@code 0016} if the GPU is too old, {@code 0017} if another driver
     *     library is loaded already, {@code 0020} if the driver fails otherwise
     */
    public static Gpu find(Libraries libraries, int ordinal) {
        Loaded loaded = libraries
                .load(DriverLibrary.SONAME)
                .orElseThrow(() -> new JavelinException(
                        "JVL-CUD-0011",
                        "no NVIDIA driver: looked for " + libraries.searched(DriverLibrary.SONAME),
                        "install NVIDIA's driver 525 or later, and let containers see it (--gpus all); without a GPU choose "
                                + "accelerator cpu"));
        LoadedFiles.requireOnly(DriverLibrary.SONAME, loaded.from());
        DriverLibrary driver = new DriverLibrary(loaded);
        int version = version(driver);
        int code = driver.init();
        if (code == NO_DEVICE) {
            throw noDevice();
        }
        if (code == SYSTEM_DRIVER_MISMATCH) {
            throw new JavelinException(
                    "JVL-CUD-0012",
                    "the driver's library and its kernel module are of different versions",
                    "restart the machine, or install library and module of one version");
        }
        require("cuInit", code);
        return device(driver, loaded, version, ordinal);
    }

    private static int version(DriverLibrary driver) {
        Answer answer = driver.version();
        require("cuDriverGetVersion", answer.code());
        int version = (int) answer.value();
        if (version < OLDEST_DRIVER) {
            throw new JavelinException(
                    "JVL-CUD-0012",
                    "the NVIDIA driver is too old: it knows CUDA " + text(version),
                    "install driver 525 or later, which know CUDA 12");
        }
        return version;
    }

    private static Gpu device(DriverLibrary driver, Loaded loaded, int version, int ordinal) {
        Answer count = driver.devices();
        require("cuDeviceGetCount", count.code());
        int devices = (int) count.value();
        if (devices == 0) {
            throw noDevice();
        }
        if (ordinal >= devices) {
            throw new JavelinException(
                    "JVL-CUD-0015",
                    "accelerator.cuda.device is " + ordinal + ", but there are " + devices + " GPUs",
                    "choose one from 0 to " + (devices - 1));
        }
        Answer memory = driver.memoryBytes(ordinal);
        require("cuDeviceTotalMem", memory.code());
        Gpu gpu = new Gpu(
                ordinal,
                devices,
                driver.name(ordinal),
                version,
                loaded.from(),
                attribute(driver, COMPUTE_CAPABILITY_MAJOR, ordinal),
                attribute(driver, COMPUTE_CAPABILITY_MINOR, ordinal),
                memory.value(),
                attribute(driver, MULTIPROCESSOR_COUNT, ordinal),
                attribute(driver, CLOCK_RATE, ordinal),
                attribute(driver, MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, ordinal));
        if (gpu.major < OLDEST_MAJOR) {
            throw new JavelinException(
                    "JVL-CUD-0016",
                    gpu.name + " has compute capability " + gpu.major + "." + gpu.minor + ", and kernels need 8.0",
                    "use a GPU of the generation Ampere (A100, A10, RTX 30) or a later one");
        }
        return gpu;
    }

    private static int attribute(DriverLibrary driver, int attribute, int device) {
        Answer answer = driver.attribute(attribute, device);
        require("cuDeviceGetAttribute", answer.code());
        return (int) answer.value();
    }

    /** The same, for those who only look: what was found, or why nothing. */
    public static Optional<Gpu> look(Libraries libraries, int ordinal) {
        try {
            return Optional.of(find(libraries, ordinal));
        } catch (JavelinException e) {
            return Optional.empty();
        }
    }

    private static JavelinException noDevice() {
        return new JavelinException(
                "JVL-CUD-0013",
                "there is an NVIDIA driver, but it sees no GPU",
                "look at nvidia-smi and CUDA_VISIBLE_DEVICES; without a GPU choose accelerator cpu");
    }

    private static void require(String call, int code) {
        if (code != 0) {
            throw DriverErrors.of(call, code);
        }
    }

    /** For people: name, memory, driver. */
    public String text() {
        return name + ", " + (memoryBytes >> 20) + " MiB, compute capability " + major + "." + minor
                + ", driver of CUDA " + text(driver) + (count > 1 ? ", " + count + " GPUs" : "");
    }

    private static String text(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }
}
