// SIGNUPD_FUZZ_TARGET=NAME Fuzz [libFuzzer options] [CORPUS …]: feeds one parser input that libFuzzer invents; without a name it lists
// them. The main function is libFuzzer's, which calls these two. `make fuzz` builds and runs it for every target.

import Foundation

/// Called once, before the first input.
@c(LLVMFuzzerInitialize)
public func initializeFuzzer(
    _ argumentCount: UnsafeMutablePointer<Int32>?,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> Int32 {
    if ChosenTarget.name == nil {
        for target in FuzzTarget.all { print(target.name) }
        exit(0)
    }
    return 0
}

/// Called for every input.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    ChosenTarget.check(UnsafeRawBufferPointer(start: data, count: size))
    return 0
}

/// The target of this run. libFuzzer's callbacks take no context, so it is found here.
private enum ChosenTarget {
    static let name = ProcessInfo.processInfo.environment["SIGNUPD_FUZZ_TARGET"]

    static let check: @Sendable (UnsafeRawBufferPointer) -> Void = {
        guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
            fatalError("SIGNUPD_FUZZ_TARGET names no target")
        }
        return target.prepare()
    }()
}
