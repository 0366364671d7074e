// Python packages for tests: installed once into a virtual environment, and kept under .build until the list changes.

public import Foundation

public enum PythonEnvironment {
    /// The path of a Python that has the packages of a requirements file.
    ///
    /// - Parameters:
    ///   - name: of the directory under .build.
    ///   - requirements: pip's list, with exact versions.
    public static func python(_ name: String, requirements: URL) throws -> String {
        let project = TestData.directory.deletingLastPathComponent().deletingLastPathComponent()
        let directory = project.appending(path: ".build").appending(path: name)
        let installed = directory.appending(path: "requirements.txt")
        let python = directory.appending(path: "bin/python").path
        let wanted = try Data(contentsOf: requirements)
        if FileManager.default.contents(atPath: installed.path) == wanted { return python }
        try Command.run("/usr/bin/python3", ["-m", "venv", "--clear", directory.path])
        try Command.run("timeout", ["300", python, "-m", "pip", "install", "--quiet", "-r", requirements.path])
        // Last: an installation that broke off is begun again.
        try wanted.write(to: installed)
        return python
    }
}
