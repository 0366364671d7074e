// What the scripts over an address's codes begin with: how a code is kept in the hash, and for how long.

import Signup

/// The hash of an address:
///
///     c:SIGNUP:ISSUE → the digest (32 bytes), then "EXPIRY GUESSES USED-UNTIL"     one code; USED-UNTIL is 0 until it is used
///     g              → "COUNT START"                                               wrong guesses by e-mail alone
///
/// All times are milliseconds since 1970. A used code stops matching at USED-UNTIL but is kept until its expiry, so that
/// installing it again finds it used.
let codesLibrary = """
    local key = KEYS[1]
    local now = tonumber(ARGV[1])
    local guessWindow = \(Bounds.guessWindow.wholeMilliseconds)
    local keySlack = \(Bounds.keySlack.wholeMilliseconds)

    local function decode(field, value)
        local expiry, guesses, usedUntil = string.match(value, '^(%d+) (%d+) (%d+)$', 33)
        return {
            field = field,
            signup = string.sub(field, 3, 34),
            digest = string.sub(value, 1, 32),
            expiry = tonumber(expiry),
            guesses = tonumber(guesses),
            usedUntil = tonumber(usedUntil)
        }
    end

    local function save(code)
        local numbers = string.format('%d %d %d', code.expiry, code.guesses, code.usedUntil)
        redis.call('HSET', key, code.field, code.digest .. numbers)
    end

    -- When a code stops matching.
    local function lastMoment(code)
        if code.usedUntil > 0 then return code.usedUntil end
        return code.expiry
    end

    -- All codes that are still kept, and the wrong guesses by e-mail alone. Removes what is over.
    local function load()
        local codes, guesses = {}, nil
        local all = redis.call('HGETALL', key)
        for index = 1, #all, 2 do
            local field, value = all[index], all[index + 1]
            if field == 'g' then
                local count, start = string.match(value, '^(%d+) (%d+)$')
                guesses = { count = tonumber(count), start = tonumber(start) }
                if guesses.start + guessWindow <= now then
                    redis.call('HDEL', key, field)
                    guesses = nil
                end
            else
                local code = decode(field, value)
                if math.max(code.expiry, code.usedUntil) <= now then
                    redis.call('HDEL', key, field)
                else
                    codes[#codes + 1] = code
                end
            end
        end
        return codes, guesses
    end

    -- The key lives as long as anything in it. Relative to the caller's clock, since Redis's own may differ.
    local function keep(codes, guesses)
        local latest = now
        for _, code in ipairs(codes) do
            latest = math.max(latest, code.expiry, code.usedUntil)
        end
        if guesses then latest = math.max(latest, guesses.start + guessWindow) end
        redis.call('PEXPIRE', key, string.format('%d', latest - now + keySlack))
    end

    """
