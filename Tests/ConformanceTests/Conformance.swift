// What everybody else may rely on: the protocol's vectors and foreign clients, against the built program.

import Testing

/// One after another: each of these tests keeps the machine busy, and one that waits for a server would wait for the others.
@Suite(.serialized)
enum Conformance {}
