// The Date header of RFC 5322, section 3.3, always in UTC and always in English, whatever the process's locale.

import Glibc
import Signup

enum DateText {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Such as `Fri, 01 Aug 2025 09:05:00 +0000`.
    static func header(_ time: Timestamp) -> String {
        var seconds = time_t(time.millisecondsSince1970 / 1000)
        var fields = tm()
        gmtime_r(&seconds, &fields)
        let day = "\(days[Int(fields.tm_wday)]), \(twoDigits(fields.tm_mday)) \(months[Int(fields.tm_mon)])"
        let clock = [fields.tm_hour, fields.tm_min, fields.tm_sec].map(twoDigits).joined(separator: ":")
        return "\(day) \(fields.tm_year + 1900) \(clock) +0000"
    }

    private static func twoDigits(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : String(number)
    }
}
