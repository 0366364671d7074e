// The janitor as a service of `signupd serve`, beside the courier.

import ServiceLifecycle
import Signup

/// Purges until the group stops. A batch that has begun is finished: it is one short transaction.
struct JanitorService: Service {
    let janitor: Janitor

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await janitor.run()
        }
    }
}
