// The client's side of a request.

/// Writes requests.
public enum RequestWriter {
    /// One request as a line, with its LF. Without an id it is a notification; empty params are left out.
    public static func line(id: RequestID?, method: String, params: JSONObject = [:]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(static: #"{"jsonrpc":"2.0""#)
        if let id {
            bytes.append(static: #","id":"#)
            id.append(to: &bytes)
        }
        bytes.append(static: #","method":"#)
        bytes.append(quoted: method)
        if !params.members.isEmpty {
            bytes.append(static: #","params":"#)
            params.append(to: &bytes)
        }
        bytes.append(static: "}\n")
        return bytes
    }
}
