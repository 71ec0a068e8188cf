import dev.javelin.accelerator.none.NullProvider;
import dev.javelin.spi.device.AcceleratorProvider;

/** An accelerator that only plans: the dry run of a step on no device. */
module dev.javelin.accelerator.none {
    requires transitive dev.javelin.spi;

    provides AcceleratorProvider with
            NullProvider;
}
