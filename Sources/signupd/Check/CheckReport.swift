// What `signupd check` has found, as values: the screen and the JSON say the same.

import Signup
import Wire

/// All of it.
struct CheckReport {
    /// One part of the installation and what was found of it.
    struct Section {
        let title: String
        let findings: [CheckFinding]
    }

    let settings: [ShownSetting]
    let sections: [Section]

    /// The worst of all.
    var grade: CheckFinding.Grade {
        sections.flatMap(\.findings).map(\.grade).max() ?? .good
    }

    func count(_ grade: CheckFinding.Grade) -> Int {
        sections.flatMap(\.findings).count { $0.grade == grade }
    }
}

extension CheckFinding.Grade {
    /// The colour's name, as JSON has it.
    var name: String {
        switch self {
        case .good: "green"
        case .advice: "yellow"
        case .fault: "red"
        }
    }
}

extension CheckReport {
    var json: JSONValue {
        [
            "grade": .string(grade.name),
            "settings": .array(
                settings.map { shown in
                    [
                        "name": .string(shown.setting.rawValue), "value": .string(shown.value),
                        "from": .string(shown.origin.description),
                    ]
                }
            ),
            "sections": .array(
                sections.map { section in
                    ["title": .string(section.title), "findings": .array(section.findings.map(\.json))]
                }
            ),
        ]
    }
}

extension CheckFinding {
    fileprivate var json: JSONValue {
        var members: JSONObject = [
            "grade": .string(grade.name), "subject": .string(subject), "value": .string(value),
        ]
        if let remedy { members["remedy"] = .string(remedy) }
        return .object(members)
    }
}
