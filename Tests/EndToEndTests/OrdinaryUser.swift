// The program as a user without any right, and clients of other users. Becoming another user takes root, or sudo without a password.

import Foundation
import TestProgram
import TestServers

enum OrdinaryUser {
    /// Nobody's, unless the tests run as an ordinary user themselves: then theirs.
    static var userID: uid_t { geteuid() == 0 ? 65_534 : geteuid() }
    static var groupID: gid_t { geteuid() == 0 ? 65_534 : getegid() }

    /// A directory of that user's, under one that everybody may enter.
    static func makeDirectory(_ name: String) throws -> URL {
        let directory = try makeTemporaryDirectory(name)
        // A copy of the program will be in it.
        Leftovers.removeAtExit(directory)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
        let own = directory.appendingPathComponent("own")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: false)
        if chown(own.path, userID, groupID) != 0 { throw ServerFailure("cannot chown \(own.path): errno \(errno)") }
        return own
    }

    /// The embedded program, with its state in a directory of the user's; `before` is a command that becomes another.
    static func program(_ directory: URL, settings: [String: String] = [:], before: [String] = []) throws -> Program {
        var program = Program(stateDirectory: directory.appendingPathComponent("state"), settings: settings)
        // A copy: the build may lie where others may not look.
        let copy = directory.deletingLastPathComponent().appendingPathComponent("signupd")
        if !FileManager.default.fileExists(atPath: copy.path) {
            try FileManager.default.copyItem(atPath: try Program.path, toPath: copy.path)
        }
        program.launcher = before + become(userID, groupID) + [copy.path]
        return program
    }

    /// What one line gets that another user sends; `nil` if the socket could not be opened.
    static func reply(
        to request: [String: Any],
        from user: uid_t,
        group: gid_t,
        socket path: String
    ) throws -> [String: any Sendable]? {
        let script = """
            import socket, sys
            connection = socket.socket(socket.AF_UNIX)
            try: connection.connect(sys.argv[1])
            except PermissionError: sys.exit(0)
            try: connection.sendall(sys.argv[2].encode() + b"\\n")
            except BrokenPipeError: pass
            print(connection.makefile().readline(), end="")
            """
        let privileged = geteuid() == 0 ? [] : ["sudo", "-n"]
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            privileged + become(user, group, always: true)
            + ["/usr/bin/python3", "-c", script, path, try JSONLine.text(request)]
        let output = try process.outputAtExit()
        return output.isEmpty ? nil : try JSONLine.object(output)
    }

    private static func become(_ user: uid_t, _ group: gid_t, always: Bool = false) -> [String] {
        guard always || geteuid() == 0 else { return [] }
        return ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups", "--no-new-privs"]
    }
}
