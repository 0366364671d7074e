// Marks the codes of an activated signup used.

import Signup

/// ARGV: now, signup. The first use decides when the ten minutes end: asking again must not prolong them for ever. One that
/// has expired is not marked: it would begin to match again.
let retireScript = """
    \(codesReading)
    \(codesWriting)
    for _, code in ipairs(codes) do
        if code.signup == ARGV[2] and code.usedUntil == 0 and code.expiry > now then
            code.usedUntil = now + \(Bounds.usedCodeGrace.wholeMilliseconds)
            save(code)
        end
    end
    keep()
    return 0
    """
