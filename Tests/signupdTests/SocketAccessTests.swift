// Who is served.

import Testing

@testable import signupd

@Suite("who may use the socket")
struct SocketAccessTests {
    private let stranger = Peer(userID: 40_001, groupID: 40_002)

    @Test("without a list everybody whom the file's permissions let in")
    func open() {
        #expect(SocketAccess().admits(stranger))
    }

    @Test("with a list of users or groups only these")
    func listed() {
        #expect(SocketAccess(userIDs: [40_001]).admits(stranger))
        #expect(SocketAccess(groupIDs: [40_002]).admits(stranger))
        #expect(!SocketAccess(userIDs: [40_002], groupIDs: [40_001]).admits(stranger))
    }

    @Test("root and the server's own user are never locked out")
    func always() {
        let access = SocketAccess(userIDs: [40_003])
        #expect(access.admits(Peer(userID: 0, groupID: 0)))
        #expect(access.admits(.thisProcess))
    }
}
