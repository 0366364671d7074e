// Tells Thread Sanitizer what it cannot see: the slow paths of Synchronization's Mutex, which spin and sleep inside the toolchain's
// library, without instrumentation. What two threads do one after the other under a contended Mutex would look like a race. The fast
// paths are atomics in our own code, which it sees, on the same address.
//
// Linked into the sanitized programs, with the sanitizer's options; the functions here stand before the library's of the same names and call them.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// Thread Sanitizer's (tsan_interface.h); weak, because the build's own tools are linked with this too, and have none.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

const char *__tsan_default_options(void);

const char *__tsan_default_options(void) { return "halt_on_error=1:exitcode=66:second_deadlock_stack=1"; }

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void mutex_lock_slow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void mutex_unlock_slow(SELF) __asm__(UNLOCK);

SWIFT void mutex_lock_slow(uint32_t thread, SELF) {
    SWIFT void (*original)(uint32_t, SELF) = (SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK);
    original(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT void mutex_unlock_slow(SELF) {
    SWIFT void (*original)(SELF) = (SWIFT void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(self);
    original(self);
}
