"""Server-sent events, cut into JSON objects as they arrive.

Format: https://html.spec.whatwg.org/multipage/server-sent-events.html. Beyond it, a `data:` line that
is a JSON object by itself counts as an event at once: some servers leave the blank line out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json

DONE = b"[DONE]"
"""What OpenAI-compatible servers send as their last event."""


class EventDecoder:
    """Turns the bytes of one stream, cut anywhere, into its events."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self.is_done = False

    def feed(self, chunk: bytes) -> Iterator[Any]:
        """The events that `chunk` completes, as parsed JSON.

        Raises:
            ValueError: an event is not JSON.
        """
        lines = (self._rest + chunk).splitlines(keepends=True)
        self._rest = b""
        # A line without its end waits for the next chunk, and so does one whose CR may be half of CRLF.
        if lines and not lines[-1].endswith(b"\n"):
            self._rest = lines.pop()
        for line in lines:
            yield from self._line(line.rstrip(b"\r\n"))

    def finish(self) -> Iterator[Any]:
        """The event that the end of the stream completes, if there is one.

        Raises:
            ValueError: it is not JSON.
        """
        yield from self.feed(b"\n\n")

    def _line(self, line: bytes) -> Iterator[Any]:
        if self.is_done:
            return
        if not line:
            if self._data:
                data, self._data = b"\n".join(self._data), []
                yield from_json(data)
            return
        if not line.startswith(b"data:"):
            return
        data = line[5:].strip()
        if data == DONE:
            self.is_done = True
        elif self._data:
            self._data.append(data)
        elif data:
            event = _parsed(data)
            if event is None:
                self._data.append(data)
            else:
                yield event


def _parsed(data: bytes) -> Any:
    try:
        return from_json(data)
    except ValueError:
        return None
