"""Byte streams that a reader may trust: looked at without loss, able to go back, and never more than they should hold.

Whatever goes wrong in unpacking is a DocumentError that names the document, raised by the read that meets it.
"""

from __future__ import annotations

import io
import tempfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, cast
from zipfile import BadZipFile

from casenlp.errors import DocumentError
from casenlp.readers.origin import Origin

#: How many first bytes are looked at: enough for the comments and declarations before the root element of XML.
HEAD = 65_536
#: Compressed text is a third to a thirtieth of itself. What grows more than this, beyond the first bytes, is a bomb.
_GROWTH = 250
_HARMLESS = 64 * 2**20
#: Bytes of a stream that are kept so that a reader can jump about in them, and how many of those in memory.
_KEPT = 2**30
_IN_MEMORY = 16 * 2**20
_PIECE = 2**18
#: Signatures of formats whose readers jump about: ZIP, Parquet, PDF.
_JUMPING = (b"PK\x03\x04", b"PK\x05\x06", b"PAR1", b"%PDF-")


def look(stream: BinaryIO, origin: Origin) -> tuple[bytes, BinaryIO]:
    """The first bytes of a stream, and the stream from its start again, able to go back if its format needs that.

    JSON Lines that come through a pipe are looked at no further than to the end of the first line, lest a document
    wait for the next. DocumentError when a stream that has to be kept is too long.
    """
    if stream.seekable():
        start = stream.tell()
        head = stream.read(HEAD)
        stream.seek(start)
        return head, stream
    head = b""
    read = getattr(stream, "read1", stream.read)
    while len(head) < HEAD and not _is_json_line(head) and (piece := read(HEAD - len(head))):
        head += piece
    joined = cast(BinaryIO, io.BufferedReader(_Joined(head, stream), HEAD))
    return head, keep(joined, origin) if head.startswith(_JUMPING) else joined


def keep(stream: BinaryIO, origin: Origin) -> BinaryIO:
    """The whole of a stream in memory or, when it is long, in a temporary file, from its start."""
    kept = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  it lives as long as the stream is read
    try:
        while piece := stream.read(_PIECE):
            kept.write(piece)
            if kept.tell() > _KEPT:
                found = f"holds more than {_KEPT:,} bytes and has to be read as a whole"
                raise DocumentError(origin.name, found, "save it as a file of its own, unpacked")
    except BaseException:
        kept.close()
        raise
    kept.seek(0)
    return cast(BinaryIO, kept)


def whole(stream: BinaryIO, origin: Origin, most: int) -> bytes:
    """All bytes of a stream; DocumentError when there are more than `most`."""
    data = stream.read(most + 1)
    if len(data) > most:
        remedy = "split it into its reports, or raise the limit with --max-chars"
        raise DocumentError(origin.name, f"holds more than {most:,} bytes", remedy)
    return data


def unpacking(stream: BinaryIO, origin: Origin, packed: Callable[[], int], kind: str) -> BinaryIO:
    """A stream that unpacks, made safe: a broken, cut-off or explosive one ends in a DocumentError.

    `packed` tells how many bytes have been taken from the archive so far, `kind` what it is, for the message.
    """
    return cast(BinaryIO, io.BufferedReader(_Unpacking(stream, origin, packed, kind), HEAD))


def is_bomb(unpacked: int, packed: int) -> bool:
    """Whether so few bytes cannot honestly have become so many."""
    return unpacked > _HARMLESS and unpacked > _GROWTH * packed


def bomb(name: str, unpacked: str) -> DocumentError:
    """The error for an archive that unpacks to far more than text ever does."""
    found = f"unpacks to {unpacked} bytes, more than {_GROWTH} times its size"
    return DocumentError(name, found, "it is no archive of reports; unpack it yourself if you trust it")


class _Joined(io.RawIOBase):
    """First bytes that were already read, then the rest of their stream."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._read = getattr(rest, "read1", rest.read)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the base class takes any buffer
        piece = self._head[: len(buffer)]
        self._head = self._head[len(piece) :]
        piece = piece or self._read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


class _Unpacking(io.RawIOBase):
    def __init__(self, stream: BinaryIO, origin: Origin, packed: Callable[[], int], kind: str) -> None:
        self._read = getattr(stream, "read1", stream.read)  # what is there, so that nothing before an error is lost
        self._origin = origin
        self._packed = packed
        self._kind = kind
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the base class takes any buffer
        name = self._origin.name
        try:
            piece = self._read(len(buffer))
        except EOFError as error:
            raise DocumentError(name, f"is a {self._kind} that is cut off", "fetch or make it again") from error
        except (zlib.error, BadZipFile, OSError) as error:
            found = f"is a {self._kind} that is broken ({' '.join(str(error).split())})"
            raise DocumentError(name, found, "fetch or make it again") from error
        except (NotImplementedError, RuntimeError) as error:  # zipfile: a method of compression or a cipher
            found = f"is a {self._kind} of a kind that cannot be unpacked here ({' '.join(str(error).split())})"
            raise DocumentError(name, found, "unpack it yourself") from error
        self._given += len(piece)
        if is_bomb(self._given, self._packed()):
            raise bomb(name, f"more than {self._given:,}")
        buffer[: len(piece)] = piece
        return len(piece)


def _is_json_line(head: bytes) -> bool:
    """Whether the bytes hold a whole first line that looks like an object."""
    line, end, _ = head.lstrip().partition(b"\n")
    return bool(end) and line.startswith(b"{") and line.rstrip().endswith(b"}")
