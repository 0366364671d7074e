// Whether a Maildir is there, private and writable. Makes nothing.

import Glibc
public import Signup

extension MaildirTransport {
    /// Looks at the directories.
    public static func diagnose(_ configuration: MaildirConfiguration) -> [CheckFinding] {
        let folder = MaildirFolder(path: configuration.path)
        guard access(configuration.path, F_OK) == 0 else {
            return [.good("directory", "\(configuration.path) is not there yet; the first start makes it")]
        }
        do throws(MaildirFolder.Failure) {
            try folder.checkPrivacy()
        } catch {
            return [.fault("directory", "\(configuration.path): \(error.text)", "chmod -R go= \(configuration.path)")]
        }
        do throws(MaildirFolder.Failure) {
            try folder.checkWritable()
        } catch {
            let remedy = "let the user of signupd write there: chown it, or name another maildir:"
            return [.fault("directory", "\(configuration.path): \(error.text)", remedy)]
        }
        return [.good("directory", "\(configuration.path), private and writable")]
    }
}
