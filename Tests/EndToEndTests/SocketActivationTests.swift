// Sockets from the service manager: several at once, and they outlive the server.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("socket activation")
struct SocketActivationTests {
    /// Listens on each path, puts the sockets where sd_listen_fds(3) says, and becomes the program.
    private static let launcher = """
        import os, socket, sys
        program, paths = sys.argv[1], sys.argv[2:]
        listeners = []
        for path in paths:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen(16)
            listeners.append(os.dup(listener.fileno()))
        for number, listener in enumerate(listeners):
            os.dup2(listener, 60 + number)
        for number in range(len(listeners)):
            os.dup2(60 + number, 3 + number)
            os.set_inheritable(3 + number, True)
        os.environ["LISTEN_PID"] = str(os.getpid())
        os.environ["LISTEN_FDS"] = str(len(paths))
        os.execv(program, [program, "serve"])
        """

    @Test("every socket passed in is served, none is removed, and SIGTERM is exit 0")
    func passedIn() async throws {
        let directory = try makeTemporaryDirectory("activation")
        let paths = ["one", "two"].map { directory.appendingPathComponent($0 + ".sock").path }
        let manager = try NotifySocket(directory: directory)
        let program = Program(stateDirectory: directory, settings: ["NOTIFY_SOCKET": manager.path])
        let process = try program.command("/usr/bin/python3", ["-c", Self.launcher, try Program.path] + paths)
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        #expect(manager.next() == "READY=1")
        for path in paths {
            #expect(try SocketClient(path: path).call(1, "service.ping").result?["ok"] as? Bool == true)
        }
        #expect(!FileManager.default.fileExists(atPath: directory.appendingPathComponent("signupd.sock").path))
        process.terminate()
        #expect(manager.next() == "STOPPING=1")
        try #require(try await process.waitUntilExit(seconds: 10))
        #expect(process.terminationStatus == 0)
        for path in paths { #expect(FileManager.default.fileExists(atPath: path)) }
    }

    @Test("a TCP socket passed in is refused: nobody there says who they are")
    func passedInTCP() throws {
        let launcher = """
            import os, socket, sys
            listener = socket.create_server(("127.0.0.1", 0))
            os.dup2(listener.fileno(), 3)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
            os.execv(sys.argv[1], [sys.argv[1], "serve"])
            """
        let program = Program(stateDirectory: try makeTemporaryDirectory("activation"))
        let process = try program.command("/usr/bin/python3", ["-c", launcher, try Program.path])
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 78)
        #expect(text.contains("descriptor 3 that was passed in is no Unix socket"), "\(text)")
    }
}
