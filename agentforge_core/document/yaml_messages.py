"""What ruamel.yaml's syntax errors mean, in plain words.

The parts of messages are those of ruamel.yaml 0.18 and 0.19 (scanner.py, parser.py); one that is not
listed is shown as it is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """A syntax error in words.

    Attributes:
        message: what is wrong; `{opened}` stands for the line where the unfinished value starts.
        hint: what would help.
        at_start: whether the place to mend is the start of the unfinished value.
    """

    message: str
    hint: str | None = None
    at_start: bool = False


_QUOTES = "put the whole text in quotes"
_BLANKS = Meaning("a tab where YAML wants blanks", "indent with blanks")
_TAG = Meaning("a tag of unknown meaning", "a document is plain data; remove the tag")

_KNOWN: tuple[tuple[str, Meaning], ...] = (
    (
        "mapping values are not allowed here",
        Meaning(
            "a colon that makes a second key here, or a key at a wrong indentation",
            "write `key: value`, and put a text that contains a colon and a blank in quotes",
        ),
    ),
    ("found character '\\t' that cannot", _BLANKS),
    ("that cannot start any token", Meaning("a text cannot start with this character", _QUOTES)),
    (
        "found unexpected end of stream while scanning a quoted",
        Meaning("the quotes opened here are never closed", at_start=True),
    ),
    (
        "found unexpected document separator while scanning a quoted",
        Meaning("the quotes opened here are never closed", at_start=True),
    ),
    ("expected ',' or ']'", Meaning("the list opened in line {opened} needs a comma or ] here")),
    ("expected ',' or '}'", Meaning("the mapping opened in line {opened} needs a comma or } here", _QUOTES)),
    ("expected <block end>, but found '<scalar>'", Meaning("text after the end of a value", _QUOTES)),
    (
        "expected <block end>",
        Meaning(
            "this line fits no line above it", "check its indentation, and whether `- ` or a key is missing"
        ),
    ),
    ("could not find expected ':'", Meaning("a key without a colon", "write key: value")),
    ("found unknown escape character", Meaning("an unknown \\ escape in double quotes", "use single quotes")),
    ("undefined tag handle", _TAG),
    ("while scanning an alias", Meaning("the name of an alias is missing after *", _QUOTES)),
    ("while scanning an anchor", Meaning("the name of an anchor is missing after &", _QUOTES)),
    ("found '<stream end>'", Meaning("the document ends too early", "close what is open")),
    ("expected the node content", Meaning("a value is missing here")),
    ("expected '<document start>'", Meaning("this stands outside of the document", "check the indentation")),
)


def explain(context: str | None, problem: str | None) -> Meaning:
    """The meaning of what ruamel.yaml says it met (`problem`) while doing something (`context`)."""
    said = " ".join(" ".join(part.split()) for part in (problem, context) if part)
    for part, meaning in _KNOWN:
        if part in said:
            return meaning
    return Meaning(said or "it cannot be read")
