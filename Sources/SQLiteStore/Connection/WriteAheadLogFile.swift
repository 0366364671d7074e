// Lets the pages of a transaction reach the write-ahead log in few writes.
//
// SQLite writes each page by two calls, its header of 24 bytes and then itself: hundreds in a batch of verifications, a seventh of
// what the writing thread did. It syncs the log after the last of them (`synchronous = FULL`, as every connection here has it), and
// tells of the transaction only then. So until it syncs, or reads what it wrote, the pages may wait in memory.
//
// This is SQLite's own file layer, but for the functions of log files. What waits is kept behind the layer's own part of a file.

internal import GRDBSQLite

enum WriteAheadLogFile {
    /// Makes it the layer of every connection that this process opens from now on. Without it all works too, and slower.
    static func use() { _ = isInUse }

    private static let isInUse: Bool = {
        guard let standard else { return false }
        // For as long as the process runs: SQLite keeps the address.
        let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        layer.initialize(to: standard.pointee)
        layer.pointee.pNext = nil
        layer.pointee.szOsFile = Int32(Waiting.offset + MemoryLayout<Waiting>.stride)
        layer.pointee.xOpen = open
        return sqlite3_vfs_register(layer, 1) == SQLITE_OK
    }()

    /// SQLite's own layer. nonisolated(unsafe): nobody writes to it once SQLite has been initialised, which finding it does.
    nonisolated(unsafe) fileprivate static let standard = sqlite3_vfs_find(nil)

    private typealias Open =
        @convention(c) (
            UnsafeMutablePointer<sqlite3_vfs>?, UnsafePointer<CChar>?, UnsafeMutablePointer<sqlite3_file>?, Int32,
            UnsafeMutablePointer<Int32>?
        ) -> Int32

    private static let open: Open = { _, name, file, flags, openedFlags in
        guard let standard, let file else { return SQLITE_CANTOPEN }
        let code = standard.pointee.xOpen(standard, name, file, flags, openedFlags)
        if code == SQLITE_OK, flags & SQLITE_OPEN_WAL != 0 { Waiting.begin(file) }
        return code
    }
}

/// What a log file has been given and not written yet, and how to write it.
private struct Waiting {
    /// Behind the part of SQLite's own layer.
    static let offset = (Int(WriteAheadLogFile.standard?.pointee.szOsFile ?? 0) + 7) / 8 * 8
    /// Some sixteen pages: four times as many would be hardly faster, and no longer fit the processor's nearest caches.
    private static let capacity = 65_536

    /// First, where SQLite is told to look for them.
    private var methods: sqlite3_io_methods
    private let standard: sqlite3_io_methods
    private let bytes: UnsafeMutableRawPointer
    private var count = 0
    /// Where in the file the first of them belongs.
    private var start: sqlite3_int64 = 0

    static func of(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<Waiting> {
        (UnsafeMutableRawPointer(file) + offset).assumingMemoryBound(to: Waiting.self)
    }

    /// Puts these functions in the place of the file's own.
    static func begin(_ file: UnsafeMutablePointer<sqlite3_file>) {
        let waiting = of(file)
        waiting.initialize(to: Waiting(standard: file.pointee.pMethods.pointee))
        file.pointee.pMethods = UnsafeRawPointer(waiting).assumingMemoryBound(to: sqlite3_io_methods.self)
    }

    private init(standard: sqlite3_io_methods) {
        self.standard = standard
        bytes = .allocate(byteCount: Self.capacity, alignment: 8)
        methods = standard
        methods.xWrite = { file, bytes, count, offset in
            guard let file, let bytes else { return SQLITE_IOERR }
            return Waiting.of(file).pointee.add(UnsafeRawBufferPointer(start: bytes, count: Int(count)), offset, file)
        }
        methods.xRead = { file, bytes, count, offset in
            Waiting.written(file) { $0.xRead(file, bytes, count, offset) }
        }
        methods.xTruncate = { file, size in
            Waiting.written(file) { $0.xTruncate(file, size) }
        }
        methods.xSync = { file, flags in
            Waiting.written(file) { $0.xSync(file, flags) }
        }
        methods.xFileSize = { file, size in
            Waiting.written(file) { $0.xFileSize(file, size) }
        }
        methods.xClose = { file in
            guard let file else { return SQLITE_OK }
            let code = Waiting.written(file) { _ in SQLITE_OK }
            let waiting = Waiting.of(file)
            let closed = waiting.pointee.standard.xClose(file)
            waiting.pointee.bytes.deallocate()
            return code == SQLITE_OK ? closed : code
        }
    }

    /// Does something to a file that holds all it was given.
    private static func written(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ body: (sqlite3_io_methods) -> Int32
    ) -> Int32 {
        guard let file else { return SQLITE_IOERR }
        let code = of(file).pointee.write(to: file)
        return code == SQLITE_OK ? body(of(file).pointee.standard) : code
    }

    private mutating func add(
        _ more: UnsafeRawBufferPointer,
        _ offset: sqlite3_int64,
        _ file: UnsafeMutablePointer<sqlite3_file>
    ) -> Int32 {
        if offset != start + sqlite3_int64(count) || count + more.count > Self.capacity {
            let code = write(to: file)
            guard code == SQLITE_OK else { return code }
            start = offset
        }
        guard more.count <= Self.capacity else {
            return standard.xWrite(file, more.baseAddress, Int32(more.count), offset)
        }
        UnsafeMutableRawBufferPointer(start: bytes + count, count: more.count).copyMemory(from: more)
        count += more.count
        return SQLITE_OK
    }

    /// What cannot be written is forgotten: SQLite is told, and takes the transaction back.
    private mutating func write(to file: UnsafeMutablePointer<sqlite3_file>) -> Int32 {
        guard count > 0 else { return SQLITE_OK }
        defer { count = 0 }
        return standard.xWrite(file, bytes, Int32(count), start)
    }
}
