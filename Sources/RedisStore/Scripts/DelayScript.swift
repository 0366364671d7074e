// Tells how long until a charge would pass. Changes nothing.

/// Answers the milliseconds, 0 for now.
let delayScript = """
    \(chargesReading)
    return wait
    """
