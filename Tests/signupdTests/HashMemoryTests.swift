// What a thread that hashes keeps of its last hash's memory, and for how long.

import Foundation
import Testing

@testable import signupd

@Suite("A hash's memory")
struct HashMemoryTests {
    private static let byteCount = 19_456 * 1024

    @Test("is handed out again as it was, to a thread that keeps it")
    func kept() async throws {
        let (first, second, mark) = try await onNewThread {
            HashMemory.keepOnThisThread()
            let first = try map(Self.byteCount)
            UnsafeMutableRawPointer(bitPattern: first)?.storeBytes(of: 7, as: UInt8.self)
            unmap(first, Self.byteCount)
            let second = try map(Self.byteCount)
            return (first, second, UnsafeRawPointer(bitPattern: second)?.load(as: UInt8.self))
        }
        #expect(first == second)
        #expect(mark == 7)
        unmap(second, Self.byteCount)
    }

    @Test(
        "goes back to the system when the thread has nothing to hash, and when it ends",
        arguments: [true, false]
    )
    func givenBack(rests: Bool) async throws {
        let place = try RemotePlace.next()
        let (address, stillThere) = try await onNewThread {
            HashMemory.keepOnThisThread()
            let address = try map(Self.byteCount, at: place)
            unmap(address, Self.byteCount)
            #expect(isMapped(address))
            if rests { HashMemory.giveBack() }
            return (address, isMapped(address))
        }
        #expect(stillThere == !rests)
        // The thread's end comes after its answer.
        let end = ContinuousClock.now + .seconds(10)
        while isMapped(address), .now < end { try await Task.sleep(for: .milliseconds(10)) }
        #expect(!isMapped(address))
    }

    @Test("is not kept by a thread that has not asked for it")
    func notAsked() async throws {
        let place = try RemotePlace.next()
        let isThere = try await onNewThread {
            let address = try map(Self.byteCount, at: place)
            unmap(address, Self.byteCount)
            return isMapped(address)
        }
        #expect(!isThere)
    }

    @Test("is one mapping at most, and goes back when another size is asked for")
    func oneSize() async throws {
        let places = (try RemotePlace.next(), try RemotePlace.next())
        let (kept, second, other, mark, keptInTheEnd) = try await onNewThread {
            HashMemory.keepOnThisThread()
            let first = try map(Self.byteCount, at: places.0)
            let second = try map(Self.byteCount, at: places.1)
            for address in [first, second] {
                UnsafeMutableRawPointer(bitPattern: address)?.storeBytes(of: 7, as: UInt8.self)
                unmap(address, Self.byteCount)
            }
            let (kept, secondIsThere) = (isMapped(first), isMapped(second))
            let other = try map(2 * Self.byteCount)
            defer { unmap(other, 2 * Self.byteCount) }
            let mark = UnsafeRawPointer(bitPattern: other)?.load(as: UInt8.self)
            return (kept, secondIsThere, other, mark, isMapped(first))
        }
        #expect(kept && !second)
        #expect(other != places.0)
        #expect(mark == 0)
        #expect(!keptInTheEnd)
    }

    @Test("is lent for a mapping such as libsodium asks for, and for no other")
    func othersWish() async throws {
        let place = try RemotePlace.next()
        let (wished, readOnly) = try await onNewThread {
            HashMemory.keepOnThisThread()
            unmap(try map(Self.byteCount, at: place), Self.byteCount)
            let readOnly = mapMemory(nil, Self.byteCount, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
            let wished = mapMemory(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            defer { for memory in [readOnly, wished] { _ = unmapMemory(memory, Self.byteCount) } }
            return (UInt(bitPattern: wished), UInt(bitPattern: readOnly))
        }
        #expect(wished != place && readOnly != place)
    }
}

/// Addresses are numbers here: they go from thread to thread.
private func map(_ byteCount: Int, at place: UInt = 0) throws -> UInt {
    let wish = UnsafeMutableRawPointer(bitPattern: place)
    let memory = mapMemory(wish, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
    try #require(memory != MAP_FAILED)
    try #require(wish == nil || memory == wish)
    return UInt(bitPattern: memory)
}

private func unmap(_ address: UInt, _ byteCount: Int) {
    #expect(unmapMemory(UnsafeMutableRawPointer(bitPattern: address), byteCount) == 0)
}

/// Whether a page lies there.
private func isMapped(_ address: UInt) -> Bool {
    var state: UInt8 = 0
    return mincore(UnsafeMutableRawPointer(bitPattern: address), 1, &state) == 0
}

private func onNewThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}
