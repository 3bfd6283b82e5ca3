"""Changes to bytes, made by a random generator, so that a case is known by its number alone."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Mapping

from fuzz.seeds import zipped

#: Pieces that parsers stumble over.
TOKENS = (
    b"\x00", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\r", b"\n\n",
    b"\t", b'"', b"''", b"\\u0000", b"\\ud83d", b"{", b"}", b"[" * 200, b"null", b"NaN", b"1e999", b"-1",
    b"99999999999999999999", b"0x7fffffff", b"<", b">", b"&", b"&amp;", b"&#0;", b"&#xD800;", b"&x;", b"<!--",
    b"-->", b"<![CDATA[", b"]]>", b"<?x", b"<!DOCTYPE x [<!ENTITY x 'y'>]>", b"</p>", b"<p>" * 300,
    b"<table>", b"<tr>", b'colspan="9999999"', b'rowspan="-1"', b"<sup>", b"PK\x03\x04", b"PK\x05\x06",
    b"\x1f\x8b\x08", b"%PDF-", b"PAR1", b"endobj", b"stream", b"/Kids [1 0 R]", b"/Count 999999999",
    b"PMID- ", b"%s%n", b"../../x", b"A" * 3_000, b",,,,", b" " * 500,
)  # fmt: skip


def case(seeds: Mapping[str, bytes], number: int, seed: int = 0) -> tuple[str, bytes]:
    """Name and bytes of one case: a seed, changed between one and eight times, sometimes under another's suffix."""
    rng = random.Random(f"{seed}:{number}")
    name = rng.choice(sorted(seeds))
    data = seeds[name]
    if data.startswith(b"PK") and rng.random() < 0.7:
        data = _repacked(data, seeds, rng)
    elif data.startswith(b"\x1f\x8b") and rng.random() < 0.5:
        inner = mutated(zlib.decompress(data, 31), seeds, rng)
        packer = zlib.compressobj(wbits=31)
        data = packer.compress(inner) + packer.flush()
    else:
        data = mutated(data, seeds, rng)
    if rng.random() < 0.1:
        name = f"{name}.{rng.choice(sorted(seeds)).rpartition('.')[2]}"
    return name, data


def mutated(data: bytes, seeds: Mapping[str, bytes], rng: random.Random) -> bytes:
    """The bytes after some changes."""
    for _ in range(rng.randint(1, 8)):
        data = _changed(data, seeds, rng)[:2_000_000]
    return data


def _changed(data: bytes, seeds: Mapping[str, bytes], rng: random.Random) -> bytes:
    at, to = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
    kind = rng.randrange(9)
    if kind == 0 and data:
        at = rng.randrange(len(data))
        return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + rng.choice(TOKENS) + data[at:]
    if kind == 2:
        return data[:at]
    if kind == 3:
        return data[:at] + data[min(to, at + 200) :]
    if kind == 4:
        return data[:to] + data[at : at + 2_000] * rng.choice((1, 2, 50)) + data[to:]
    if kind == 5:
        other = seeds[rng.choice(sorted(seeds))]
        return data[:at] + other[rng.randint(0, len(other)) :]
    if kind == 6:
        return data[:at] + rng.randbytes(rng.randint(1, 40)) + data[at + rng.randint(0, 40) :]
    if kind == 7:
        return data[:at] + rng.choice(TOKENS) * rng.choice((1, 3, 100)) + data[to:]
    figures = [i for i, byte in enumerate(data) if 48 <= byte <= 57]
    if figures:
        at = rng.choice(figures)
        return data[:at] + rng.choice((b"0", b"9", b"-1", b"4294967296", b"1e9")) + data[at + 1 :]
    return data


def _repacked(data: bytes, seeds: Mapping[str, bytes], rng: random.Random) -> bytes:
    """A ZIP archive with one member changed, left out or named anew, its sums right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(members))
    kind = rng.randrange(6)
    if kind == 0:
        del members[name]
    elif kind == 1:
        members[
            rng.choice(("../x.txt", "/x.txt", "a/../b.txt", "x", "ü\udcff.txt".encode("utf-8", "replace").decode()))
        ] = members.pop(name)
    else:
        members[name] = mutated(members[name], seeds, rng)
    return zipped(members)
