"""Messages between the judge and a student's process: copies of plain values and arrays, and never code.

A message is two lengths, a value as JSON and the bytes of its arrays.  Whoever receives one trusts nothing in
it: lengths, depth, types and shapes are bounded and checked before anything is made of them, and what does
not fit is :class:`Malformed`.
"""

import json
import math
import os
import select
import struct
import time

import numpy as np

CLOCK_SECONDS = 5  # that a second of the processor's may take, on either side

_LENGTHS = struct.Struct("!IQ")  # of the JSON and of the arrays, in bytes
_JSON_BYTES = 2 << 20
_NODES = 100_000
_KEYS = 200  # of a dictionary: whoever chooses the keys can make all of them collide
_DEPTH = 20
_AXES = 16
_WATCH_SECONDS = 0.2
_TYPES = {"|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8"}
_SHOWN = {  # names of types that a message may bear; others are a student's own words
    *("bytes", "bytearray", "complex", "dict", "filter", "frozenset", "function", "generator", "int", "list"),
    *("map", "method", "module", "range", "set", "slice", "str", "tuple", "type", "zip", "array_of_objects"),
    *("Axes", "DataFrame", "EagerTensor", "Figure", "KerasTensor", "Series", "Tensor"),
}


class Broken(Exception):
    """No message comes, or none that can be read."""

    told = "{why}"
    """What to tell the student of the one who sends; ``seconds`` is what there were."""


class Malformed(Broken):
    """A message breaks the rules."""

    told = "sends what is no answer"


class Ended(Broken):
    """The other side has hung up."""

    told = "ends its own process, or takes more memory than it may"


class Late(Broken):
    """The deadline has passed."""

    told = "runs longer than {seconds} s"


class Overdrawn(Broken):
    """The other side takes more than it may."""


class TooLarge(ValueError):
    """A value is more than a message can hold."""


class Other:
    """Stands for a value that cannot travel."""


def other(name):
    """An :class:`Other` whose type bears this name if it is a common one, and else that of ``object``."""
    return type(name if name in _SHOWN else "object", (Other,), {})()


class Channel:
    """One end of two pipes.

    Parameters
    ----------
    source, sink : int
        File descriptors to read and to write.
    limit : int
        Bytes that a message may have.
    stand_in : bool
        Whether to send an :class:`Other` for what cannot travel, in place of raising ``TypeError``.
    watch : callable, optional
        Called several times a second; returns what the other side takes too much of, or an empty text.
    """

    def __init__(self, source, sink, limit, *, stand_in=False, watch=str):
        self._source, self._sink, self._limit, self._stand_in = source, sink, limit, stand_in
        self._watch, self._next_watch = watch, 0.0
        for end in (source, sink):
            os.set_blocking(end, False)

    def send(self, value, deadline=math.inf):
        """Send a copy of a value.

        Parameters
        ----------
        value : object
            Booleans, numbers, text, None, three dots, NumPy's numbers and arrays, and lists, tuples and
            dictionaries of these.
        deadline : float
            By the clock of :func:`time.monotonic`.

        Raises
        ------
        TooLarge, TypeError
            Before anything is sent.
        Broken
        """
        rest = memoryview(pack(value, self._limit, self._stand_in))
        while rest:
            self._wait(self._sink, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(self._sink, rest) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise Ended("nobody listens") from None

    def receive(self, deadline=math.inf):
        """The next value that the other side sends; raises :class:`Broken`."""
        text, arrays = _LENGTHS.unpack(self._read(_LENGTHS.size, deadline))
        if text > _JSON_BYTES or text + arrays > self._limit:
            raise Malformed(f"a message of {text + arrays} bytes")
        return unpack(self._read(text, deadline), self._read(arrays, deadline))

    def _read(self, size, deadline):
        parts = bytearray()
        while len(parts) < size:
            self._wait(self._source, select.POLLIN, deadline)
            try:
                part = os.read(self._source, min(size - len(parts), 1 << 20))
            except BlockingIOError:
                continue
            if not part:
                raise Ended("the process has ended")
            parts += part
        return bytes(parts)

    def _wait(self, end, event, deadline):
        poll = select.poll()
        poll.register(end, event)
        while (now := time.monotonic()) < deadline:
            if now >= self._next_watch:
                self._next_watch = now + _WATCH_SECONDS
                if why := self._watch():
                    raise Overdrawn(why)
            if poll.poll(min(deadline - now, _WATCH_SECONDS) * 1000):
                return
        raise Late("no answer")


def pack(value, limit, stand_in=False):
    """A message with a copy of a value; see :class:`Channel` for the parameters."""
    writer = _Writer(stand_in)
    text = json.dumps(writer.tree(value, _DEPTH)).encode()
    size = sum(array.nbytes for array in writer.arrays)
    if len(text) > _JSON_BYTES or len(text) + size > limit:
        raise TooLarge(f"{len(text) + size} bytes are too many for one message")
    return b"".join([_LENGTHS.pack(len(text), size), text, *(array.tobytes() for array in writer.arrays)])


class _Writer:
    """Makes of a value what JSON has: no plain number or text is a list that begins with its kind."""

    def __init__(self, stand_in):
        self.stand_in, self.arrays, self.nodes = stand_in, [], 0

    def tree(self, value, depth):
        self.nodes += 1
        if depth == 0 or self.nodes > _NODES:
            raise TooLarge("too deep or too many")
        match value:
            case np.generic() | np.ndarray() if value.dtype.newbyteorder("<").str in _TYPES:
                array = np.asarray(value, value.dtype.newbyteorder("<"))
                self.arrays.append(array)
                kind = "array" if isinstance(value, np.ndarray) else "number"
                return [kind, array.dtype.str, *array.shape]
            case None | bool() | int() | float():
                return value
            case str():
                return value.encode(errors="replace").decode()
            case list() | tuple():
                kind = "list" if isinstance(value, list) else "tuple"
                return [kind, *(self.tree(one, depth - 1) for one in value)]
            case dict():
                pairs = value.items()
                return ["dict", *([self.tree(one, depth - 1) for one in pair] for pair in pairs)]
            case _ if value is ...:
                return ["dots"]
            case _ if self.stand_in:
                is_array = isinstance(value, np.ndarray)
                return ["other", "array_of_objects" if is_array else type(value).__name__]
        raise TypeError(f"a {type(value).__name__} cannot be sent")


def unpack(text, arrays):
    """The value in a message's JSON and arrays, both as bytes; raises :class:`Malformed`."""
    try:
        reader = _Reader(arrays)
        value = reader.value(json.loads(text.decode()), _DEPTH)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Malformed(str(error)) from None
    if reader.place != len(arrays):
        raise Malformed("arrays and their lengths differ")
    return value


class _Reader:
    """Makes a value of what a :class:`_Writer` made, or someone who pretends to be one."""

    def __init__(self, arrays):
        self.arrays, self.place, self.nodes = arrays, 0, 0

    def value(self, tree, depth):
        self.nodes += 1
        if depth == 0 or self.nodes > _NODES:
            raise ValueError("too deep or too many")
        match tree:
            case None | bool() | int() | float():
                return tree
            case str():
                tree.encode()  # raises for half a character, which no file could hold
                return tree
            case ["list" | "tuple" as kind, *items]:
                return {"list": list, "tuple": tuple}[kind](self.value(item, depth - 1) for item in items)
            case ["dict", *items] if len(items) <= _KEYS:
                return {self.value(key, depth - 1): self.value(one, depth - 1) for key, one in items}
            case ["array", str(kind), *shape]:
                return self.array(kind, shape)
            case ["number", str(kind)]:
                return self.array(kind, [])[()]
            case ["dots"]:
                return ...
            case ["other", str(name)]:
                return other(name)
        raise ValueError("no such kind")

    def array(self, kind, shape):
        if kind not in _TYPES or len(shape) > _AXES or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError("no such array")
        start, self.place = self.place, self.place + math.prod(shape) * np.dtype(kind).itemsize
        if self.place > len(self.arrays):
            raise ValueError("arrays and their lengths differ")
        array = np.frombuffer(self.arrays[start : self.place], kind).reshape(shape)
        if kind == "|b1":  # a byte of 2 would be a third truth
            return np.asarray(array.view(np.uint8) != 0)
        return array.copy()
