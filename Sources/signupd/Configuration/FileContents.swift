// Small files read whole: settings and secrets. Foundation's reading tells neither a bound nor the system's reason.

import SystemPackage

extension FileDescriptor {
    /// The bytes of a file, or of a pipe that a shell calls a file.
    ///
    /// - Throws: the system's reason; `fileTooLarge` where there is more than `limit`.
    static func contents(of path: String, limit: Int) throws(Errno) -> [UInt8] {
        do {
            let file = try open(path, .readOnly, options: .closeOnExec)
            return try file.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: min(limit + 1, 65_536))
                while case let count = try chunk.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
                    bytes += chunk[..<count]
                    if bytes.count > limit { throw Errno.fileTooLarge }
                }
                return bytes
            }
        } catch {
            // It throws nothing else, and says so only to who reads it.
            throw error as? Errno ?? .ioError
        }
    }
}
