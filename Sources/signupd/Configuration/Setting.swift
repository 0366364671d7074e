// Every setting there is: its variable, its default and what it is for. The README's table is checked against this list.

/// One environment variable. Flags (`--set`), the environment and the config file all use its name.
enum Setting: String, CaseIterable, Sendable {
    case databaseURL = "SIGNUPD_DATABASE_URL"
    case redisURL = "SIGNUPD_REDIS_URL"
    case smtpURL = "SIGNUPD_SMTP_URL"
    case mailFrom = "SIGNUPD_MAIL_FROM"
    case mailLocale = "SIGNUPD_MAIL_LOCALE"
    case mailCodeInSubject = "SIGNUPD_MAIL_CODE_IN_SUBJECT"
    case templates = "SIGNUPD_TEMPLATES"
    case secret = "SIGNUPD_SECRET"
    case stateDirectory = "SIGNUPD_STATE_DIR"
    case socket = "SIGNUPD_SOCKET"
    case socketGroup = "SIGNUPD_SOCKET_GROUP"
    case allowedUsers = "SIGNUPD_ALLOW_UID"
    case allowedGroups = "SIGNUPD_ALLOW_GID"
    case connections = "SIGNUPD_CONNECTIONS"
    case connectionsPerUser = "SIGNUPD_CONNECTIONS_PER_USER"
    case idleSeconds = "SIGNUPD_IDLE_SECONDS"
    case codeLifetimeSeconds = "SIGNUPD_CODE_TTL_SECONDS"
    case codeTries = "SIGNUPD_CODE_TRIES"
    case guessesPerDay = "SIGNUPD_GUESSES_PER_DAY"
    case resendAfterSeconds = "SIGNUPD_RESEND_AFTER_SECONDS"
    case resendPerHour = "SIGNUPD_RESEND_PER_HOUR"
    case resendPerDay = "SIGNUPD_RESEND_PER_DAY"
    case mailsPerHour = "SIGNUPD_MAILS_PER_HOUR"
    case signupsPerClient = "SIGNUPD_SIGNUPS_PER_CLIENT"
    case verificationsPerClient = "SIGNUPD_VERIFIES_PER_CLIENT"
    case clientWindowSeconds = "SIGNUPD_CLIENT_WINDOW_SECONDS"
    case privacy = "SIGNUPD_PRIVACY"
    case verifyBy = "SIGNUPD_VERIFY_BY"
    case mailConcurrency = "SIGNUPD_MAIL_CONCURRENCY"
    case mailRetryBaseSeconds = "SIGNUPD_MAIL_RETRY_BASE_SECONDS"
    case mailLeaseSeconds = "SIGNUPD_MAIL_LEASE_SECONDS"
    case purgeIntervalSeconds = "SIGNUPD_PURGE_INTERVAL_SECONDS"
    case passwordMemoryKiB = "SIGNUPD_PASSWORD_MEMORY_KIB"
    case passwordIterations = "SIGNUPD_PASSWORD_ITERATIONS"
    case passwordQueue = "SIGNUPD_PASSWORD_QUEUE"
    case passwordMinimumLength = "SIGNUPD_PASSWORD_MIN_LENGTH"
    case reservedNicknames = "SIGNUPD_RESERVED_NICKNAMES"
    case tlsAuthorityFile = "SIGNUPD_TLS_CA_FILE"
    case databaseAuthorityFile = "SIGNUPD_DATABASE_CA_FILE"
    case smtpAuthorityFile = "SIGNUPD_SMTP_CA_FILE"
    case logFormat = "SIGNUPD_LOG_FORMAT"
    case logLevel = "SIGNUPD_LOG_LEVEL"

    /// Whether its value may hold a secret: then it can be given as `NAME_FILE`, and never as a flag.
    var isSecret: Bool {
        switch self {
        case .databaseURL, .redisURL, .smtpURL, .secret: true
        default: false
        }
    }

    /// The variable that names a file to read the value from.
    var fileVariable: String { rawValue + "_FILE" }

    /// The key as swift-configuration sees it: `signupd.database.url`.
    var keyComponents: [String] {
        rawValue.lowercased().split(separator: "_").map(String.init)
    }

    /// The value without any setting, as the documentation shows it.
    var defaultText: String {
        switch self {
        case .databaseURL: "sqlite: in the state directory"
        case .redisURL: "none: codes live in SQLite"
        case .smtpURL: "maildir: in the state directory"
        case .mailFrom: "signupd <signupd@localhost>"
        case .mailLocale: "en"
        case .mailCodeInSubject: "no"
        case .templates: "built in: en, ko"
        case .secret: "generated, in the state directory"
        case .stateDirectory: "$STATE_DIRECTORY, $XDG_STATE_HOME/signupd, ~/.local/state/signupd"
        case .socket: "$RUNTIME_DIRECTORY/signupd.sock, else in the state directory"
        case .socketGroup: "the server's own group"
        case .allowedUsers: "everybody who may open the socket"
        case .allowedGroups: "everybody who may open the socket"
        case .connections: "1024"
        case .connectionsPerUser: "0"
        case .idleSeconds: "0"
        case .codeLifetimeSeconds: "3600"
        case .codeTries: "5"
        case .guessesPerDay: "10"
        case .resendAfterSeconds: "60"
        case .resendPerHour: "5"
        case .resendPerDay: "10"
        case .mailsPerHour: "0"
        case .signupsPerClient: "20"
        case .verificationsPerClient: "30"
        case .clientWindowSeconds: "300"
        case .privacy: "open"
        case .verifyBy: "any"
        case .mailConcurrency: "8"
        case .mailRetryBaseSeconds: "5"
        case .mailLeaseSeconds: "180"
        case .purgeIntervalSeconds: "300"
        case .passwordMemoryKiB: "19456"
        case .passwordIterations: "2"
        case .passwordQueue: "256"
        case .passwordMinimumLength: "8"
        case .reservedNicknames: "admin, root, support and their like"
        case .tlsAuthorityFile: "the system's"
        case .databaseAuthorityFile, .smtpAuthorityFile: "SIGNUPD_TLS_CA_FILE"
        case .logFormat: "text"
        case .logLevel: "info"
        }
    }
}
