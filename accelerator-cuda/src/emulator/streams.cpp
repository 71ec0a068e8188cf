// Streams, events and functions of the host.
#include <cmath>

#include "state.h"

using namespace emulated;

EMULATED_API(cuStreamCreateWithPriority, CUstream* stream, unsigned flags, int priority) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuStreamCreateWithPriority", held, context)) {
        return bad;
    }
    if (stream == nullptr || flags > 1) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *stream = driver.newStream(context, flags, priority).get();
    return CUDA_SUCCESS;
}

EMULATED_API(cuStreamCreate, CUstream* stream, unsigned flags) {
    Driver& driver = Driver::the();
    {
        std::lock_guard<std::mutex> held(driver.lock);
        if (CUresult injected = driver.failure("cuStreamCreate")) {
            return injected;
        }
    }
    return cuStreamCreateWithPriority(stream, flags, 0);
}

EMULATED_API(cuStreamDestroy_v2, CUstream handle) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    CUresult bad = begin("cuStreamDestroy_v2", held, context);
    if (bad == CUDA_ERROR_NOT_INITIALIZED || bad == CUDA_ERROR_INVALID_CONTEXT) {
        return bad;
    }
    std::shared_ptr<Stream> stream = streamOf(context, handle);
    if (!stream || stream == context->legacy) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    driver.closeStream(held, stream);
    return bad;
}

namespace {

CUresult streamCall(const char* function, CUstream handle, std::unique_lock<std::mutex>& held, std::shared_ptr<Stream>& stream) {
    Context* context;
    if (CUresult bad = begin(function, held, context)) {
        return bad;
    }
    stream = streamOf(context, handle);
    return stream ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

} // namespace

EMULATED_API(cuStreamSynchronize, CUstream handle) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    std::shared_ptr<Stream> stream;
    if (CUresult bad = streamCall("cuStreamSynchronize", handle, held, stream)) {
        return bad;
    }
    driver.wait(held, {stream, stream->submitted});
    return stream->context->broken;
}

EMULATED_API(cuStreamQuery, CUstream handle) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    std::shared_ptr<Stream> stream;
    if (CUresult bad = streamCall("cuStreamQuery", handle, held, stream)) {
        return bad;
    }
    return stream->completed == stream->submitted ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

EMULATED_API(cuStreamGetFlags, CUstream handle, unsigned* flags) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    std::shared_ptr<Stream> stream;
    if (CUresult bad = streamCall("cuStreamGetFlags", handle, held, stream)) {
        return bad;
    }
    *flags = stream->flags;
    return CUDA_SUCCESS;
}

EMULATED_API(cuStreamGetPriority, CUstream handle, int* priority) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    std::shared_ptr<Stream> stream;
    if (CUresult bad = streamCall("cuStreamGetPriority", handle, held, stream)) {
        return bad;
    }
    *priority = stream->priority;
    return CUDA_SUCCESS;
}

EMULATED_API(cuStreamGetCtx, CUstream handle, CUcontext* context) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    std::shared_ptr<Stream> stream;
    if (CUresult bad = streamCall("cuStreamGetCtx", handle, held, stream)) {
        return bad;
    }
    *context = stream->context;
    return CUDA_SUCCESS;
}

EMULATED_API(cuStreamWaitEvent, CUstream handle, CUevent eventHandle, unsigned) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    std::shared_ptr<Stream> stream;
    if (CUresult bad = streamCall("cuStreamWaitEvent", handle, held, stream)) {
        return bad;
    }
    Event* event = static_cast<Event*>(eventHandle);
    if (driver.events.count(event) == 0) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    // What the event recorded last, now: a later recording does not change what this waits for.
    if (event->recording && !event->recording->done) {
        driver.submit(stream, {nullptr, {event->recording->ticket}, nullptr});
    }
    return CUDA_SUCCESS;
}

EMULATED_API(cuLaunchHostFunc, CUstream handle, void (*function)(void*), void* data) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    std::shared_ptr<Stream> stream;
    if (CUresult bad = streamCall("cuLaunchHostFunc", handle, held, stream)) {
        return bad;
    }
    if (function == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    driver.submit(stream, {[=] { function(data); }, {}, nullptr});
    return CUDA_SUCCESS;
}

EMULATED_API(cuEventCreate, CUevent* event, unsigned flags) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    if (CUresult bad = begin("cuEventCreate", held, context)) {
        return bad;
    }
    if (event == nullptr || flags > 7 || ((flags & CU_EVENT_INTERPROCESS) && !(flags & CU_EVENT_DISABLE_TIMING))) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    Event* made = new Event{context, flags, nullptr};
    driver.events.insert(made);
    *event = made;
    return CUDA_SUCCESS;
}

EMULATED_API(cuEventDestroy_v2, CUevent handle) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Context* context;
    CUresult bad = begin("cuEventDestroy_v2", held, context);
    if (bad == CUDA_ERROR_NOT_INITIALIZED || bad == CUDA_ERROR_INVALID_CONTEXT) {
        return bad;
    }
    Event* event = static_cast<Event*>(handle);
    if (driver.events.erase(event) == 0) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    delete event;
    return bad;
}

namespace {

CUresult eventCall(const char* function, CUevent handle, std::unique_lock<std::mutex>& held, Event*& event) {
    Context* context;
    if (CUresult bad = begin(function, held, context)) {
        return bad;
    }
    event = static_cast<Event*>(handle);
    return Driver::the().events.count(event) == 0 ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS;
}

} // namespace

EMULATED_API(cuEventRecord, CUevent handle, CUstream streamHandle) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Event* event;
    if (CUresult bad = eventCall("cuEventRecord", handle, held, event)) {
        return bad;
    }
    std::shared_ptr<Stream> stream = streamOf(currentContext(), streamHandle);
    if (!stream || stream->context != event->context) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    event->recording = std::make_shared<Recording>();
    driver.submit(stream, {nullptr, {}, event->recording});
    return CUDA_SUCCESS;
}

EMULATED_API(cuEventRecordWithFlags, CUevent event, CUstream stream, unsigned) {
    return cuEventRecord(event, stream);
}

EMULATED_API(cuEventQuery, CUevent handle) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Event* event;
    if (CUresult bad = eventCall("cuEventQuery", handle, held, event)) {
        return bad;
    }
    return !event->recording || event->recording->done ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

EMULATED_API(cuEventSynchronize, CUevent handle) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Event* event;
    if (CUresult bad = eventCall("cuEventSynchronize", handle, held, event)) {
        return bad;
    }
    Context* context = event->context;
    std::shared_ptr<Recording> recording = event->recording;
    if (recording) {
        driver.completed.wait(held, [&] { return recording->done; });
    }
    return context->broken;
}

EMULATED_API(cuEventElapsedTime, float* millis, CUevent startHandle, CUevent endHandle) {
    Driver& driver = Driver::the();
    std::unique_lock<std::mutex> held(driver.lock);
    Event* start;
    Event* end;
    if (CUresult bad = eventCall("cuEventElapsedTime", startHandle, held, start)) {
        return bad;
    }
    end = static_cast<Event*>(endHandle);
    if (driver.events.count(end) == 0 || !start->recording || !end->recording
            || ((start->flags | end->flags) & CU_EVENT_DISABLE_TIMING)) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    if (!start->recording->done || !end->recording->done) {
        return CUDA_ERROR_NOT_READY;
    }
    *millis = static_cast<float>(static_cast<double>(end->recording->nanos - start->recording->nanos) / 1e6);
    return CUDA_SUCCESS;
}

EMULATED_API(cuEventElapsedTime_v2, float* millis, CUevent start, CUevent end) {
    return cuEventElapsedTime(millis, start, end);
}
