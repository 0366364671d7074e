#pragma once
#include <sys/prctl.h>

// prctl is variadic, which Swift cannot call.
// Without this flag every process of our user could read our memory, and our environment in /proc, where secrets may be.
static inline int signupd_forbid_dumping(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

#include <stddef.h>

// mmap under glibc's other name, which its header shows only to programs that ask for extensions: ours has taken the name mmap.
void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, long offset);

#include <sys/syscall.h>

// sched_setattr(2) for the calling thread, in its usual class: the C library does not offer it, and syscall is variadic. Its header
// would take what it declares from Swift's own view of the C library.
long syscall(long number, ...);

static inline int signupd_ask_for_turns(unsigned long long nanoseconds, int niceness) {
    struct {
        unsigned int byte_count, policy;
        unsigned long long flags;
        int niceness;
        unsigned int priority;
        unsigned long long runtime, deadline, period;
    } attributes = {.byte_count = sizeof attributes, .niceness = niceness, .runtime = nanoseconds};
    return (int)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

// munmap for a program that has taken that name: the C library has no other for it.
static inline int signupd_unmap(void *address, size_t length) {
    return (int)syscall(SYS_munmap, address, length);
}
