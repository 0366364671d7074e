// Values on their way into a prepared statement.

internal import CMariaDB
import Signup

/// One value for one placeholder.
enum Parameter {
    case null
    case integer(Int64)
    case unsigned(UInt64)
    case text(String)
    case bytes([UInt8])
    case time(Timestamp)

    static func integer(_ value: Int) -> Parameter { .integer(Int64(value)) }
    static func id(_ id: SignupID) -> Parameter { .bytes(Array(id.bytes)) }
    static func text(_ value: String?) -> Parameter { value.map { .text($0) } ?? .null }
    static func bytes(_ value: [UInt8]?) -> Parameter { value.map { .bytes($0) } ?? .null }
    static func time(_ value: Timestamp?) -> Parameter { value.map { .time($0) } ?? .null }
}

/// The memory the library reads a statement's parameters from, kept from one execution to the next.
struct ParameterMemory: ~Copyable {
    private let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    /// The values' bytes. Every value starts at a multiple of 8, as MYSQL_TIME and integers need it.
    private var arena: UnsafeMutableRawBufferPointer

    init(count: Int) {
        binds = .allocate(capacity: count)
        binds.initialize(repeating: MYSQL_BIND())
        arena = .allocate(byteCount: 0, alignment: 8)
    }

    deinit {
        binds.deallocate()
        arena.deallocate()
    }

    /// Copies the values and lends the binds that describe them; the library copies the binds, not the values.
    mutating func bind<Result>(_ parameters: [Parameter], _ body: (UnsafeMutablePointer<MYSQL_BIND>?) -> Result)
        -> Result
    {
        precondition(parameters.count == binds.count, "\(binds.count) placeholders, \(parameters.count) values")
        let needed = parameters.reduce(0) { $0 + $1.byteCount }
        if needed > arena.count {
            arena.deallocate()
            arena = .allocate(byteCount: needed * 2, alignment: 8)
        }
        var offset = 0
        for (index, parameter) in parameters.enumerated() {
            let slot = UnsafeMutableRawBufferPointer(rebasing: arena[offset...])
            binds[index] = parameter.bind(in: slot)
            offset += parameter.byteCount
        }
        return body(binds.baseAddress)
    }
}

extension Parameter {
    /// How much of the arena the value takes, rounded up to a multiple of 8.
    var byteCount: Int {
        let count =
            switch self {
            case .null: 0
            case .integer, .unsigned: 8
            case .text(let text): text.utf8.count
            case .bytes(let bytes): bytes.count
            case .time: MemoryLayout<MYSQL_TIME>.size
            }
        return (count + 7) & ~7
    }

    /// Copies the value there and describes it.
    func bind(in slot: UnsafeMutableRawBufferPointer) -> MYSQL_BIND {
        var bind = MYSQL_BIND()
        bind.buffer = slot.baseAddress
        switch self {
        case .null:
            bind.buffer_type = MYSQL_TYPE_NULL
        case .integer(let value):
            bind.buffer_type = MYSQL_TYPE_LONGLONG
            slot.storeBytes(of: value, as: Int64.self)
        case .unsigned(let value):
            bind.buffer_type = MYSQL_TYPE_LONGLONG
            bind.is_unsigned = 1
            slot.storeBytes(of: value, as: UInt64.self)
        case .text(let text):
            bind.buffer_type = MYSQL_TYPE_STRING
            bind.copy(text.utf8, to: slot)
        case .bytes(let bytes):
            bind.buffer_type = MYSQL_TYPE_BLOB
            bind.copy(bytes, to: slot)
        case .time(let time):
            bind.buffer_type = MYSQL_TYPE_DATETIME
            slot.storeBytes(of: MYSQL_TIME(time), as: MYSQL_TIME.self)
        }
        return bind
    }
}

extension MYSQL_BIND {
    fileprivate mutating func copy(_ bytes: some Collection<UInt8>, to slot: UnsafeMutableRawBufferPointer) {
        slot.copyBytes(from: bytes)
        buffer_length = UInt(bytes.count)
        length_value = UInt(bytes.count)
    }
}
