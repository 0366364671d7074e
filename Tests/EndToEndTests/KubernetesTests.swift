// examples/kubernetes: a manifest that Kubernetes takes, with settings that the program takes.

import Foundation
import TestProgram
import TestServers
import Testing

@Suite("the Kubernetes manifest")
struct KubernetesTests {
    /// What examples/kubernetes/check.py prints.
    private struct Manifest: Decodable {
        let settings: [String: String]
        let secrets: [String: String]
        let migrate: [String]
        let serve: [String]
        let probe: [String]
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "examples/kubernetes")

    private func check(_ file: URL) throws -> Manifest {
        let requirements = Self.folder.appending(path: "requirements.txt")
        let python = try PythonEnvironment.python("test-kubernetes", requirements: requirements)
        let script = Self.folder.appending(path: "check.py").path
        return try JSONDecoder().decode(Manifest.self, from: Command.run(python, ["-B", script, file.path]))
    }

    @Test("keeps to Kubernetes' schemas and to the restricted standard, and its settings start the program")
    func valid() async throws {
        let manifest = try check(Self.folder.appending(path: "signupd.yaml"))
        #expect(Set(manifest.secrets.keys).isSuperset(of: ["SIGNUPD_DATABASE_URL", "SIGNUPD_SECRET"]))

        let backends = try Backends()
        // The pod's file system, and servers in place of the cluster's.
        let pod = backends.directory.appending(path: "pod")
        let secrets = pod.appending(path: "etc/signupd/secrets")
        for directory in [secrets, pod.appending(path: "run/signupd"), pod.appending(path: "tmp")] {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        }
        for name in manifest.secrets.keys {
            let value = try #require(backends.program().environment[name], "the tests know no \(name)")
            try Data(value.utf8).write(to: secrets.appending(path: name))
        }
        var environment = ["PATH": "/usr/bin:/bin"].merging(Program.quickHash) { $1 }
        for (name, value) in manifest.settings {
            environment[name] = value.hasPrefix("/") ? pod.path + value : value
        }
        let program = Program(environment: environment)
        #expect(try program.run(manifest.migrate).status == 0)
        let server = try program.process(manifest.serve)
        try server.run()
        defer { server.terminate() }
        #expect(manifest.probe.first == "signupd")
        let probe = Array(manifest.probe.dropFirst())
        let end = Date().addingTimeInterval(20)
        var status = try program.run(probe).status
        while status != 0, Date() < end {
            try await Task.sleep(for: .milliseconds(50))
            status = try program.run(probe).status
        }
        #expect(status == 0)
        let health = try program.run(["call", "service.health"])
        #expect(health.output.contains(#""ok":true"#), "\(health.output) \(health.errors)")
    }

    @Test(
        "a slip in it is found",
        arguments: [
            ("restartPolicy: Always", "restartPolice: Always"),
            ("periodSeconds: 10", "periodSeconds: ten"),
            ("runAsNonRoot: true", "runAsNonRoot: false"),
            ("secrets/SIGNUPD_SECRET", "secrets/SIGNUPD_SECRETS"),
            ("{name: state, mountPath", "{name: stage, mountPath"),
        ]
    )
    func slip(_ right: String, _ wrong: String) throws {
        let directory = try makeTemporaryDirectory("manifest")
        defer { try? FileManager.default.removeItem(at: directory) }  // Left over, it does no harm.
        let text = try String(contentsOf: Self.folder.appending(path: "signupd.yaml"), encoding: .utf8)
        #expect(text.contains(right))
        let file = directory.appending(path: "signupd.yaml")
        try Data(text.replacing(right, with: wrong).utf8).write(to: file)
        #expect(throws: ServerFailure.self) { try check(file) }
    }
}
