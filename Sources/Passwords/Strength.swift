// How hard a password is to guess, by libzxcvbn: its dictionaries are compiled in, and it keeps no state between calls, so
// that any thread may call it.

internal import CZxcvbn
import Cryptography
import Glibc

/// How many bytes libzxcvbn is given at once.
///
/// Its time grows with about the fourth power of the length where keys of the keyboard alternate: "5656…" takes 10 ms at 32
/// bytes, 60 ms at 48, and anyone can send it. The hash that an honest password costs takes 17 ms.
private let windowByteCount = 32

/// More than an address and a nickname are made of; bounds the words of an address with 100 labels.
private let maximumWordCount = 16

/// A word of one or two letters would call every password that has them easy.
private let minimumWordByteCount = 3

/// How many bits a guesser needs who knows the words.
///
/// A longer password is worth what its better end is worth: whoever guesses all of it guesses that too.
func estimatedBits(of password: SecretBytes, userWords: [String]) -> Double {
    withWordList(userWords) { words in
        password.withBytes { bytes in
            let head = bits(of: bytes.prefix(windowByteCount), words: words)
            guard bytes.count > windowByteCount else { return head }
            return max(head, bits(of: bytes.suffix(windowByteCount), words: words))
        }
    }
}

private typealias WordList = UnsafeMutablePointer<UnsafePointer<CChar>?>

private func bits(of window: Slice<UnsafeRawBufferPointer>, words: WordList) -> Double {
    // C wants a NUL at the end; the copy is wiped with the last reference.
    let text = SecretBytes(byteCount: window.count + 1) { $0.copyBytes(from: window) }
    return text.withBytes { bytes in
        ZxcvbnMatch(bytes.bindMemory(to: CChar.self).baseAddress, words, nil)
    }
}

/// Lends the words as C's array of strings with NULL at its end.
private func withWordList<Result>(_ userWords: [String], _ body: (WordList) -> Result) -> Result {
    let words = userWords.filter { $0.utf8.count >= minimumWordByteCount }.prefix(maximumWordCount)
    // An array: a lazy sequence would copy the words again whenever somebody goes through it, and free none of the first.
    let copies: [UnsafeMutablePointer<CChar>?] = words.flatMap(windows)
    defer { for copy in copies { free(copy) } }
    var list = copies.map { $0.map { UnsafePointer($0) } } + [nil]
    return list.withUnsafeMutableBufferPointer { buffer in
        guard let address = buffer.baseAddress else { preconditionFailure("a list with its NULL is never empty") }
        return body(address)
    }
}

/// C's copy of a word; of one longer than a window its beginning and its end, so that a long address which is the password
/// is found in either window. The caller frees them.
private func windows(of word: String) -> [UnsafeMutablePointer<CChar>?] {
    word.withCString { characters in
        let count = strlen(characters)
        let starts = count > windowByteCount ? [0, count - windowByteCount] : [0]
        return starts.map { strndup(characters + $0, windowByteCount) }
    }
}
