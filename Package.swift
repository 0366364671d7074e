// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 mode, every warning an error, and nothing in scope that a file did not import itself.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // Workers, queues and completions are generic and live in a module of their own: unless they are specialised where they
    // are used, every request pays for looking up their types.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// A hundred thousand addresses have to be set right whenever the program starts: written as runs they are read in no time, which
/// the toolchain's own linker can do. And no library is to search the program's twenty thousand names for its own.
let quickToLoad: [LinkerSetting] = [
    .unsafeFlags(
        ["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic"],
        .when(configuration: .release)
    )
]

/// The C libraries find the program's mmap and munmap (MappedMemory.swift) before the system's.
let findable: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "--export-dynamic-symbol=mmap", "-Xlinker", "--export-dynamic-symbol=munmap"])
]

/// A C library from Debian: a module map and a shim.h, imported by exactly one Swift target.
func cLibrary(_ name: String, pkgConfig: String?, package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

func test(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "signupd",
    products: [
        .executable(name: "signupd", targets: ["signupd"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // FilePath, which swift-configuration's own API asks for.
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // These two are not linked: they are opened when they are needed, see each one's shim.h.
        cLibrary("CMariaDB", pkgConfig: nil, package: "libmariadb-dev"),
        cLibrary("CCurl", pkgConfig: nil, package: "libcurl4-openssl-dev"),
        // hiredis.pc carries a macro that the package manager refuses with a warning; its header and library need no flags.
        cLibrary("CHiredis", pkgConfig: nil, package: "libhiredis-dev"),
        cLibrary("CSodium", pkgConfig: "libsodium", package: "libsodium-dev"),
        // Only headers, in C++: what reads with them is compiled here.
        .target(
            name: "CRapidJSON",
            path: "Sources/CRapidJSON",
            publicHeadersPath: ".",
            cxxSettings: [.treatAllWarnings(as: .error)]
        ),
        cLibrary("CZxcvbn", pkgConfig: nil, package: "libzxcvbn-dev"),
        // Of the C library itself, what Swift cannot call.
        .systemLibrary(name: "CProcess"),

        .target(name: "Threads", swiftSettings: strict),
        .target(name: "Cryptography", dependencies: ["CSodium"], swiftSettings: strict),
        .target(name: "Wire", dependencies: ["CRapidJSON", "Cryptography"], swiftSettings: strict),
        .target(name: "Signup", dependencies: ["Cryptography", logging], swiftSettings: strict),
        .target(
            name: "Passwords",
            dependencies: ["Signup", "Cryptography", "Threads", "CZxcvbn"],
            swiftSettings: strict
        ),
        .target(
            name: "MariaDBStore",
            dependencies: ["Signup", "Threads", "CMariaDB", logging],
            swiftSettings: strict
        ),
        .target(
            name: "RedisStore",
            dependencies: ["Signup", "Cryptography", "Threads", "CHiredis", logging],
            swiftSettings: strict
        ),
        .target(
            name: "SQLiteStore",
            dependencies: [
                "Signup", "Threads", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"), logging,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Mail",
            dependencies: [
                "Signup", "Threads", "CCurl", .product(name: "Mustache", package: "swift-mustache"), logging,
            ],
            // In the code, so that the program stays one file.
            resources: [.embedInCode("Resources/Templates")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "signupd",
            dependencies: [
                "Wire", "Signup", "Passwords", "Cryptography", "Threads", "CProcess",
                "MariaDBStore", "RedisStore", "SQLiteStore", "Mail",
                logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            // A link to protocol/openrpc.json: in the code, so that the program stays one file.
            resources: [.embedInCode("Resources/openrpc.json")],
            swiftSettings: strict,
            linkerSettings: quickToLoad + findable
        ),

        // Starts the real servers the tests talk to; no target of the program depends on it.
        .target(name: "TestServers", path: "Tests/TestServers", swiftSettings: strict),
        // Breaks everything around the built program; `make chaos` runs it.
        .executableTarget(
            name: "Chaos",
            dependencies: [
                "Signup", "Cryptography", "TestServers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Chaos",
            // Patches that chaos-defects.sh applies to a copy.
            exclude: ["Defects"],
            swiftSettings: strict
        ),
        // Whether time tells what privacy mode hides; `make bench-privacy` runs it.
        .executableTarget(
            name: "PrivacyTiming",
            dependencies: [
                "TestProgram", "TestServers", "Signup",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/Privacy",
            swiftSettings: strict
        ),
        // The built program under a test, and clients for it.
        .target(name: "TestProgram", dependencies: ["TestServers"], path: "Tests/TestProgram", swiftSettings: strict),
        // protocol/vectors, as the tests of the wire and of the program read them.
        .target(name: "TestVectors", dependencies: ["Wire"], path: "Tests/TestVectors", swiftSettings: strict),
        test("ThreadsTests", ["Threads"]),
        test("CryptographyTests", ["Cryptography"]),
        test("WireTests", ["Wire", "TestVectors"]),
        test("SignupTests", ["Signup", "Cryptography"]),
        test("PasswordsTests", ["Passwords", "Signup", "Cryptography"]),
        test(
            "StoreTests",
            ["Signup", "Cryptography", "SQLiteStore", "MariaDBStore", "RedisStore", "TestServers", logging]
        ),
        test("MariaDBStoreTests", ["MariaDBStore", "Signup", "Cryptography", "TestServers"]),
        test("RedisStoreTests", ["RedisStore", "Signup", "Cryptography", "TestServers", logging]),
        test("MailTests", ["Mail", "Signup", "Cryptography", "TestServers"]),
        test(
            "signupdTests",
            [
                "signupd", "Wire", "Signup", "Threads", "Mail", "MariaDBStore", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        test("EndToEndTests", ["TestProgram", "TestServers", "Cryptography", "Signup"]),
        test("ConformanceTests", ["TestProgram", "TestServers", "TestVectors"]),

        // Measures the built program beside what its parts can do alone; `make bench` runs it. See Benchmarks/README.md.
        .systemLibrary(name: "CEpoll", path: "Benchmarks/CEpoll"),
        .target(
            name: "LoadGeneration",
            dependencies: ["CEpoll"],
            path: "Benchmarks/LoadGeneration",
            swiftSettings: strict
        ),
        .target(name: "Reporting", path: "Benchmarks/Reporting", swiftSettings: strict),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "LoadGeneration", "Reporting", "Signup", "Cryptography", "RedisStore", "SQLiteStore", "TestServers",
                logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Benchmarks/Program",
            swiftSettings: strict
        ),
        // The baselines in C, so that nothing of ours stands between the library and its figure.
        .executableTarget(
            name: "PromotionBaseline",
            dependencies: ["CMariaDB"],
            path: "Benchmarks/Baselines/Promotions",
            linkerSettings: [.linkedLibrary("mariadb")]
        ),
        .executableTarget(
            name: "MailBaseline",
            dependencies: ["CCurl"],
            path: "Benchmarks/Baselines/Mails",
            linkerSettings: [.linkedLibrary("curl")]
        ),
        test("BenchmarkTests", ["LoadGeneration", "Reporting", "TestProgram", "TestServers"]),
    ],
    cxxLanguageStandard: .cxx17
)

// `make test-tsan-core` alone sets this: CI has no time to build everything under a sanitizer.
if Context.environment["SIGNUPD_CORE_ONLY"] != nil {
    let libraries = ["CSodium", "CRapidJSON", "Threads", "Cryptography", "Wire", "Signup", "TestVectors"]
    let core = libraries + ["ThreadsTests", "CryptographyTests", "WireTests", "SignupTests"]
    package.products = []
    package.targets.removeAll { !core.contains($0.name) }
}

// `make fuzz` alone sets this: then the program is a library, without its own main, and one executable feeds its parsers.
if Context.environment["SIGNUPD_FUZZ"] != nil {
    package.products = []
    package.targets.removeAll { $0.type == .test }
    for index in package.targets.indices where package.targets[index].name == "signupd" {
        package.targets[index] = .target(
            name: "signupd",
            dependencies: package.targets[index].dependencies,
            resources: package.targets[index].resources,
            swiftSettings: strict + [
                .unsafeFlags(["-Xfrontend", "-entry-point-function-name", "-Xfrontend", "signupd_main"])
            ]
        )
    }
    package.targets += [
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Wire", "Signup", "Cryptography", "Mail", "MariaDBStore", "RedisStore", "signupd", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Fuzz/Program",
            swiftSettings: strict
        )
    ]
}
