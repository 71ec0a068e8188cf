// One library of kernels: compiled once per .cu file, with JAVELIN_SOURCE its path and JAVELIN_ENTRIES a list of
// JAVELIN_ENTRY(name, alone, static shared bytes, most threads) that was read from the PTX.
#include "shim.h"

#include <link.h>
#include <utility>

#include "kernel.h"

#include JAVELIN_SOURCE

namespace {

template <auto F>
struct Entry;

template <class... A, void (*F)(A...)>
struct Entry<F> {
    static constexpr unsigned count = sizeof...(A);
    static constexpr unsigned sizes[count + 1] = {sizeof(A)..., 0};
    static constexpr bool pointers[count + 1] = {std::is_pointer<A>::value..., false};
    static void run(void** parameters) {
        call(parameters, std::make_index_sequence<count>());
    }
    template <size_t... I>
    static void call(void** parameters, std::index_sequence<I...>) {
        F(*static_cast<std::remove_cv_t<A>*>(parameters[I])...);
    }
};

// All shared memory of a family is thread-local storage of its library, and nothing else is.
int ownStorage(dl_phdr_info* info, size_t, void* range) {
    const char* here = reinterpret_cast<const char*>(&ownStorage);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr)& part = info->dlpi_phdr[i];
        const char* from = reinterpret_cast<const char*>(info->dlpi_addr + part.p_vaddr);
        if (part.p_type == PT_LOAD && here >= from && here < from + part.p_memsz) {
            for (int k = 0; k < info->dlpi_phnum; k++) {
                if (info->dlpi_phdr[k].p_type == PT_TLS) {
                    *static_cast<std::pair<void*, size_t>*>(range) = {info->dlpi_tls_data, info->dlpi_phdr[k].p_memsz};
                }
            }
            return 1;
        }
    }
    return 0;
}

__thread std::pair<void*, size_t> own;

void poisonShared() {
    std::pair<void*, size_t> range = own;
    if (range.first == nullptr) {
        // Thread-local storage of a library comes into being at its first use, which was the line above.
        dl_iterate_phdr(ownStorage, &range);
    }
    memset(range.first, 0xff, range.second);
    own = range;
}

const JavelinKernel kernels[] = {
#define JAVELIN_ENTRY(name, alone, shared, threads) \
    {#name, Entry<&name>::run, Entry<&name>::count, Entry<&name>::sizes, Entry<&name>::pointers, alone, shared, threads},
#include JAVELIN_ENTRIES
};

} // namespace

extern "C" __attribute__((visibility("default"))) const JavelinFamily javelinFamily = {
    JAVELIN_NAME, sizeof kernels / sizeof kernels[0], kernels, poisonShared};
