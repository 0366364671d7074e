// What the scripts over an address's codes have in common: how a code is kept in the hash, and for how long.

import Signup

/// Begins a script: reads the hash of the address, and removes what is over.
///
///     c:SIGNUP:ISSUE → the digest (32 bytes), then "EXPIRY GUESSES USED-UNTIL"     one code; USED-UNTIL is 0 until it is used
///     g              → "COUNT START"                                               wrong guesses by e-mail alone
///
/// All times are milliseconds since 1970. A used code stops matching at USED-UNTIL but is kept until its expiry, so that
/// installing it again finds it used. No functions here: Lua makes them anew on each run, for a tenth of a verification each.
let codesReading = """
    local key = KEYS[1]
    local now = tonumber(ARGV[1])
    local guessWindow = \(Bounds.guessWindow.wholeMilliseconds)

    local codes, wrongGuesses = {}, nil
    local content = redis.call('HGETALL', key)
    for index = 1, #content, 2 do
        local field, value = content[index], content[index + 1]
        local isOver
        if field == 'g' then
            local count, start = string.match(value, '^(%d+) (%d+)$')
            wrongGuesses = { count = tonumber(count), start = tonumber(start) }
            isOver = wrongGuesses.start + guessWindow <= now
            if isOver then wrongGuesses = nil end
        else
            local expiry, guesses, usedUntil = string.match(value, '^(%d+) (%d+) (%d+)$', 33)
            expiry, usedUntil = tonumber(expiry), tonumber(usedUntil)
            isOver = expiry <= now and usedUntil <= now
            if not isOver then
                codes[#codes + 1] = {
                    field = field,
                    signup = string.sub(field, 3, 34),
                    digest = string.sub(value, 1, 32),
                    expiry = expiry,
                    guesses = tonumber(guesses),
                    usedUntil = usedUntil,
                    -- When it stops matching.
                    lastMoment = usedUntil > 0 and usedUntil or expiry
                }
            end
        end
        if isOver then redis.call('HDEL', key, field) end
    end

    """

/// Stands before the part of a script that changes codes.
let codesWriting = """
    local function save(code)
        local numbers = string.format('%d %d %d', code.expiry, code.guesses, code.usedUntil)
        redis.call('HSET', key, code.field, code.digest .. numbers)
    end

    -- The key lives as long as anything in it. Relative to the caller's clock, since Redis's own may differ.
    local function keep()
        local latest = now
        for _, code in ipairs(codes) do latest = math.max(latest, code.expiry, code.usedUntil) end
        if wrongGuesses then latest = math.max(latest, wrongGuesses.start + guessWindow) end
        redis.call('PEXPIRE', key, string.format('%d', latest - now + \(Bounds.keySlack.wholeMilliseconds)))
    end

    """
