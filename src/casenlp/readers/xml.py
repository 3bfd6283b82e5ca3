"""XML of any size, element by element: no network, no DTD, no entity of its own, bounded depth and memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from casenlp.errors import DocumentError
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.streams import whole

_PIECE = 2**16
#: Bytes of markup that one document may have at least; in memory they are up to thirty times as many.
_MARKUP = 16 * 2**20
#: Figures and signs as the characters that stand for them raised.
SUPERSCRIPTS = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")


#: How XML is parsed: nothing is fetched, no entity is put in, no depth or size that markup of articles does not have.
_SAFE: Mapping[str, bool] = {
    "no_network": True,
    "resolve_entities": False,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def elements(stream: BinaryIO, origin: Origin, options: ReadOptions, *names: str) -> Iterator[Any]:
    """The elements of some names (in any namespace) in document order, each dropped when the next is asked for.

    DocumentError, with the line, when the XML is not well formed, nests more than 256 levels deep, or has more markup
    in one element than a document can have; elements before that place have been given by then.
    """
    from lxml import etree

    most = max(_MARKUP, 16 * options.max_chars)
    tags = [wanted for name in names for wanted in (name, f"{{*}}{name}")]
    parser = etree.XMLPullParser(events=("end",), tag=tags, **_SAFE)
    fed = 0
    broken: etree.XMLSyntaxError | None = None
    while not broken:
        piece = stream.read(_PIECE)
        try:
            parser.feed(piece) if piece else parser.close()
        except etree.XMLSyntaxError as error:
            broken = error
        fed += len(piece)
        for _, element in parser.read_events():
            fed = 0
            yield element
            _drop(element)
        if fed > most:
            found = f"has {fed:,} bytes of markup in one <{names[0]}>"
            raise DocumentError(origin.name, found, "split it, or raise the limit with --max-chars")
        if not piece:
            break
    if broken:
        raise _not_well_formed(broken, origin) from broken


def parsed(stream: BinaryIO, origin: Origin, most: int) -> Any:
    """The root element of a small piece of XML; DocumentError when it has more than `most` bytes or is malformed."""
    from lxml import etree

    try:
        return etree.fromstring(whole(stream, origin, most), etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error, origin) from error


def _not_well_formed(error: Exception, origin: Origin) -> DocumentError:
    said = " ".join(str(error).split()) or "empty"
    if "amplification" in said:
        found = "declares entities that grow without bound"
        return DocumentError(origin.name, found, "it is no article; get it from its publisher")
    return DocumentError(origin.name, f"is not well-formed XML ({said})", "fetch it again, or mend it at that place")


def words_of(element: Any) -> str:
    """All words in an element, with white space as in the file; figures in a superscript are superscript characters."""
    if element is None:
        return ""
    parts: list[str] = []
    _gather(element, parts)
    return "".join(parts)


def _gather(element: Any, parts: list[str]) -> None:
    """Depth is bounded by the parser."""
    if isinstance(element.tag, str):
        raised = local(element) == "sup"
        parts.append((element.text or "").translate(SUPERSCRIPTS) if raised else element.text or "")
        for child in element:
            _gather(child, parts)
            parts.append(child.tail or "")


def local(element: Any) -> str:
    """An element's name without its namespace."""
    name = element.tag
    if not isinstance(name, str):
        return ""
    return name.rpartition("}")[2] if name[0] == "{" else name


def child(element: Any, *path: str) -> Any:
    """The first descendant along a path of local names; None when there is none."""
    for name in path:
        if element is None:
            return None
        element = next(element.iterchildren(f"{{*}}{name}"), None)
    return element


def children(element: Any, name: str) -> Iterator[Any]:
    """The child elements of a local name."""
    return element.iterchildren(f"{{*}}{name}") if element is not None else iter(())


def path_of(element: Any) -> str:
    """The XPath from the root to an element."""
    return str(element.getroottree().getpath(element))


def path_within(element: Any, ancestor: Any) -> str:
    """The XPath from an ancestor to an element, beginning with a slash; empty for the ancestor itself."""
    tree = element.getroottree()
    path: str = tree.getpath(element)
    return path.removeprefix(tree.getpath(ancestor))


def _drop(element: Any) -> None:
    """Free an element and everything before it."""
    parent = element.getparent()
    element.clear()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]
