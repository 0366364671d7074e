// What Address and Leak Sanitizer are told. Linked into the sanitized programs, so that the program that a test starts knows it too,
// whatever its environment.

const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);

const char *__asan_default_options(void) {
    // Freed memory is kept for a while, to catch who still uses it: not so much that the tests of memory take it for a leak. A request
    // frees a few hundred bytes, so that the shorter of two runs they compare must have filled what is kept.
    return "detect_leaks=1:exitcode=67:detect_stack_use_after_return=1:quarantine_size_mb=2";
}

// What must not be reported, each with its reason. Ours has no entry here and gets none.
const char *__lsan_default_suppressions(void) {
    return
        // The runner of the tests keeps its suites until the process ends.
        "leak:libXCTest.so\n"
        // Foundation's Process, with which the tests start servers, loses the 32 bytes of a weak reference for each.
        "leak:s10Foundation7ProcessC3runyyKF\n"
        // Foundation's Data(contentsOf:) loses its buffer for an empty file.
        "leak:readBytesFromFile\n";
}
