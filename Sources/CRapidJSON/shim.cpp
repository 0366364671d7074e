// Reads a text with RapidJSON, writes down what it tells, and refuses what it takes and we do not.

#include "shim.h"

// With vector instructions, version 1.1.0 takes the bare control characters U+001A to U+001F in a string.
#if defined(RAPIDJSON_SSE2) || defined(RAPIDJSON_SSE42) || defined(RAPIDJSON_NEON)
#error "build without RAPIDJSON_SSE2, RAPIDJSON_SSE42 and RAPIDJSON_NEON"
#endif
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

using rapidjson::SizeType;

namespace {

/// Writes down what the reader meets, and refuses what is JSON but nothing we take.
class Recorder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Recorder> {
public:
    Recorder(const char *text, size_t count, uint32_t depth_limit, signupd_json_value *values)
        : text(text), has_escapes(std::memchr(text, '\\', count) != nullptr), room(count / 2 + 1), depth_limit(depth_limit),
          values(values) {}

    bool Null() { return add(signupd_json_null) != nullptr; }

    bool Bool(bool value) {
        signupd_json_value *added = add(signupd_json_boolean);
        if (added != nullptr) added->boolean = value;
        return added != nullptr;
    }

    // As it is written: the reader itself would make a double of an integer that is too large.
    bool RawNumber(const char *digits, SizeType count, bool) {
        const bool is_integer = std::none_of(digits, digits + count, [](char digit) {
            return digit == '.' || digit == 'e' || digit == 'E';
        });
        signupd_json_value *added = add(is_integer ? signupd_json_integer : signupd_json_real);
        if (added == nullptr) return false;
        if (is_integer) {
            if (std::from_chars(digits, digits + count, added->integer).ec == std::errc()) return true;
        } else {
            // It ends where the number does: the text goes on with something that is no part of one.
            added->real = std::strtod(digits, nullptr);
            if (std::isfinite(added->real)) return true;
        }
        return refuse(signupd_json_number_out_of_range, digits);
    }

    bool String(const char *start, SizeType count, bool) {
        signupd_json_value *added = add(signupd_json_string);
        if (added == nullptr) return false;
        added->start = start;
        added->count = count;
        return !has_escapes || is_text(start, count);
    }

    bool Key(const char *start, SizeType count, bool is_copy) { return String(start, count, is_copy); }

    bool StartArray() { return open(signupd_json_array); }
    bool EndArray(SizeType count) {
        close(count);
        return true;
    }

    bool StartObject() { return open(signupd_json_object); }
    bool EndObject(SizeType count) {
        const signupd_json_value *object = close(count);
        return count < 2 || (count <= few ? are_few_unique(object) : are_many_unique(object));
    }

    /// Why it refused, if it did.
    signupd_json_problem problem = signupd_json_fine;
    size_t offset = 0;
    size_t value_count = 0;

private:
    /// So many names are compared each with each; more are sorted.
    static constexpr SizeType few = 16;

    const char *const text;
    const bool has_escapes;
    const size_t room;
    const uint32_t depth_limit;
    signupd_json_value *const values;
    uint32_t depth = 0;
    /// The innermost array or object that is not closed yet. Its span, which is not known, is the index of the one around it.
    uint32_t innermost = 0;

    bool refuse(signupd_json_problem why, const char *where) {
        problem = why;
        offset = static_cast<size_t>(where - text);
        return false;
    }

    /// A text of n bytes that is complete has at most (n + 1) / 2 values and names: each but the last of an array or object has a
    /// comma or a colon behind it, and the last has the bracket.
    signupd_json_value *add(signupd_json_kind kind) {
        if (value_count == room) {
            problem = signupd_json_incomplete;
            return nullptr;
        }
        signupd_json_value *added = values + value_count;
        value_count += 1;
        added->kind = kind;
        added->count = 0;
        return added;
    }

    bool open(signupd_json_kind kind) {
        if (depth == depth_limit) {
            problem = signupd_json_too_deep;
            return false;
        }
        const uint32_t index = static_cast<uint32_t>(value_count);
        signupd_json_value *added = add(kind);
        if (added == nullptr) return false;
        depth += 1;
        added->span = innermost;
        innermost = index;
        return true;
    }

    const signupd_json_value *close(SizeType count) {
        signupd_json_value *closed = values + innermost;
        depth -= 1;
        innermost = closed->span;
        closed->count = count;
        closed->span = static_cast<uint32_t>(values + value_count - closed);
        return closed;
    }

    /// What an escape can say and no character is: U+0000, which ends a string in half of the world's programs, and the second half
    /// of a surrogate pair alone, which the reader takes for a character. The text was strict UTF-8, so only an escape makes these.
    bool is_text(const char *start, SizeType count) {
        if (std::memchr(start, 0, count) != nullptr) return refuse(signupd_json_nul_character, start);
        for (SizeType index = 0; index + 1 < count; index += 1) {
            const bool is_surrogate = start[index] == '\xED' && static_cast<uint8_t>(start[index + 1]) >= 0xA0;
            if (is_surrogate) return refuse(signupd_json_syntax, start);
        }
        return true;
    }

    static std::string_view name(const signupd_json_value *value) { return {value->start, value->count}; }

    /// From the name of one member to the next.
    static const signupd_json_value *following(const signupd_json_value *name) {
        const signupd_json_value *value = name + 1;
        const bool holds_others = value->kind == signupd_json_array || value->kind == signupd_json_object;
        return value + (holds_others ? value->span : 1);
    }

    bool are_few_unique(const signupd_json_value *object) {
        const signupd_json_value *first = object + 1;
        const signupd_json_value *end = object + object->span;
        for (const signupd_json_value *later = following(first); later != end; later = following(later)) {
            for (const signupd_json_value *earlier = first; earlier != later; earlier = following(earlier)) {
                if (name(earlier) == name(later)) return refuse(signupd_json_duplicate_name, later->start);
            }
        }
        return true;
    }

    bool are_many_unique(const signupd_json_value *object) {
        std::vector<std::string_view> names;
        names.reserve(object->count);
        const signupd_json_value *end = object + object->span;
        for (const signupd_json_value *each = object + 1; each != end; each = following(each)) names.push_back(name(each));
        std::sort(names.begin(), names.end());
        const auto twice = std::adjacent_find(names.begin(), names.end());
        return twice == names.end() || refuse(signupd_json_duplicate_name, twice->data());
    }
};

signupd_json_problem problem_of(rapidjson::ParseErrorCode code) {
    switch (code) {
    case rapidjson::kParseErrorDocumentEmpty: return signupd_json_incomplete;
    case rapidjson::kParseErrorDocumentRootNotSingular: return signupd_json_trailing_text;
    case rapidjson::kParseErrorNumberTooBig: return signupd_json_number_out_of_range;
    default: return signupd_json_syntax;
    }
}

} // namespace

signupd_json_outcome signupd_json_read(char *text, size_t count, uint32_t depth_limit, signupd_json_value *values) {
    Recorder recorder(text, count, depth_limit, values);
    rapidjson::InsituStringStream stream(text);
    rapidjson::Reader reader;
    constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
    const rapidjson::ParseResult result = reader.Parse<flags>(stream, recorder);
    if (!result.IsError()) return {signupd_json_fine, count, recorder.value_count};
    if (result.Code() == rapidjson::kParseErrorTermination) {
        const size_t offset = recorder.offset > 0 ? recorder.offset : result.Offset();
        return {recorder.problem, offset, recorder.value_count};
    }
    // The reader stopped at the NUL behind the text: it wanted more.
    const bool is_incomplete = result.Offset() == count;
    return {is_incomplete ? signupd_json_incomplete : problem_of(result.Code()), result.Offset(), recorder.value_count};
}
