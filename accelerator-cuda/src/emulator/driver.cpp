// The emulated driver in one piece, which compiles in half the time of its parts.
#include "device.cpp"
#include "fibers.cpp"
#include "memory.cpp"
#include "missing.cpp"
#include "modules.cpp"
#include "state.cpp"
#include "streams.cpp"
