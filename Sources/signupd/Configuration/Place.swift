// Whether a file, a directory or a socket could be where a setting says. Looks only.

import Foundation
import Glibc

/// Something in the file system, or a name for something that is not there yet.
struct Place {
    let path: String

    var exists: Bool { access(path, F_OK) == 0 }

    var isDirectory: Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    var isSocket: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    var parent: Place {
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        return Place(path: parent.isEmpty ? "." : parent)
    }

    /// Why this can be no directory that we write to, one that would have to be made included; `nil` if it can.
    var problemAsDirectory: String? {
        guard exists else {
            // The root directory exists, so this ends.
            return parent.problemAsDirectory
        }
        guard isDirectory else { return "needs a directory, and \(path) is none" }
        return access(path, W_OK | X_OK) == 0 ? nil : "needs a directory that this user can write to, unlike \(path)"
    }

    /// Why no server could make its socket here; `nil` if one could, be there a socket already or not.
    func problemAsSocket(_ state: StateDirectory) -> String? {
        do throws(SocketFailure) {
            _ = try SocketFile.socketAddress(path)
        } catch {
            return "\(error)"
        }
        if exists, !isSocket { return "\(SocketFailure.notASocket(path: path))" }
        // The state directory is made by the first start; any other must be there.
        guard parent.exists || state.holds(path) else {
            return "names a socket in a directory that does not exist; make \(parent.path)"
        }
        return parent.problemAsDirectory
    }
}
