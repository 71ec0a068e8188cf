#include "fibers.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

__thread JavelinThread* javelinThread = nullptr;

namespace emulated {

namespace {

constexpr size_t STACK = 64 << 10;
constexpr size_t GUARD = 4096;
constexpr size_t SHARED = 256 << 10;
constexpr size_t ALTERNATE = 64 << 10;

__thread Runner* current = nullptr;

extern "C" void javelinSwitch(void** save, void* load);
// Saves what a call must preserve, and goes on with another stack.
#if defined(__x86_64__)
asm(R"(
.text
.globl javelinSwitch
.hidden javelinSwitch
.type javelinSwitch,@function
javelinSwitch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size javelinSwitch,.-javelinSwitch
)");
void* fresh(char* top, void (*entry)()) {
    void** at = reinterpret_cast<void**>(top);
    *--at = nullptr; // where a return address would be: keeps the stack aligned as at a call
    *--at = reinterpret_cast<void*>(entry);
    return at - 6;
}
#elif defined(__aarch64__)
asm(R"(
.text
.globl javelinSwitch
.hidden javelinSwitch
.type javelinSwitch,%function
javelinSwitch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size javelinSwitch,.-javelinSwitch
)");
void* fresh(char* top, void (*entry)()) {
    void** at = reinterpret_cast<void**>(top) - 20;
    memset(at, 0, 160);
    at[11] = reinterpret_cast<void*>(entry); // x30
    return at;
}
#else
#error "the emulated driver knows x86-64 and aarch64"
#endif

uint64_t mixed(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

void* mapped(size_t bytes) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) {
        perror("emulated driver: mmap");
        abort();
    }
    return at;
}

} // namespace

Runner::Runner() {
    shared_ = static_cast<char*>(mapped(SHARED + GUARD));
    mprotect(shared_ + SHARED, GUARD, PROT_NONE);
    alternate_ = static_cast<char*>(mapped(ALTERNATE));
}

Runner::~Runner() {
    munmap(shared_, SHARED + GUARD);
    munmap(alternate_, ALTERNATE);
    if (stacks_ != nullptr) {
        munmap(stacks_, reserved_ * STACK);
    }
}

void Runner::reserve(unsigned threads) {
    if (threads <= reserved_) {
        return;
    }
    if (stacks_ != nullptr) {
        munmap(stacks_, reserved_ * STACK);
    }
    stacks_ = static_cast<char*>(mapped(threads * STACK));
    for (unsigned i = 0; i < threads; i++) {
        mprotect(stacks_ + i * STACK, GUARD, PROT_NONE);
    }
    reserved_ = threads;
    fibers_.resize(threads);
}

Fault Runner::run(
        const JavelinKernel& kernel, const JavelinFamily& family, void** parameters, const Grid& grid, uint64_t seed) {
    kernel_ = &kernel;
    parameters_ = parameters;
    grid_ = grid;
    fault_ = Fault();
    count_ = grid.threads.x * grid.threads.y * grid.threads.z;
    reserve(kernel.alone ? 1 : count_);
    stack_t alternate = {};
    stack_t before = {};
    alternate.ss_sp = alternate_;
    alternate.ss_size = ALTERNATE;
    sigaltstack(&alternate, &before);
    current = this;
    uint64_t blocks = static_cast<uint64_t>(grid.blocks.x) * grid.blocks.y * grid.blocks.z;
    uint64_t power = 1;
    while (power < blocks) {
        power <<= 1;
    }
    // A permutation of 0 .. power - 1 that the seed picks; numbers past the last block are passed over.
    uint64_t step = mixed(seed) | 1;
    uint64_t offset = mixed(seed + 1);
    for (uint64_t i = 0; i < power && fault_.what.empty(); i++) {
        uint64_t number = (i * step + offset) & (power - 1);
        if (number >= blocks) {
            continue;
        }
        dim3 block = {static_cast<unsigned>(number % grid.blocks.x),
                static_cast<unsigned>(number / grid.blocks.x % grid.blocks.y),
                static_cast<unsigned>(number / grid.blocks.x / grid.blocks.y)};
        shuffler_.state = mixed(seed ^ mixed(number));
        block_ = block;
        if (kernel.alone) {
            fibers_[0].stack = fresh(stacks_ + STACK, loop);
            javelinSwitch(&mainStack_, fibers_[0].stack);
        } else {
            family.poisonShared();
            memset(shared_ + SHARED - grid.dynamicShared, 0xff, grid.dynamicShared);
            runBlock(grid, block);
        }
    }
    current = nullptr;
    javelinThread = nullptr;
    sigaltstack(&before, nullptr);
    return fault_;
}

/** A block whose threads never meet: one after the other, on one stack. */
void Runner::loop() {
    Runner* runner = current;
    JavelinThread self = {{0, 0, 0}, {runner->block_.x, runner->block_.y, runner->block_.z}, runner->grid_.threads,
            runner->grid_.blocks, 0, nullptr};
    javelinThread = &self;
    bool backwards = runner->shuffler_.below(2) == 1;
    for (unsigned i = 0; i < runner->count_; i++) {
        unsigned number = backwards ? runner->count_ - 1 - i : i;
        self.number = number;
        self.index.x = number % self.blockSize.x;
        self.index.y = number / self.blockSize.x % self.blockSize.y;
        self.index.z = number / self.blockSize.x / self.blockSize.y;
        runner->kernel_->run(runner->parameters_);
    }
    void* unused;
    javelinSwitch(&unused, runner->mainStack_);
    __builtin_unreachable();
}

void Runner::body() {
    Runner* runner = current;
    runner->kernel_->run(runner->parameters_);
    runner->fibers_[runner->running_].state = DONE;
    runner->done_++;
    runner->next();
    __builtin_unreachable();
}

void Runner::runBlock(const Grid& grid, const dim3& block) {
    ready_.clear();
    ready_.resize(count_);
    done_ = 0;
    atBarrier_ = 0;
    barrierSum_ = 0;
    inWarp_.assign((count_ + 31) / 32, 0);
    lastFirst_ = shuffler_.below(2) == 1;
    for (unsigned i = 0; i < count_; i++) {
        Fiber& fiber = fibers_[i];
        // Tops of stacks lie in different sets of the caches.
        fiber.stack = fresh(stacks_ + (i + 1) * STACK - i * 7 % 256 * 64, body);
        fiber.state = READY;
        fiber.self.index = {i % grid.threads.x, i / grid.threads.x % grid.threads.y, i / grid.threads.x / grid.threads.y};
        fiber.self.block = {block.x, block.y, block.z};
        fiber.self.blockSize = grid.threads;
        fiber.self.gridSize = grid.blocks;
        fiber.self.number = i;
        fiber.self.dynamicShared = shared_ + SHARED - grid.dynamicShared;
        unsigned at = shuffler_.below(i + 1);
        ready_[i] = ready_[at];
        ready_[at] = i;
    }
    while (!ready_.empty() && fault_.what.empty()) {
        running_ = ready_.back();
        ready_.pop_back();
        javelinThread = &fibers_[running_].self;
        javelinSwitch(&mainStack_, fibers_[running_].stack);
    }
    if (fault_.what.empty() && done_ < count_) {
        fault_.what = "threads wait for others that never come: " + waiting();
    }
}

/** Goes on with another fiber that can run, or ends the block's turn. */
void Runner::next() {
    Fiber& self = fibers_[running_];
    if (ready_.empty()) {
        javelinSwitch(&self.stack, mainStack_);
        return;
    }
    // Either the latest that became ready, so that single warps run far ahead, or any.
    size_t at = lastFirst_ ? ready_.size() - 1 : shuffler_.below(static_cast<uint32_t>(ready_.size()));
    unsigned number = ready_[at];
    ready_[at] = ready_.back();
    ready_.pop_back();
    if (number == running_) {
        return;
    }
    running_ = number;
    javelinThread = &fibers_[number].self;
    javelinSwitch(&self.stack, fibers_[number].stack);
}

void Runner::release(unsigned number) {
    fibers_[number].state = READY;
    ready_.push_back(number);
}

int Runner::blockBarrier(int value, int line) {
    if (kernel_->alone) {
        fail("a barrier in a kernel that the PTX shows without one");
    }
    if (done_ > 0) {
        fail("a barrier (line " + std::to_string(line) + ") that " + std::to_string(done_) + " threads have left out");
    }
    unsigned me = running_;
    Fiber& self = fibers_[me];
    self.state = AT_BARRIER;
    self.line = line;
    barrierSum_ += value;
    atBarrier_++;
    if (atBarrier_ == count_) {
        for (unsigned i = 0; i < count_; i++) {
            if (fibers_[i].line != line) {
                fail("threads meet at different barriers: " + waiting());
            }
            fibers_[i].result = barrierSum_;
        }
        atBarrier_ = 0;
        barrierSum_ = 0;
        size_t first = ready_.size();
        for (unsigned i = 0; i < count_; i++) {
            release(i);
            size_t at = first + shuffler_.below(i + 1);
            std::swap(ready_[at], ready_.back());
        }
    }
    next();
    return fibers_[me].result;
}

void Runner::warp(unsigned mask, void* data, void (*apply)(unsigned, void**), const char* what) {
    if (kernel_->alone) {
        fail(std::string(what) + " in a kernel that the PTX shows without one");
    }
    unsigned me = running_;
    unsigned lane = me & 31;
    unsigned base = me - lane;
    if (((mask >> lane) & 1) == 0) {
        fail(std::string(what) + " by lane " + std::to_string(lane) + ", which its own mask leaves out");
    }
    Fiber& self = fibers_[me];
    self.state = IN_WARP;
    self.data = data;
    self.mask = mask;
    self.apply = apply;
    self.what = what;
    unsigned& here = inWarp_[me / 32];
    here |= 1u << lane;
    if ((here & mask) != mask) {
        if (base + 32 > count_ && (mask >> (count_ - base)) != 0) {
            fail(std::string(what) + " for lanes that the block does not have: blocks are whole warps");
        }
        next();
        return;
    }
    void* lanes[32];
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
        unsigned other = static_cast<unsigned>(__builtin_ctz(rest));
        const Fiber& fiber = fibers_[base + other];
        if (fiber.mask != mask || fiber.apply != apply) {
            fail("lanes of a warp meet in different operations: " + waiting());
        }
        lanes[other] = fiber.data;
    }
    here &= ~mask;
    apply(mask, lanes);
    unsigned start = shuffler_.below(32);
    for (unsigned i = 0; i < 32; i++) {
        unsigned other = (i + start) & 31;
        if (((mask >> other) & 1) && base + other != me) {
            release(base + other);
        }
    }
    self.state = READY; // and goes on
}

/** Where the first few threads that wait do so. */
std::string Runner::waiting() const {
    std::string text;
    int named = 0;
    for (unsigned i = 0; i < count_ && named < 4; i++) {
        const Fiber& fiber = fibers_[i];
        if (fiber.state == AT_BARRIER || fiber.state == IN_WARP) {
            text += named++ == 0 ? "" : ", ";
            text += "thread " + std::to_string(i) + " in ";
            text += fiber.state == AT_BARRIER ? "the barrier of line " + std::to_string(fiber.line) : std::string(fiber.what);
        }
    }
    return text + "; " + std::to_string(done_) + " of " + std::to_string(count_) + " have ended";
}

void Runner::fail(const std::string& what) {
    fault_.what = what;
    void* unused;
    javelinSwitch(&unused, mainStack_);
    __builtin_unreachable();
}

void Runner::abandon(const char* what, const void* address) {
    Runner* runner = current;
    if (runner == nullptr || javelinThread == nullptr) {
        return;
    }
    char text[200];
    snprintf(text, sizeof text, "%s at %p by thread %u of block %u, %u, %u", what, address, javelinThread->number,
            javelinThread->block.x, javelinThread->block.y, javelinThread->block.z);
    runner->fault_.address = true;
    runner->fail(text);
}

} // namespace emulated

int javelinBlockBarrier(int value, int line) {
    return emulated::current->blockBarrier(value, line);
}

void javelinWarp(unsigned mask, void* data, void (*apply)(unsigned, void**), const char* what) {
    emulated::current->warp(mask, data, apply, what);
}
