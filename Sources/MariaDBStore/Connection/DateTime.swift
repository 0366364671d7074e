// DATETIME(3) in UTC: what the tables keep, so that an operator who reads them reads dates.

internal import CMariaDB
import Signup

extension MYSQL_TIME {
    private static let millisecondsADay: Int64 = 86_400_000

    /// The point in time as a civil date of the proleptic Gregorian calendar.
    init(_ time: Timestamp) {
        let (days, milliseconds) = time.millisecondsSince1970.quotientAndRemainderFloored(by: Self.millisecondsADay)
        let date = CivilDate(daysSince1970: days)
        self.init()
        year = UInt32(clamping: date.year)
        month = UInt32(date.month)
        day = UInt32(date.day)
        hour = UInt32(milliseconds / 3_600_000)
        minute = UInt32(milliseconds / 60_000 % 60)
        second = UInt32(milliseconds / 1000 % 60)
        second_part = UInt(milliseconds % 1000 * 1000)
        time_type = MYSQL_TIMESTAMP_DATETIME
    }

    /// The point in time this date and time names in UTC.
    var timestamp: Timestamp {
        let days = CivilDate(year: Int64(year), month: Int64(month), day: Int64(day)).daysSince1970
        let seconds = Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second)
        return Timestamp(
            millisecondsSince1970: days * Self.millisecondsADay + seconds * 1000 + Int64(second_part) / 1000
        )
    }
}

/// A day. The arithmetic counts years from March, so that the leap day comes last, in eras of 400 years.
private struct CivilDate {
    private static let daysAnEra: Int64 = 146_097
    /// From 0000-03-01 to 1970-01-01.
    private static let daysBefore1970: Int64 = 719_468

    let year: Int64
    let month: Int64
    let day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSince1970: Int64) {
        let (era, dayOfEra) = (daysSince1970 + Self.daysBefore1970).quotientAndRemainderFloored(by: Self.daysAnEra)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = yearFromMarch.quotientAndRemainderFloored(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * Self.daysAnEra + dayOfEra - Self.daysBefore1970
    }
}

extension Int64 {
    /// Division that rounds down, so that times before 1970 work too.
    fileprivate func quotientAndRemainderFloored(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
