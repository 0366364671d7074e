// Makes a code good until its expiry.

import Signup

/// ARGV: now, signup, issue, expiry, digest. Answers how many live codes had to go to make room.
let installScript = """
    \(codesFetching)
    local field, expiry, digest = 'c:' .. ARGV[2] .. ':' .. ARGV[3], tonumber(ARGV[4]), ARGV[5]
    if #content == 0 then
        -- Most addresses have nothing yet: what is below would come to the same, for half as much again.
        redis.call('HSET', key, field, digest .. string.format('%d 0 0', expiry))
        local lifetime = math.max(expiry - now, 0) + \(Bounds.keySlack.wholeMilliseconds)
        redis.call('PEXPIRE', key, string.format('%d', lifetime))
        return 0
    end
    \(codesReading)
    \(codesWriting)
    local evicted = 0

    local code
    for _, kept in ipairs(codes) do
        if kept.field == field then code = kept end
    end
    if code then
        -- Mailed again: the same code under the secret that signs now. Its guesses, and whether it was used, stay.
        code.expiry = math.max(code.expiry, expiry)
        code.digest = digest
    else
        code = { field = field, digest = digest, expiry = expiry, guesses = 0, usedUntil = 0 }
        table.sort(codes, function(left, right) return left.lastMoment < right.lastMoment end)
        while #codes >= \(Bounds.codesPerAddress) do
            local oldest = table.remove(codes, 1)
            redis.call('HDEL', key, oldest.field)
            if oldest.lastMoment > now then evicted = evicted + 1 end
        end
        codes[#codes + 1] = code
    end
    save(code)
    keep()
    return evicted
    """
