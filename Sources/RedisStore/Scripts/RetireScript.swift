// Marks the codes of an activated signup used.

import Signup

/// ARGV: now, signup. The first use decides when the ten minutes end: asking again must not prolong them for ever. One that
/// has expired is not marked: it would begin to match again.
let retireScript = """
    \(codesFetching)
    local lastExpiry = 0
    for index = 1, #content, 2 do
        local field, value = content[index], content[index + 1]
        if string.sub(field, 3, 34) == ARGV[2] then
            local expiry, guesses, usedUntil = string.match(value, '^(%d+) (%d+) (%d+)$', 33)
            if usedUntil == '0' and tonumber(expiry) > now then
                local grace = string.format('%d', now + \(VerificationCode.graceAfterUse.wholeMilliseconds))
                redis.call('HSET', key, field, string.sub(value, 1, 33 + #expiry) .. guesses .. ' ' .. grace)
                lastExpiry = math.max(lastExpiry, tonumber(expiry))
            end
        end
    end
    if lastExpiry > 0 then
        local life = lastExpiry - now + \((Bounds.codeRetention + Bounds.keySlack).wholeMilliseconds)
        redis.call('PEXPIRE', key, string.format('%d', life), 'GT')
    end
    return 0
    """
