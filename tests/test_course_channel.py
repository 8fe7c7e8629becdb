"""What travels between the judge and a student's process, and what is refused."""

import contextlib
import json
import math
import os
import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coronet_lib.course import channel
from coronet_lib.course.channel import Channel, Malformed, Other, TooLarge, pack, unpack

_LENGTHS = struct.Struct("!IQ")
KINDS = ["list", "tuple", "dict", "array", "number", "dots", "other", "<f8", "|b1", "int"]


def travelled(value, **settings):
    """A value after a journey."""
    message = pack(value, 1 << 20, **settings)
    text = _LENGTHS.unpack(message[:12])[0]
    return unpack(message[12 : 12 + text], message[12 + text :])


class TestAMessage:
    @pytest.mark.parametrize(
        "value",
        [
            *(None, True, 3, -(2**70), 0.1, -0.0, math.inf, "", "µ“\n", ..., [], (), {}),
            [1, (2.5, "a"), [None, ...]],
            {"a": 1, 2: (3,), (4, 5): {}, None: True},
        ],
        ids=repr,
    )
    def test_brings_plain_values(self, value):
        assert repr(travelled(value)) == repr(value)

    @pytest.mark.parametrize("kind", ["bool", "i1", "<i8", "<u2", ">f4", "f2", "f8"])
    @pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (2, 3)])
    def test_brings_arrays(self, kind, shape):
        array = np.ones(shape, kind)
        arrived = travelled([array])[0]
        assert arrived.dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(arrived, array)
        arrived[...] = 0  # it is a copy

    def test_brings_arrays_that_do_not_lie_in_a_row(self):
        array = np.arange(12.0).reshape(3, 4).T[::2]
        np.testing.assert_array_equal(travelled({"a": [array, array[0]]})["a"][0], array)

    @pytest.mark.parametrize("number", [np.float32(0.1), np.int64(3), np.bool_(True)], ids=repr)
    def test_brings_numbers_of_numpy(self, number):
        assert repr(travelled(number)) == repr(number)

    @pytest.mark.parametrize(
        "thing",
        [1j, {1}, b"", object(), np.array([None]), np.array(["a"])],
        ids=["complex", "set", "bytes", "object", "array of objects", "array of texts"],
    )
    def test_brings_nothing_else(self, thing):
        with pytest.raises(TypeError, match="cannot be sent"):
            pack(thing, 1 << 20)
        assert isinstance(travelled(thing, stand_in=True), Other)

    def test_names_common_types_only(self):
        told = type("The hidden case is 7", (), {})()
        assert type(travelled(told, stand_in=True)).__name__ == "object"
        assert type(travelled({1}, stand_in=True)).__name__ == "set"

    @pytest.mark.parametrize("value", ["a" * 3_000_000, np.zeros(2 << 20), [0] * 200_000], ids=type)
    def test_is_not_too_large(self, value):
        with pytest.raises(TooLarge):
            pack(value, 4 << 20)

    def test_is_not_too_deep(self):
        value = []
        value.append(value)
        with pytest.raises(TooLarge):
            pack(value, 1 << 20)

    @pytest.mark.parametrize(
        ("text", "arrays"),
        [
            (b"", b""),
            (b"[" * 2_000_000, b""),
            (b'{"a": 1}', b""),
            (b"[]", b""),
            (b'["eval", "1"]', b""),
            (b'["list"]', b"more"),
            (b'"\\ud800"', b""),
            (b"\xff\xfe[\x00]\x00", b""),
            (b"1" * 5000, b""),
            (b'["dict", [["list"], 1]]', b""),
            (b'["dict", [1]]', b""),
            (b'["dict"' + b", [1, 1]" * 1000 + b"]", b""),
            (b'["list"' + b", 1" * 200_000 + b"]", b""),
            (b'["array", "|O", 1]', bytes(8)),
            (b'["array", "<f8", 2]', bytes(8)),
            (b'["array", "<f8", -1, -1]', bytes(8)),
            (b'["array", "<f8", 1.0]', bytes(8)),
            (b'["array", "<f8", true]', bytes(8)),
            (b'["array", "<f8", "1"]', bytes(8)),
            (b'["array", "<f8", %d, 0]' % 10**30, b""),
            (b'["array", "<f8"' + b", 1" * 40 + b"]", bytes(8)),
            (b'["number", "<f8", 1]', bytes(8)),
        ],
        ids=lambda part: repr(part[:24]),
    )
    def test_that_breaks_the_rules_is_refused(self, text, arrays):
        with pytest.raises(Malformed):
            unpack(text, arrays)

    def test_holds_no_third_truth(self):
        array = unpack(b'["array", "|b1", 3]', b"\0\1\2")
        assert array.tobytes() == b"\0\1\1"

    @settings(max_examples=50)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(KINDS),
            lambda inner: st.lists(inner, max_size=5),
        ),
        st.binary(max_size=32),
    )
    def test_does_nothing_but_arrive_or_be_refused(self, tree, arrays):
        with contextlib.suppress(Malformed):
            unpack(json.dumps(tree).encode(), arrays)


class TestAChannel:
    @pytest.fixture
    def pipe(self):
        source, sink = os.pipe()
        with open(source, "rb"), open(sink, "wb") as writer:
            yield source, sink, writer

    def soon(self):
        return time.monotonic() + 0.3

    def test_hands_on(self, pipe):
        line = Channel(*pipe[:2], 1 << 20)
        line.send(["a", 1])
        assert line.receive(self.soon()) == ["a", 1]

    def test_waits_no_longer_than_to_the_deadline(self, pipe):
        os.write(pipe[1], _LENGTHS.pack(8, 0) + b"[1,")
        with pytest.raises(channel.Late):
            Channel(*pipe[:2], 1 << 20).receive(self.soon())

    def test_does_not_wait_for_one_who_does_not_read(self, pipe):
        with pytest.raises(channel.Late):
            Channel(*pipe[:2], 8 << 20).send(np.zeros(1 << 19), self.soon())

    def test_notices_the_end(self, pipe):
        pipe[2].close()
        with pytest.raises(channel.Ended):
            Channel(pipe[0], pipe[0], 1 << 20).receive(self.soon())

    @pytest.mark.parametrize("lengths", [(2**32 - 1, 0), (8, 2**64 - 1), (8, 1 << 20)])
    def test_reads_nothing_larger_than_it_may(self, pipe, lengths):
        os.write(pipe[1], _LENGTHS.pack(*lengths))
        with pytest.raises(Malformed):
            Channel(*pipe[:2], 1 << 20).receive(self.soon())

    def test_watches_also_one_who_keeps_on_sending(self, pipe):
        seen = iter(["", "takes too much"])
        line = Channel(*pipe[:2], 1 << 20, watch=lambda: next(seen))
        end = time.monotonic() + 5

        def talk():
            while True:
                line.send(0, end)
                line.receive(end)

        with pytest.raises(channel.Overdrawn, match="takes too much"):
            talk()
