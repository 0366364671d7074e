// Bytes that must not stay in memory once they are done with.

internal import CSodium

/// A secret's bytes, wiped when the last reference goes.
public final class SecretBytes: Equatable, @unchecked Sendable {
    // @unchecked: the memory is written in init and wiped in deinit, and only read between.
    private let memory: UnsafeMutableRawBufferPointer

    /// Copies the bytes. The caller's own copy is the caller's to wipe.
    public init(_ bytes: some Collection<UInt8>) {
        Sodium.start()
        memory = .allocate(byteCount: bytes.count, alignment: 1)
        memory.copyBytes(from: bytes)
    }

    /// Lets the closure write `byteCount` bytes, all zero before, in place: no copy is left to wipe.
    public init(byteCount: Int, writing body: (UnsafeMutableRawBufferPointer) -> Void) {
        Sodium.start()
        memory = .allocate(byteCount: byteCount, alignment: 1)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        body(memory)
    }

    deinit {
        if let address = memory.baseAddress { sodium_memzero(address, memory.count) }
        memory.deallocate()
    }

    /// Whether the bytes are the same, in a time that depends on their number only.
    public static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        guard left.count == right.count, let first = left.memory.baseAddress, let second = right.memory.baseAddress
        else {
            return false
        }
        return sodium_memcmp(first, second, left.count) == 0
    }

    /// How many bytes.
    public var count: Int { memory.count }

    /// Lends the bytes; the pointer must not outlive the closure.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(memory))
    }
}
