// The mails in English.

import Signup

extension MailLanguage {
    /// Neutral on purpose: no product's name, no link, no text from whoever asked for the mail.
    public static let english = MailLanguage(templates: [.verifyEmail: verifyEmail, .accountExists: accountExists]) {
        duration in
        let seconds = duration.secondsRoundedUp
        let (count, unit) =
            switch seconds {
            case _ where seconds % 3600 == 0: (seconds / 3600, "hour")
            case _ where seconds % 60 == 0: (seconds / 60, "minute")
            default: (seconds, "second")
            }
        return count == 1 ? "1 \(unit)" : "\(count) \(unit)s"
    }

    private static let verifyEmail = MailTemplateSource(
        subject: "Verify your email address",
        text: """
            Your verification code is: {{code}}

            This code expires in {{lifetime}}.

            If this was not you, you can ignore this mail.

            """,
        html: """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>Verify your email address</title>
            </head>
            <body style="margin:0;padding:24px 16px;font-family:-apple-system,'Segoe UI',Roboto,sans-serif">
            <div style="max-width:440px;margin:0 auto">
            <p style="margin:0 0 8px;font-size:16px;line-height:24px">Your verification code is:</p>
            <p style="margin:0 0 24px;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:34px;line-height:44px;\
            font-weight:700;letter-spacing:4px">{{code}}</p>
            <p style="margin:0 0 8px;font-size:16px;line-height:24px">This code expires in {{lifetime}}.</p>
            <p style="margin:0;font-size:14px;line-height:20px;opacity:0.7">If this was not you, you can ignore this mail.</p>
            </div>
            </body>
            </html>

            """
    )

    private static let accountExists = MailTemplateSource(
        subject: "You already have an account",
        text: """
            Someone asked to sign up with this email address, but it belongs to an account already.

            If this was you, sign in with that account.

            If this was not you, you can ignore this mail: nothing has changed.

            """,
        html: """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>You already have an account</title>
            </head>
            <body style="margin:0;padding:24px 16px;font-family:-apple-system,'Segoe UI',Roboto,sans-serif">
            <div style="max-width:440px;margin:0 auto">
            <p style="margin:0 0 8px;font-size:16px;line-height:24px">Someone asked to sign up with this email address, \
            but it belongs to an account already.</p>
            <p style="margin:0 0 8px;font-size:16px;line-height:24px">If this was you, sign in with that account.</p>
            <p style="margin:0;font-size:14px;line-height:20px;opacity:0.7">If this was not you, you can ignore this mail: \
            nothing has changed.</p>
            </div>
            </body>
            </html>

            """
    )
}
