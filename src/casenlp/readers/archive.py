"""Compressed files and ZIP archives: their members as streams, each with an origin of its own.

Nothing is unpacked to the disk under a name from the archive. A member's document is named after its stem, or after
its whole path where two stems are equal. What is encrypted, nested too deeply, or claims to hold far more than it can
is one Failure, and the other members are read.
"""

from __future__ import annotations

import gzip
import struct
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from casenlp.errors import DocumentError
from casenlp.readers.origin import Origin
from casenlp.readers.streams import bomb, is_bomb, unpacking
from casenlp.records import Failure

#: How many archives may lie within each other: `reports.zip` may hold `case.txt.gz`, and no more.
DEPTH = 2
#: The most bytes of an archive's directory, which is read into memory: about 300,000 members.
_DIRECTORY = 32 * 2**20
_ENCRYPTED = 0x1
#: End of central directory, and its 64-bit form: signature, and where in the record the directory's size stands.
_END, _END_SIZE = b"PK\x05\x06", struct.Struct("<12xL")
_END64, _END64_SIZE = b"PK\x06\x06", struct.Struct("<40xQ")
_COMMENT = 65_536 + 200

Member = tuple[BinaryIO, Origin]


def unzipped(stream: BinaryIO, origin: Origin, suffixes: Collection[str]) -> Iterator[Member | Failure]:
    """The members of a ZIP archive in the order of their names, those with one of the suffixes or with none.

    Folders and hidden members are passed over.
    """
    check_depth(origin)
    with open_zip(stream, origin) as archive:
        infos = sorted((i for i in archive.infolist() if _is_report(i, suffixes)), key=lambda i: i.filename)
        if not infos:
            found = f"is a ZIP archive without a report ({', '.join(suffixes)})"
            raise DocumentError(origin.name, found, "put reports into it")
        stems = Counter(PurePosixPath(info.filename).stem for info in infos)
        for info in infos:
            path = PurePosixPath(info.filename)
            inner = origin.within(info.filename, str(path.with_suffix("")) if stems[path.stem] > 1 else "")
            try:
                if _leads_out(info.filename):
                    found = "has a name that leads out of its archive"
                    raise DocumentError(inner.name, found, "unpack it with a tool that you trust and give the folder")
                yield open_member(archive, info, inner), inner
            except DocumentError as error:
                yield Failure(inner.doc_id, str(error))


def gunzipped(stream: BinaryIO, origin: Origin) -> Member:
    """What a gzip file holds."""
    check_depth(origin)
    inner = origin.unpacked()
    counted = _Counted(stream)
    unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=cast(BinaryIO, counted), mode="rb"))
    return unpacking(unpacked, inner, lambda: counted.given, "gzip file"), inner


def check_depth(origin: Origin) -> None:
    """Raise DocumentError when the document lies in too many archives to be one itself."""
    if origin.depth >= DEPTH:
        found = f"is an archive within {origin.depth} archives"
        raise DocumentError(origin.name, found, "unpack the outer ones")


def open_zip(stream: BinaryIO, origin: Origin) -> ZipFile:
    """A ZIP archive whose directory is sound and honest; DocumentError says what is wrong with it."""
    _check_directory(stream, origin)
    try:
        archive = ZipFile(stream)
    except (BadZipFile, ValueError, OSError, EOFError, NotImplementedError, struct.error) as error:
        found = f"is a ZIP archive that is broken or cut off ({' '.join(str(error).split())})"
        raise DocumentError(origin.name, found, "fetch or save it again") from error
    claimed = sum(info.file_size for info in archive.infolist())
    if is_bomb(claimed, stream.seek(0, 2)):
        raise bomb(origin.name, f"{claimed:,}")
    return archive


def open_member(archive: ZipFile, info: ZipInfo, origin: Origin) -> BinaryIO:
    """The unpacked bytes of one member; DocumentError when it is encrypted or its place in the archive is broken."""
    if info.flag_bits & _ENCRYPTED:
        raise DocumentError(origin.name, "is encrypted", "unpack it with its password and give the files")
    if is_bomb(info.file_size, info.compress_size):
        raise bomb(origin.name, f"{info.file_size:,}")
    try:
        stream = cast(BinaryIO, archive.open(info))
    except (BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, struct.error) as error:
        found = f"is in a ZIP archive that is broken there ({' '.join(str(error).split())})"
        raise DocumentError(origin.name, found, "fetch or save the archive again") from error
    return unpacking(stream, origin, lambda: info.compress_size, "member of a ZIP archive")


def zip_names(stream: BinaryIO) -> frozenset[str]:
    """Names of the members of a ZIP archive, the stream left at its start; empty when its directory is broken."""
    try:
        with open_zip(stream, Origin("", "", None)) as archive:
            return frozenset(archive.namelist())
    except DocumentError:
        return frozenset()
    finally:
        stream.seek(0)


def count_members(stream: BinaryIO) -> int:
    """How many documents an archive is about to give, each member taken for one."""
    try:
        with open_zip(stream, Origin("", "", None)) as archive:
            return max(1, sum(not info.is_dir() for info in archive.infolist()))
    except DocumentError:
        return 1


class _Counted:
    """A stream for gzip that tells how many bytes were taken from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.given = 0

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        self.given += len(piece)
        return piece


def _is_report(info: ZipInfo, suffixes: Collection[str]) -> bool:
    """Whether a member is worth reading: no folder, nothing hidden, none of the notes that macOS leaves."""
    path = PurePosixPath(info.filename)
    parts = path.parts
    if path.suffix and path.suffix.lower() not in suffixes:
        return False
    return (
        not info.is_dir()
        and bool(parts)
        and not any(p.startswith((".", "__MACOSX")) and not p.startswith("..") for p in parts)
    )


def _leads_out(name: str) -> bool:
    """Whether a member's name is absolute or climbs out of the folder it would be unpacked into."""
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or not parts[0] or parts[0].endswith(":")


def _check_directory(stream: BinaryIO, origin: Origin) -> None:
    """Raise DocumentError when the directory of an archive is too big to be read into memory."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _COMMENT))
    tail = stream.read(_COMMENT)
    stream.seek(0)
    for signature, record in ((_END, _END_SIZE), (_END64, _END64_SIZE)):
        at = tail.rfind(signature)
        if 0 <= at <= len(tail) - record.size:
            (directory,) = record.unpack_from(tail, at)
            if directory > _DIRECTORY and directory != 0xFFFFFFFF:
                found = f"is a ZIP archive with a directory of {directory:,} bytes"
                raise DocumentError(origin.name, found, "unpack it and give the folder")
