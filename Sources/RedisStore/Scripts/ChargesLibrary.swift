// What the scripts over a subject's charges begin with: the rules, and how long they refuse.

/// The log of a subject is a sorted set: a member a charge ("DATE:N", so that charges of one millisecond differ), scored by
/// its date. At most as long as the largest rule's maximum. ARGV: now, then maximum and window of each rule.
///
/// `wait` becomes the milliseconds until a charge passes every rule. A rule refuses as long as its maximum-th newest charge
/// is within its window: that one has to leave.
let chargesReading = """
    local key = KEYS[1]
    local now = tonumber(ARGV[1])
    local wait, largestWindow = 0, 0
    for index = 2, #ARGV, 2 do
        local rank, window = tonumber(ARGV[index]) - 1, tonumber(ARGV[index + 1])
        local charge = redis.call('ZREVRANGE', key, rank, rank, 'WITHSCORES')
        if charge[2] then wait = math.max(wait, tonumber(charge[2]) + window - now) end
        largestWindow = math.max(largestWindow, window)
    end

    """
