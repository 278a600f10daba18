"""Where signatures go: beside their files by the maker's name, or where the person said."""

from __future__ import annotations

from signet.services.files_items import Target, Targets, place_of
from signet.services.signing_makers import Maker


class ResultPlaces:
    """The places of one batch; ``output`` is that of a single result, None for beside the file."""

    def __init__(self, targets: Targets, output: str | None) -> None:
        self._targets = targets
        self._output = output

    def claim(self, source: Target, maker: Maker) -> Target:
        """Take the place of one result; raise OutputExists, SourceUnsupported."""
        if self._output is not None:
            return self._targets.claim(place_of(self._output))
        return self._targets.choose(source, maker.output_name(source.name))
