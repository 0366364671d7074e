// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "members",
    targets: [.executableTarget(name: "members")]
)
