"""One change to the content of a file, as a slip of the hand, a spreadsheet or a bad disk makes it.

Each function takes bytes and a ``random.Random``, and gives back what was done, in words, and other bytes.
"""

import csv
import io
import json
import math
import warnings
import zipfile

DEEP = "nested 20,000 deep"
_NESTED = "[" * 20_000 + "]" * 20_000

# What may stand where something else belongs.
VALUES = {
    "null": None,
    "true": True,
    "zero": 0,
    "negative": -3,
    "a fraction": 0.5,
    "not a number": math.nan,
    "infinite": math.inf,
    "of 400 digits": 10**400,
    "a word": "rotten",
    "an empty text": "",
    "a path": "../../../etc/passwd",
    "a terminal's escape": "\x1b[2J\x1b]0;owned\x07",
    "an empty list": [],
    "a list": [1, 2, 3],
    "an object": {"a": 1},
    DEEP: DEEP,
}


def in_bytes(content, random):
    """Bytes overwritten, inserted, taken out, turned to zeros, said twice or cut off, or one bit flipped."""
    if not content:
        return "byte 0 inserted", b"\0"
    at, some = random.randrange(len(content)), random.randbytes(random.randint(1, 8))
    end = min(at + random.randint(1, 64), len(content))
    before, stretch, after = content[:at], content[at:end], content[end:]
    flipped = bytes([stretch[0] ^ 1 << random.randrange(8)])
    done, new = random.choice(
        [
            ("overwritten", before + some + content[at + len(some) :]),
            ("inserted", before + some + content[at:]),
            ("taken out", before + after),
            ("turned to zeros", before + bytes(len(stretch)) + after),
            ("said twice", before + 2 * stretch + after),
            ("cut off", before),
            ("with a bit flipped", before + flipped + content[at + 1 :]),
        ]
    )
    return f"byte {at} {done}", new


def in_json(content, random):
    """A value deleted, replaced, exchanged with another, given another type or name; or bytes of the text."""
    if random.random() < 0.2:
        return in_bytes(content, random)
    whole = [json.loads(content)]
    places = list(_places(whole))
    holder, key, name = random.choice(places)
    value = holder[key]
    done = random.choice(
        ["deleted", "exchanged", "nudged", "as text", "in a list", "renamed", *2 * ["another"]]
    )
    match done:
        case "deleted":
            del holder[key]
        case "exchanged":
            other, its_key, _ = random.choice(places)
            holder[key], other[its_key] = other[its_key], value
        case "nudged":
            holder[key] = _nudged(value, random)
        case "as text":
            holder[key] = str(value)
        case "in a list":
            holder[key] = [value]
        case "renamed" if isinstance(holder, dict):
            del holder[key]
            holder[random.choice(["rotten", "../rotten", key.upper(), *holder])] = value
        case _:
            done = random.choice(list(VALUES))
            holder[key] = VALUES[done]
    try:
        text = json.dumps(whole[0] if whole else None, indent=2)
    except ValueError:  # of an exchange that put a part into itself
        return in_bytes(content, random)
    return f"{name} {done}", text.replace(f'"{DEEP}"', _NESTED).encode()


def in_csv(content, random):
    """A cell, a row or a column deleted, replaced, exchanged or repeated; or bytes of the text."""
    if random.random() < 0.2:
        return in_bytes(content, random)
    header, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    row, other = random.sample(range(len(rows)), 2)
    column, another = random.sample(range(len(header)), 2)
    done = random.choice(_IN_CSV)
    start, separator, end = "", ",", "\n"
    match done:
        case "another cell":
            done = random.choice(list(VALUES))
            rows[row][column] = _NESTED if done == DEEP else str(VALUES[done])
        case "another row's cell":
            rows[row][column] = rows[other][column]
        case "a cell nudged":
            rows[row][column] = _nudged(rows[row][column], random)
        case "a formula":
            rows[row][column] = "=1+1"
        case "a cell too few":
            del rows[row][column]
        case "a cell too many":
            rows[row].insert(column, "more")
        case "rows exchanged":
            rows[row], rows[other] = rows[other], rows[row]
        case "a row deleted":
            del rows[row]
        case "a row repeated":
            rows.insert(other, list(rows[row]))
        case "rows sorted":
            rows.sort(key=lambda line: line[column])
        case "no row":
            rows = []
        case "a column deleted":
            header, *rows = ([*line[:column], *line[column + 1 :]] for line in (header, *rows))
        case "headings exchanged":
            header[column], header[another] = header[another], header[column]
        case "a heading renamed":
            header[column] = random.choice([header[column].upper(), header[another], "rotten", ""])
        case "no headings":
            header, *rows = rows
        case "semicolons":
            separator = ";"
        case "other line ends":
            end = "\r\n"
        case "a byte-order mark":
            start = "\ufeff"
    new = io.StringIO()
    csv.writer(new, delimiter=separator, lineterminator=end).writerows([header, *rows])
    return f"row {row + 1}, column {column + 1}: {done}", (start + new.getvalue()).encode()


_IN_CSV = (
    *3 * ["another cell"],
    *2 * ["another row's cell", "a cell nudged"],
    *("a formula", "a cell too few", "a cell too many"),
    *("rows exchanged", "a row deleted", "a row repeated", "rows sorted", "no row"),
    *("a column deleted", "headings exchanged", "a heading renamed", "no headings"),
    *("semicolons", "other line ends", "a byte-order mark"),
)


def in_zip(content, random):
    """A member damaged, renamed, left out or there twice, with right checksums; or bytes of the archive."""
    if random.random() < 0.4:
        return in_bytes(content, random)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(entry, archive.read(entry)) for entry in archive.infolist()]
    chosen = random.randrange(len(members))
    entry, inside = members[chosen]
    name = entry.filename
    done = random.choice(["inside", "inside", "left out", "there twice", "renamed"])
    if done == "inside":
        damage = {"json": in_json, "csv": in_csv}.get(name.rpartition(".")[2], in_bytes)
        what, inside = damage(inside, random)
        members[chosen], done = (name, inside), f"damaged: {what}"
    elif done == "left out":
        del members[chosen]
    elif done == "there twice":
        members.append((name, in_bytes(inside, random)[1]))
    else:
        other = random.choice(["../rotten", "/etc/passwd", "C:\\rotten", name.upper(), f"a/b/{name}"])
        members[chosen], done = (other, inside), f"renamed {other}"
    new = io.BytesIO()
    with zipfile.ZipFile(new, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        for entry, inside in members:
            archive.writestr(entry, inside)
    return f"{name} {done}", new.getvalue()


def _places(value, name=""):
    """Holder, key and name of every value in lists and objects."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        called = f"{name}.{key}" if name else "all" if value else ""
        yield value, key, called
        if isinstance(inner, list | dict):
            yield from _places(inner, called)


def _nudged(value, random):
    """Nearly the same number, or text with one other character."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + random.choice([-1, 1])
    if isinstance(value, float):
        return value * 1.01
    if isinstance(value, str) and value:
        at = random.randrange(len(value))
        return value[:at] + random.choice("0123456789abc-. ") + value[at + 1 :]
    return [value]
