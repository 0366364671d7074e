// Looks for every password and code that was used, everywhere anything of a run rests.

import Foundation
import TestServers

/// Codes and passwords are found as whole words: inside a hash they would be chance.
struct SecretSearch {
    private let codes: Set<String>
    private let passwords: Set<String>

    init(codes: [String], passwords: [String]) {
        self.codes = Set(codes)
        // Their random part: the rest is the same for all.
        self.passwords = Set(passwords.compactMap { $0.split(separator: "-").last.map(String.init) })
    }

    /// Where something was found, and how often; never what.
    func violations(in installation: Installation) throws -> [Violation] {
        var places: [(String, Data)] = []
        let files = try FileManager.default.contentsOfDirectory(
            at: installation.directory,
            includingPropertiesForKeys: nil
        )
        for file in files where file.pathExtension == "log" {
            places.append((file.lastPathComponent, try Data(contentsOf: file)))
        }
        places.append(("the tables", try dump(installation)))
        let redis = URL(fileURLWithPath: installation.redis.socketPath).deletingLastPathComponent()
        for case let file as URL in FileManager.default.enumerator(at: redis, includingPropertiesForKeys: nil)
            ?? .init()
        where file.path.contains("appendonly") && !file.hasDirectoryPath {
            places.append(("Redis: \(file.lastPathComponent)", try Data(contentsOf: file)))
        }
        return places.compactMap { place, data in
            let found = count(in: data)
            guard found > 0 else { return nil }
            return Violation(invariant: .nothingSecretRests, detail: "\(found) passwords or codes in \(place)")
        }
    }

    private func dump(_ installation: Installation) throws -> Data {
        try Command.run(
            "mariadb-dump",
            ["--no-defaults", "--user=root", "--socket=\(installation.mariadb.socketPath)", installation.database]
        )
    }

    func count(in data: Data) -> Int {
        var found = 0
        var word: [UInt8] = []
        for byte in data + [0] {
            let isLetter = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            if isLetter {
                if word.count <= 16 { word.append(byte) }
                continue
            }
            if word.count == 6, codes.contains(String(decoding: word, as: UTF8.self).uppercased()) { found += 1 }
            if word.count == 16, passwords.contains(String(decoding: word, as: UTF8.self)) { found += 1 }
            word.removeAll(keepingCapacity: true)
        }
        return found
    }
}
