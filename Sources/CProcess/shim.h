#pragma once
#include <sys/prctl.h>

// prctl is variadic, which Swift cannot call.
// Without this flag every process of our user could read our memory, and our environment in /proc, where secrets may be.
static inline int signupd_forbid_dumping(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

#include <stddef.h>

// mmap under glibc's other name, which its header shows only to programs that ask for extensions: ours has taken the name mmap.
void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, long offset);
