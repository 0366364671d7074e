// Compares a guess with the codes of an address, and counts it if it is wrong.

import Signup

/// ARGV: now, signup ('' for any), tries, daily guesses, then the guess under each secret.
///
/// Answers 'match SIGNUP', 'ending SIGNUP' (a match too), 'incorrect LEFT' (-1: not told), 'exhausted 0' or 'limited MILLISECONDS'.
/// The digests are HMACs under secrets that Redis does not know, so how long a comparison takes tells nobody anything.
let evaluateScript = """
    \(codesFetching)
    local signup = ARGV[2]
    -- A code that ends before this has to be marked when it is used, see `isEnding`.
    local endOfGrace = now + \(VerificationCode.graceAfterUse.wholeMilliseconds)
    -- Nearly always there is one code, nobody has guessed at it, and it is typed right. That is seen without the rest.
    if #content == 2 and string.sub(content[2], 1, 32) == ARGV[5] and string.sub(content[2], -4) == ' 0 0' then
        local owner = string.sub(content[1], 3, 34)
        local expiry = tonumber(string.sub(content[2], 33, -5))
        if expiry > now and (signup == '' or signup == owner) then
            return (expiry < endOfGrace and 'ending ' or 'match ') .. owner
        end
    end

    \(codesReading)
    local tries, dailyGuesses = tonumber(ARGV[3]), tonumber(ARGV[4])
    if signup == '' and dailyGuesses > 0 and #wrongGuesses >= dailyGuesses then
        -- The window slides: room comes when the dailyGuesses-th newest leaves it.
        local leaving = wrongGuesses[#wrongGuesses - dailyGuesses + 1]
        return 'limited ' .. string.format('%d', leaving + guessWindow - now)
    end

    -- A used code is compared too, and a wrong guess counts against it: else it could be guessed at without end.
    local compared, deadCount, match = {}, 0, nil
    for _, code in ipairs(codes) do
        if (signup == '' or code.signup == signup) and code.lastMoment > now then
            if code.guesses >= tries then
                deadCount = deadCount + 1
            else
                compared[#compared + 1] = code
                -- The newest is the one that expires last; equal ones in an order of some kind, but always the same.
                local isNewest = not match or code.expiry > match.expiry
                    or (code.expiry == match.expiry and code.field > match.field)
                for index = 5, #ARGV do
                    if code.digest == ARGV[index] and isNewest then match = code end
                end
            end
        end
    end
    if match then
        local isEnding = match.usedUntil == 0 and match.expiry < endOfGrace
        return (isEnding and 'ending ' or 'match ') .. match.signup
    end

    \(codesWriting)
    local attemptsLeft = -1
    for _, code in ipairs(compared) do
        code.guesses = code.guesses + 1
        save(code)
        attemptsLeft = math.max(attemptsLeft, tries - code.guesses)
    end
    if signup ~= '' then
        if #compared == 0 and deadCount > 0 then return 'exhausted 0' end
        if #compared > 0 then keep() end
        return 'incorrect ' .. attemptsLeft
    end

    -- Counted for addresses nobody signed up with too: being refused must not tell who did.
    if dailyGuesses > 0 then
        wrongGuesses[#wrongGuesses + 1] = now
        -- The clocks of two processes differ.
        table.sort(wrongGuesses)
        -- Written out: Lua would turn a number of this size into 1.7e+12.
        local times = {}
        for index, time in ipairs(wrongGuesses) do times[index] = string.format('%d', time) end
        redis.call('HSET', key, 'g', table.concat(times, ' '))
    end
    if dailyGuesses > 0 or #compared > 0 then keep() end
    return 'incorrect -1'
    """
