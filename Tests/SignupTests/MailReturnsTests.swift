import Testing

@testable import Signup

@Suite("Mails on their way back")
struct MailReturnsTests {
    private let mail: OwedMail

    init() throws {
        mail = OwedMail(
            lease: LeaseReference(outboxID: 1, token: 1),
            signupID: SignupID(now: Timestamp(millisecondsSince1970: 0)),
            template: .accountExists,
            issue: 1,
            recipient: "mira@example.org",
            locale: nil,
            keyID: try #require(KeyID("0123456789abcdef")),
            attempts: 1,
            createdAt: Timestamp(millisecondsSince1970: 0)
        )
    }

    @Test("none is expected, none is waited for")
    func none() async {
        #expect(await MailReturns(expected: 0).next(gathering: .seconds(60)) == nil)
    }

    @Test("the last one is waited for, and nobody waits behind it")
    func last() async {
        let returns = MailReturns(expected: 3)
        async let first = returns.next(gathering: .seconds(60))
        for _ in 0..<3 { returns.add(MailReturn(mail: mail, ending: .unbegun, wasAnswered: false)) }
        // Taken before the last had come, or with it: together they are three.
        var count = await first?.count ?? 0
        while let some = await returns.next(gathering: .seconds(60)) { count += some.count }
        #expect(count == 3)
    }

    @Test("one alone is handed on when its time has passed, and what comes later by itself")
    func alone() async {
        let returns = MailReturns(expected: 2)
        returns.add(MailReturn(mail: mail, ending: .unbegun, wasAnswered: false))
        #expect(await returns.next(gathering: .milliseconds(1))?.count == 1)
        async let second = returns.next(gathering: .milliseconds(1))
        returns.add(MailReturn(mail: mail, ending: .unbegun, wasAnswered: false))
        #expect(await second?.count == 1)
        #expect(await returns.next(gathering: .seconds(60)) == nil)
    }
}
