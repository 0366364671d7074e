// What stands behind every Logger of the program: its lines in the format of the settings, at once.

import Logging

struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let format: LogFormat
    private let writer: LogWriter

    init(format: LogFormat, level: Logger.Level, writer: LogWriter) {
        self.format = format
        self.writer = writer
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = LogLine(format, level: event.level.rawValue, message: event.message.description)
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { line.add(name, value.description) }
        if let error = event.error { line.add("error", "\(error)") }
        writer.post(line.finished())
    }
}
