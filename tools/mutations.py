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
    at, some = random.randrange(len(content) + 1), random.randbytes(random.randint(1, 8))
    length = min(len(content) - at, random.randint(1, 64))
    before, stretch, after = content[:at], content[at : at + length], content[at + length :]
    done, new = random.choice(
        [
            ("overwritten", before + some + content[at + len(some) :]),
            ("inserted", before + some + content[at:]),
            ("taken out", before + after),
            ("turned to zeros", before + bytes(length) + after),
            ("said twice", before + 2 * stretch + after),
            ("cut off", before),
            (
                "with a bit flipped",
                before + bytes([stretch[0] ^ 1 << random.randrange(8)]) + content[at + 1 :],
            )
            if stretch
            else ("emptied", b""),
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
    done = random.choice(
        ["deleted", "replaced", "replaced", "exchanged", "nudged", "as text", "in a list", "renamed"]
    )
    value = holder[key]
    if done == "deleted":
        del holder[key]
    elif done == "replaced":
        done = random.choice(list(VALUES))
        holder[key] = VALUES[done]
    elif done == "exchanged":
        other, its_key, its_name = random.choice(places)
        holder[key], other[its_key] = other[its_key], value
        done += f" with {its_name}"
    elif done == "nudged":
        holder[key] = _nudged(value, random)
    elif done == "as text":
        holder[key] = str(value)
    elif done == "in a list":
        holder[key] = [value]
    elif isinstance(holder, dict):
        del holder[key]
        holder[random.choice(["rotten", "../rotten", key.upper(), *holder])] = value
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
    cell = f"{header[column]} in row {row + 1}"
    done = random.choice(list(_IN_CSV))
    if done == "replaced":
        what = random.choice(list(VALUES))
        rows[row][column] = _NESTED if what == DEEP else str(VALUES[what])
        done = f"{cell} {what}"
    elif done == "of another row":
        rows[row][column] = rows[other][column]
        done = f"{cell} {done}"
    elif done == "nudged":
        rows[row][column] = _nudged(rows[row][column], random)
        done = f"{cell} nudged"
    elif done == "a formula":
        rows[row][column] = "=1+1"
        done = f"{cell} {done}"
    elif done == "rows exchanged":
        rows[row], rows[other] = rows[other], rows[row]
    elif done == "a row deleted":
        del rows[row]
    elif done == "a row repeated":
        rows.insert(other, list(rows[row]))
    elif done == "a cell too few":
        del rows[row][column]
    elif done == "a cell too many":
        rows[row].insert(column, "more")
    elif done == "a column deleted":
        header, *rows = ([*line[:column], *line[column + 1 :]] for line in (header, *rows))
    elif done == "headings exchanged":
        header[column], header[another] = header[another], header[column]
    elif done == "a heading renamed":
        header[column] = random.choice([header[column].upper(), header[another], "rotten", ""])
    elif done == "sorted":
        rows.sort(key=lambda line: line[column])
    elif done == "no heading":
        header, *rows = rows
    elif done == "no row":
        rows = []
    new = io.StringIO()
    separator = ";" if done == "semicolons" else ","
    csv.writer(
        new, delimiter=separator, lineterminator="\r\n" if done == "other line ends" else "\n"
    ).writerows([header, *rows])
    return done, ("\ufeff" if done == "a byte-order mark" else "").encode() + new.getvalue().encode()


_IN_CSV = (
    *3 * ("replaced",),
    *2 * ("of another row", "nudged"),
    "a formula",
    "rows exchanged",
    "a row deleted",
    "a row repeated",
    "a cell too few",
    "a cell too many",
    "a column deleted",
    "headings exchanged",
    "a heading renamed",
    "sorted",
    "no heading",
    "no row",
    "semicolons",
    "other line ends",
    "a byte-order mark",
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
