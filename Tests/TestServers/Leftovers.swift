// What the tests leave in /tmp, as far as it is large.

public import Foundation
import Synchronization

/// Directories to remove when the process ends by itself.
public enum Leftovers {
    private static let directories = Mutex<[URL]>([])

    public static func removeAtExit(_ directory: URL) {
        let isFirst = directories.withLock { directories in
            directories.append(directory)
            return directories.count == 1
        }
        guard isFirst else { return }
        atexit {
            for directory in Leftovers.directories.withLock({ $0 }) {
                // At exit nobody is left to tell; /tmp is cleaned anyway.
                try? FileManager.default.removeItem(at: directory)
            }
        }
    }
}
