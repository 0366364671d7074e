// What Leak Sanitizer must not report, each with its reason. Ours has no entry here and gets none. Linked into the sanitized programs, so
// that the program that a test starts knows it too, whatever its environment.

const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void) {
    return
        // The runner of the tests keeps its suites until the process ends.
        "leak:libXCTest.so\n"
        // Foundation's Process, with which the tests start servers, loses the 32 bytes of a weak reference for each.
        "leak:s10Foundation7ProcessC3runyyKF\n"
        // Foundation's Data(contentsOf:) loses its buffer for an empty file.
        "leak:readBytesFromFile\n";
}
