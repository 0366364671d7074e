// What the scripts over an address's codes have in common: how a code is kept in the hash, and for how long.

import Signup

/// Begins a script: takes the hash of the address, as it is.
///
///     c:SIGNUP:ISSUE → the digest (32 bytes), then "EXPIRY GUESSES USED-UNTIL"     one code; USED-UNTIL is 0 until it is marked used
///     g              → "TIME TIME …"                                               wrong guesses by e-mail alone, oldest first
///
/// All times are milliseconds since 1970.
let codesFetching = """
    local key = KEYS[1]
    local now = tonumber(ARGV[1])
    local content = redis.call('HGETALL', key)

    """

/// Stands behind ``codesFetching``: reads all of the hash, and removes what is over.
///
/// A code that was guessed at or marked used is kept for a day beyond its expiry, so that installing it again finds its guesses and
/// the mark; of any other nothing would be lost. No functions here: Lua makes them anew on each run, for a tenth of a
/// verification each.
let codesReading = """
    local guessWindow = \(Bounds.guessWindow.wholeMilliseconds)
    local codeRetention = \(Bounds.codeRetention.wholeMilliseconds)

    local codes, wrongGuesses = {}, {}
    for index = 1, #content, 2 do
        local field, value = content[index], content[index + 1]
        local isOver
        if field == 'g' then
            for text in string.gmatch(value, '%d+') do
                local time = tonumber(text)
                if time + guessWindow > now then wrongGuesses[#wrongGuesses + 1] = time end
            end
            isOver = #wrongGuesses == 0
        else
            local expiry, guesses, usedUntil = string.match(value, '^(%d+) (%d+) (%d+)$', 33)
            expiry, usedUntil, guesses = tonumber(expiry), tonumber(usedUntil), tonumber(guesses)
            local forgottenAt = expiry
            if guesses > 0 or usedUntil > 0 then forgottenAt = math.max(expiry + codeRetention, usedUntil) end
            isOver = forgottenAt <= now
            if not isOver then
                codes[#codes + 1] = {
                    field = field,
                    signup = string.sub(field, 3, 34),
                    digest = string.sub(value, 1, 32),
                    expiry = expiry,
                    guesses = guesses,
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
        for _, code in ipairs(codes) do
            local remembered = (code.guesses > 0 or code.usedUntil > 0) and codeRetention or 0
            latest = math.max(latest, code.expiry + remembered, code.usedUntil)
        end
        for _, time in ipairs(wrongGuesses) do latest = math.max(latest, time + guessWindow) end
        redis.call('PEXPIRE', key, string.format('%d', latest - now + \(Bounds.keySlack.wholeMilliseconds)))
    end

    """
