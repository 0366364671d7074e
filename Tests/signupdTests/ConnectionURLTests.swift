// The URLs of the settings: read strictly, and never repeated in an error.

import Testing

@testable import signupd

@Suite("connection URLs")
struct ConnectionURLTests {
    private func parse(_ text: String) throws -> ConnectionURL {
        try ConnectionURL(text, schemes: ConnectionURL.databases + ConnectionURL.redis)
    }

    @Test("all parts are read, percent-encoding undone")
    func allParts() throws {
        let url = try parse("mariadb://us%40er:p%3A%2Fss@db.example.org:3307/members?socket=%2Frun%2Fdb.sock")
        #expect(url.scheme == "mariadb")
        #expect(url.user == "us@er")
        #expect(url.password == "p:/ss")
        #expect(url.host == "db.example.org")
        #expect(url.port == 3307)
        #expect(url.path == "members")
        #expect(url.parameters == ["socket": "/run/db.sock"])
    }

    @Test("a scheme with a path alone has no host")
    func pathOnly() throws {
        #expect(try parse("sqlite:/var/lib/signupd/a.sqlite").path == "/var/lib/signupd/a.sqlite")
        #expect(try parse("redis+unix:/run/redis.sock?db=3").parameters["db"] == "3")
    }

    @Test("an IPv6 host loses its brackets")
    func ipv6() throws {
        let url = try parse("mariadb://u@[::1]:3306/d")
        #expect(url.host == "::1")
        #expect(url.isLoopback)
    }

    @Test("a name that looks like a loopback address is not one")
    func loopback() throws {
        #expect(try parse("mariadb://u@127.0.0.1/d").isLoopback)
        #expect(try !parse("mariadb://u@127.example.org/d").isLoopback)
    }

    @Test(
        "a mistake is refused, and the password is not repeated",
        arguments: [
            "hunter2", "postgres://u:hunter2@h/d", "mariadb://u:hunter2 @h/d", "mariadb://u:hunter2#@h/d",
            "mariadb://u:hunter2@h:99999/d", "mariadb://u:hunter2@h/d?tls=1", "mariadb://u:hunter2@h/d?socket=",
            "mariadb://u:hunter2@h/d?db=1&db=2", "mariadb://u:hunter2%ab@h/d", "mariadb://u:hunter2%00@h/d",
            "mariadb://u:hunter2%21%zz@h/d", "mariadb://u:hunter2%2@h/d", "mariadb://u@h/hunter2%",
            "mariadb://u:hunter2@h%00.example.org/d", "mariadb://u:hunter2@h/d%00e",
            "mariadb://u:hunter2@h/d?socket=/run/a%00b", "mariadb://u:hunter2@h/d%0D%0A",
        ]
    )
    func mistakes(text: String) {
        let mistake = #expect(throws: ConnectionURL.Malformed.self) { try parse(text) }
        #expect(mistake?.problem.contains("hunter2") == false)
    }

    @Test("a URL is shown without its password, however it is printed")
    func printed() throws {
        let url = try parse("mariadb://us:hunter2@db.example.org:3307/members?socket=/run/db.sock")
        #expect("\(url)" == "mariadb://us:***@db.example.org:3307/members")
        var dumped = ""
        dump(url, to: &dumped)
        for text in [String(reflecting: url), dumped] { #expect(!text.contains("hunter2")) }
    }
}
