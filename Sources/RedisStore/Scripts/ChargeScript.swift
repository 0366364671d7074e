// Charges one unit unless a rule refuses.

/// Answers 0 and logs the charge, or answers the milliseconds until one would pass.
let chargeScript = """
    \(chargesReading)
    if wait > 0 then return wait end

    redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%d', now - largestWindow))
    -- Ends: there are fewer charges of this date than the smallest maximum allows.
    local number = 0
    while redis.call('ZADD', key, 'NX', ARGV[1], ARGV[1] .. ':' .. number) == 0 do number = number + 1 end
    redis.call('PEXPIRE', key, string.format('%d', largestWindow))
    return 0
    """
