// signupd discover: the contract as an OpenRPC document, byte for byte what rpc.discover answers.

import ArgumentParser
import Foundation
import Wire

struct DiscoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Prints the OpenRPC document of the protocol.",
        discussion: "The same document as the method rpc.discover answers: every method with params, result and errors."
    )

    func run() throws {
        let line = ProtocolDocument.value.encoded() + [UInt8(ascii: "\n")]
        try FileHandle.standardOutput.write(contentsOf: line)
    }
}
