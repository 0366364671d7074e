// Takes back wrong guesses by e-mail alone that were lost with Redis's data.

/// ARGV: now, how many there were at least, and when. Answers how many it had to take back.
let recallScript = """
    \(codesFetching)
    \(codesReading)
    \(codesWriting)
    local count, date = tonumber(ARGV[2]), tonumber(ARGV[3])
    local missing = count - #wrongGuesses
    if missing <= 0 or date + guessWindow <= now then return 0 end
    for _ = 1, missing do wrongGuesses[#wrongGuesses + 1] = date end
    table.sort(wrongGuesses)
    local times = {}
    for index, time in ipairs(wrongGuesses) do times[index] = string.format('%d', time) end
    redis.call('HSET', key, 'g', table.concat(times, ' '))
    keep()
    return missing
    """
