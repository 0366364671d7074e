// Takes a charge back.

/// ARGV: the date of the charge. Removes one of that date, if there is any.
let refundScript = """
    local charges = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[1], 'LIMIT', 0, 1)
    if charges[1] then return redis.call('ZREM', KEYS[1], charges[1]) end
    return 0
    """
