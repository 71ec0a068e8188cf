// Results and numbers of the driver's interface, as CUDA documents them. Written out because cuda.h comes with nvcc only.
#pragma once

#include <cstddef>

#define EMULATED_RESULTS(X)                                                                            \
    X(0, CUDA_SUCCESS, "no error")                                                                    \
    X(1, CUDA_ERROR_INVALID_VALUE, "invalid argument")                                                \
    X(2, CUDA_ERROR_OUT_OF_MEMORY, "out of memory")                                                   \
    X(3, CUDA_ERROR_NOT_INITIALIZED, "initialization error")                                          \
    X(4, CUDA_ERROR_DEINITIALIZED, "driver shutting down")                                            \
    X(34, CUDA_ERROR_STUB_LIBRARY, "CUDA driver is a stub library")                                   \
    X(46, CUDA_ERROR_DEVICE_UNAVAILABLE, "CUDA-capable device(s) is/are busy or unavailable")         \
    X(100, CUDA_ERROR_NO_DEVICE, "no CUDA-capable device is detected")                                \
    X(101, CUDA_ERROR_INVALID_DEVICE, "invalid device ordinal")                                       \
    X(200, CUDA_ERROR_INVALID_IMAGE, "device kernel image is invalid")                                \
    X(201, CUDA_ERROR_INVALID_CONTEXT, "invalid device context")                                      \
    X(209, CUDA_ERROR_NO_BINARY_FOR_GPU, "no kernel image is available for execution on the device") \
    X(214, CUDA_ERROR_ECC_UNCORRECTABLE, "uncorrectable ECC error encountered")                       \
    X(218, CUDA_ERROR_INVALID_PTX, "a PTX JIT compilation failed")                                    \
    X(222, CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "the provided PTX was compiled with an unsupported toolchain.") \
    X(301, CUDA_ERROR_FILE_NOT_FOUND, "file not found")                                               \
    X(400, CUDA_ERROR_INVALID_HANDLE, "invalid resource handle")                                      \
    X(500, CUDA_ERROR_NOT_FOUND, "named symbol not found")                                            \
    X(600, CUDA_ERROR_NOT_READY, "device not ready")                                                  \
    X(700, CUDA_ERROR_ILLEGAL_ADDRESS, "an illegal memory access was encountered")                    \
    X(701, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "too many resources requested for launch")             \
    X(702, CUDA_ERROR_LAUNCH_TIMEOUT, "the launch timed out and was terminated")                      \
    X(704, CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED, "peer access is already enabled")                  \
    X(705, CUDA_ERROR_PEER_ACCESS_NOT_ENABLED, "peer access has not been enabled")                    \
    X(708, CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE, "cannot set while device is active in this process")    \
    X(709, CUDA_ERROR_CONTEXT_IS_DESTROYED, "context is destroyed")                                   \
    X(712, CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, "part or all of the requested memory range is already mapped") \
    X(713, CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, "pointer does not correspond to a registered memory region") \
    X(719, CUDA_ERROR_LAUNCH_FAILED, "unspecified launch failure")                                    \
    X(800, CUDA_ERROR_NOT_PERMITTED, "operation not permitted")                                       \
    X(801, CUDA_ERROR_NOT_SUPPORTED, "operation not supported")                                       \
    X(803, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, "system has unsupported display driver / cuda driver combination") \
    X(999, CUDA_ERROR_UNKNOWN, "unknown error")

enum CUresult : int {
#define EMULATED_RESULT(number, name, text) name = number,
    EMULATED_RESULTS(EMULATED_RESULT)
#undef EMULATED_RESULT
};

using CUdeviceptr = unsigned long long;
using CUdevice = int;
using CUcontext = void*;
using CUstream = void*;
using CUevent = void*;
using CUmodule = void*;
using CUfunction = void*;

struct CUuuid {
    char bytes[16];
};

constexpr unsigned CU_STREAM_NON_BLOCKING = 1;
constexpr unsigned CU_EVENT_BLOCKING_SYNC = 1;
constexpr unsigned CU_EVENT_DISABLE_TIMING = 2;
constexpr unsigned CU_EVENT_INTERPROCESS = 4;
