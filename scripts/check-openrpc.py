#!/usr/bin/python3
"""Checks protocol/openrpc.json against the OpenRPC meta-schema, against itself, the text and the vectors; or replies against it.

    check-openrpc.py                            the document, protocol/README.md and the sections that vectors cite
    check-openrpc.py REPLIES.ndjson [METHOD…]   each record {"method": NAME or null, "reply": {…}}; null: to no method (a line
                                                that was no request). Each METHOD must have a result among the records.
    check-openrpc.py --minified                 prints the document as rpc.discover gives it: one line of compact ASCII

Exit 0: all well. 1: something is wrong, and standard error says what. 64: usage. Needs Debian's python3-jsonschema.
"""

import json
import re
import sys
from pathlib import Path

try:
    from jsonschema import Draft7Validator
    from jsonschema.exceptions import best_match
except ImportError:
    sys.exit("check-openrpc.py: the Python module jsonschema is missing; install it with: apt-get install python3-jsonschema")

REPOSITORY = Path(__file__).resolve().parent.parent
DOCUMENT = REPOSITORY / "protocol/openrpc.json"
TEXT = REPOSITORY / "protocol/README.md"
VECTORS = REPOSITORY / "protocol/vectors"
META_SCHEMA = REPOSITORY / "Tests/Data/openrpc-meta-schema/schema.json"

# A reply is under 64 KiB; the rest is for its envelope with the longest id (256 bytes, each of which may need 6 in ASCII).
MAXIMUM_MINIFIED_BYTES = 60 * 1024
MAXIMUM_FILE_BYTES = 60 * 1024
DRAFT_7 = "http://json-schema.org/draft-07/schema#"


class Report:
    """Collects what is wrong, so that one run tells everything."""

    def __init__(self):
        self.problems = []

    def check(self, is_good, problem):
        if not is_good:
            self.problems.append(problem)
        return is_good

    def schema(self, schema, value, what):
        error = best_match(Draft7Validator(schema).iter_errors(value))
        path = "".join(f"[{part!r}]" for part in error.absolute_path) if error else ""
        return self.check(error is None, f"{what}{path}: {error.message[:300] if error else ''}")

    def end(self, success):
        for problem in self.problems:
            print(f"check-openrpc.py: {problem}", file=sys.stderr)
        if not self.problems:
            print(success)
        return 1 if self.problems else 0


class Document:
    """The OpenRPC document, and what is looked up in it."""

    def __init__(self):
        self.bytes = DOCUMENT.read_bytes()
        self.root = json.loads(self.bytes, object_pairs_hook=unique_members)
        self.minified = json.dumps(self.root, separators=(",", ":"))
        self.methods = {method["name"]: method for method in self.root["methods"]}
        self.errors = self.root["components"]["errors"]

    def resolve(self, reference):
        """What a `#/…` reference names, or None."""
        if not reference.startswith("#/"):
            return None
        value = self.root
        for part in reference[2:].split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(value, dict) or part not in value:
                return None
            value = value[part]
        return value

    def target(self, value):
        """The value itself, or what it refers to."""
        return self.resolve(value["$ref"]) if "$ref" in value else value

    def schema(self, schema, is_closed=False):
        """A schema that stands alone: its references find the components. Closed, it refuses members it does not name."""
        components = self.root["components"]
        if is_closed:
            schema, components = closed(schema), {**components, "schemas": closed(components["schemas"])}
        return {"allOf": [schema], "components": components}

    def params(self, method):
        return [self.target(param) for param in method["params"]]

    def reasons(self, references):
        return [reference["$ref"].rsplit("/", 1)[1] for reference in references]


def unique_members(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"a name stands twice among {names}")
    return dict(pairs)


def closed(schema):
    """The schema with every object closed that lists its properties: what is not in the document is drift."""
    if isinstance(schema, list):
        return [closed(element) for element in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: closed(value) for name, value in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        result.setdefault("additionalProperties", False)
    return result


# ---- The document


def check_document(document, report):
    report.check(document.bytes.isascii(), "the document must be ASCII")
    size = len(document.minified)
    report.check(size < MAXIMUM_MINIFIED_BYTES, f"minified it has {size} bytes; at most {MAXIMUM_MINIFIED_BYTES} fit a reply")
    size = len(document.bytes)
    report.check(size < MAXIMUM_FILE_BYTES, f"the file has {size} bytes; keep it under {MAXIMUM_FILE_BYTES}")
    report.schema(meta_schema(), document.root, "against the meta-schema: document")
    check_references(document, report, document.root, "#")
    if report.problems:
        return  # What follows takes the document's shape and its references for granted.
    for name, schema in document.root["components"]["schemas"].items():
        report.schema({"$ref": DRAFT_7}, schema, f"components/schemas/{name}")
    names = [method["name"] for method in document.root["methods"]]
    report.check(len(names) == len(set(names)), "a method stands twice")
    for method in document.root["methods"]:
        check_method(document, report, method)
    check_errors(document, report)


def meta_schema():
    """OpenRPC's schema, with draft 7 itself where it names a copy of it on the network."""
    text = META_SCHEMA.read_text()
    elsewhere = "https://meta.json-schema.tools"
    text = text.replace(f"{elsewhere}/#/definitions/JSONSchemaObject/properties/$ref", f"{DRAFT_7}/properties/$ref")
    return json.loads(text.replace(f'"$ref": "{elsewhere}"', f'"$ref": "{DRAFT_7}"'))


def check_references(document, report, value, place):
    if isinstance(value, list):
        for index, element in enumerate(value):
            check_references(document, report, element, f"{place}/{index}")
    elif isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            report.check(document.resolve(reference) is not None, f"{place}: {reference} names nothing")
        for name, element in value.items():
            check_references(document, report, element, f"{place}/{name}")


def check_method(document, report, method):
    name = method["name"]
    report.check(method.get("paramStructure") == "by-name", f"{name}: paramStructure must be by-name")
    params = {param["name"]: param for param in document.params(method)}
    report.check("_meta" in params, f"{name}: takes _meta like every method")
    for param in params.values():
        report.schema({"$ref": DRAFT_7}, param["schema"], f"{name}: schema of {param['name']}")
    report.check(len(method.get("examples", [])) >= 1, f"{name}: needs an example")
    for example in method.get("examples", []):
        what = f"{name}: example {example['name']!r}"
        given = {param["name"]: param["value"] for param in example["params"]}
        check_params(document, report, method, given, what)
        schema = document.schema(method["result"]["schema"], is_closed=True)
        report.schema(schema, example["result"]["value"], f"{what}: result")


def check_params(document, report, method, given, what):
    params = {param["name"]: param for param in document.params(method)}
    for name, value in given.items():
        if report.check(name in params, f"{what}: no param {name}"):
            report.schema(document.schema(params[name]["schema"], is_closed=True), value, f"{what}: {name}")
    for name, param in params.items():
        report.check(not param.get("required") or name in given, f"{what}: {name} is missing")
    choice = method.get("x-at-least-one-of", [])
    report.check(not choice or any(name in given for name in choice), f"{what}: one of {choice} is missing")


def check_errors(document, report):
    used = set(document.reasons(document.root["x-message-errors"] + document.root["x-connection-errors"]))
    for method in document.root["methods"]:
        used.update(document.reasons(method["errors"]))
    for reason, error in document.errors.items():
        report.check(reason in used, f"components/errors/{reason}: nothing answers it")
        report.schema({"$ref": DRAFT_7}, error["data"], f"components/errors/{reason}/data")
        properties = error["data"]["properties"]
        report.check(properties["reason"] == {"const": reason}, f"components/errors/{reason}: data has another reason")
        report.check(isinstance(properties["status"].get("const"), int), f"components/errors/{reason}: data has no status")


# ---- The text


def check_text(document, report):
    lines = TEXT.read_text(encoding="utf-8").splitlines()
    check_numbers(report, lines)
    check_limits(document, report, lines)
    check_error_table(document, report, lines)
    check_method_tables(document, report, lines)
    check_sessions(document, report, lines)


def section_numbers(lines):
    headings = (re.match(r"#+ (\d+(?:\.\d+)*)\.? ", line) for line in lines)
    sentences = (re.match(r"\*\*(\d+(?:\.\d+)+)\*\* ", line) for line in lines)
    return [match[1] for pair in zip(headings, sentences) for match in pair if match]


def check_numbers(report, lines):
    last = {}
    for number in section_numbers(lines):
        chapter, _, position = number.rpartition(".")
        expected = last.get(chapter, 0) + 1
        report.check(int(position) == expected, f"README.md: section {number} stands where {chapter}.{expected} belongs")
        last[chapter] = int(position)


def check_limits(document, report, lines):
    rows = (re.match(r"\| `(\w+)` \| ([\d,]+) \|", line) for line in lines)
    table = {row[1]: int(row[2].replace(",", "")) for row in rows if row}
    compare(report, "limits", table, document.root["x-limits"])
    info = document.methods["service.info"]["result"]["schema"]["properties"]["limits"]["required"]
    report.check(set(info) == set(document.root["x-limits"]), "service.info and x-limits name different limits")


def check_error_table(document, report, lines):
    rows = (re.match(r"\| (-?\d+) \| `([A-Z_]+)` \| (\d+) \| (.*?) \| (.*?) \|", line) for line in lines)
    table = {row[2]: [int(row[1]), int(row[3]), row[4], set(re.findall(r"`([a-z_]+)`", row[5]))] for row in rows if row}
    expected = {}
    for reason, error in document.errors.items():
        properties = error["data"]["properties"]
        extra = set(properties) - {"reason", "status", "hint"}
        expected[reason] = [error["code"], properties["status"]["const"], error["message"], extra]
    compare(report, "errors", table, expected)


def check_method_tables(document, report, lines):
    tables = {}
    method = kind = None
    for line in lines:
        if line.startswith("#"):
            heading = re.match(r"### \d+\.\d+ `([a-z.]+)`$", line)
            method, kind = (heading[1], None) if heading else (None, None)
            if method:
                tables[method] = {"param": {}, "result": {}}
        elif method and re.match(r"\| (param|result) \|", line):
            kind = line.split()[1]
        elif method and kind and (row := re.match(r"\| `(\w+)(\??)` \|", line)):
            tables[method][kind][row[1]] = "optional" if row[2] else "required"
    compare(report, "methods", tables, {name: method_tables(document, method) for name, method in document.methods.items()})


def method_tables(document, method):
    params = {param["name"]: param.get("required") for param in document.params(method) if param["name"] != "_meta"}
    result = method["result"]["schema"]
    results = {name: name in result["required"] for name in result["properties"]}
    word = {True: "required", False: "optional", None: "optional"}
    return {
        "param": {name: word[required] for name, required in params.items()},
        "result": {name: word[required] for name, required in results.items()},
    }


def check_sessions(document, report, lines):
    """The text's example lines: `→` a request, `←` a reply; each reply must fit the method its id was sent for."""
    asked = {}
    bulk = None
    for number, line in enumerate(lines, 1):
        arrow, message = line[:2], parsed(line[2:])
        if arrow == "$ ":
            bulk = re.search(r"--method (\S+)", line)
            asked = {}
        elif arrow == "→ " and bulk:
            asked[len(asked) + 1] = bulk[1]
        elif arrow == "→ ":
            for request in message if isinstance(message, list) else [message]:
                if isinstance(request, dict) and "id" in request:
                    asked[request["id"]] = request["method"]
        elif arrow == "← ":
            what = f"README.md line {number}"
            if report.check(message is not None, f"{what}: not JSON"):
                for reply in message if isinstance(message, list) else [message]:
                    check_reply(document, report, asked.get(reply.get("id")), reply, what)
        elif line.startswith("#"):
            asked, bulk = {}, None


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def compare(report, what, text, document):
    for name in {**document, **text}:
        detail = f"the text says {text.get(name)}, the document {document.get(name)}"
        report.check(text.get(name) == document.get(name), f"README.md and openrpc.json differ in {what}, {name}: {detail}")


def check_vectors(report):
    known = set(section_numbers(TEXT.read_text(encoding="utf-8").splitlines()))
    for path in sorted(VECTORS.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            cited = json.loads(line).get("section", [])
            for section in cited if isinstance(cited, list) else [cited]:
                report.check(section in known, f"{path.name} line {number}: README.md has no section {section}")


# ---- Replies


def check_replies(document, report, path, wanted):
    seen = {}
    # Lines end in LF only: splitlines() would cut at U+2028 in a string too.
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").rstrip("\n").split("\n"), 1):
        what = f"{path} line {number}"
        record = parsed(line)
        if not report.check(isinstance(record, dict) and {"method", "reply"} <= set(record), f"{what}: not a record"):
            continue
        method, reply = record["method"], record["reply"]
        for single in reply if isinstance(reply, list) else [reply]:
            check_reply(document, report, method, single, what)
            if isinstance(single, dict) and "result" in single:
                seen[method] = seen.get(method, 0) + 1
    for method in wanted:
        report.check(method in seen, f"{path}: no result of {method}")
    return seen


def check_reply(document, report, method, reply, what):
    envelope = {"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"}
    is_reply = isinstance(reply, dict) and set(reply) in envelope and reply["jsonrpc"] == "2.0"
    if not report.check(is_reply, f"{what}: no JSON-RPC 2.0 reply"):
        return
    if "error" in reply:
        check_error(document, report, method, reply["error"], what)
    elif report.check(method in document.methods, f"{what}: a result of {method}, which the document does not have"):
        result = document.methods[method]["result"]["schema"]
        report.schema(document.schema(result, is_closed=True), reply["result"], f"{what}: result of {method}")
        if method == "rpc.discover":
            report.check(reply["result"] == document.root, f"{what}: rpc.discover gave another document")


def check_error(document, report, method, error, what):
    is_error = isinstance(error, dict) and set(error) == {"code", "message", "data"} and isinstance(error["data"], dict)
    if not report.check(is_error, f"{what}: an error has code, message and data"):
        return
    reason = error["data"].get("reason")
    if not report.check(reason in document.errors, f"{what}: the document has no reason {reason}"):
        return
    allowed = document.root["x-message-errors"] + (document.methods[method]["errors"] if method in document.methods else [])
    if method is None:
        allowed = allowed + document.root["x-connection-errors"]
    report.check(reason in document.reasons(allowed), f"{what}: the document does not let {method} answer {reason}")
    entry = document.errors[reason]
    report.check(error["code"] == entry["code"], f"{what}: {reason} has code {error['code']}, not {entry['code']}")
    report.check(isinstance(error["message"], str) and error["message"], f"{what}: {reason} has no message")
    report.schema(document.schema(entry["data"], is_closed=True), error["data"], f"{what}: data of {reason}")


def main(arguments):
    if any(argument.startswith("-") for argument in arguments) and arguments != ["--minified"]:
        print(__doc__, file=sys.stderr)
        return 64
    try:
        return run(arguments, Report())
    except (OSError, ValueError) as error:  # A file that is not there, or is no JSON.
        print(f"check-openrpc.py: {error}", file=sys.stderr)
        return 1


def run(arguments, report):
    document = Document()
    if arguments == ["--minified"]:
        print(document.minified)
        return 0
    if arguments:
        seen = check_replies(document, report, arguments[0], arguments[1:])
        return report.end(f"{sum(seen.values())} results of {len(seen)} methods fit protocol/openrpc.json")
    check_document(document, report)
    if not report.problems:
        check_text(document, report)
        check_vectors(report)
    sizes = f"{len(document.bytes)} bytes, minified {len(document.minified)}"
    return report.end(f"protocol/openrpc.json: {len(document.methods)} methods, {len(document.errors)} errors, {sizes}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
