// `make demo` as a newcomer runs it, but for the build.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("make demo")
struct DemoTests {
    @Test("runs the main job on the embedded default, reading the code from the delivered mail")
    func demo() throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("scripts/demo.sh").path
        let printed = String(decoding: try Command.run("sh", [script, try Program.path]), as: UTF8.self)
        #expect(printed.contains("Your verification code is: "))
        #expect(printed.contains("email has been successfully verified"))
        #expect(printed.contains(#""state":"active""#))
    }
}
