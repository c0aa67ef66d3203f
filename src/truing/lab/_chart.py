"""Chart: a drawing of a result that notebooks display and that can be saved."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from truing.errors import UnknownNameError, UserError, unwritable
from truing.report import Drawing, image_source
from truing.studies import write_whole


@dataclass(frozen=True, repr=False)
class Chart:
    """A chart of a result. In a notebook, the last line of a cell displays it.

    Attributes:
        drawing: title, caption and subplots; a subplot has its Vega-Lite specification as `chart`.

    Examples:
        >>> import truing
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> chart = truing.run(study).plot()
        >>> chart
        Chart('pgr')
        >>> chart.save("pgr.svg").name
        'pgr.svg'
    """

    drawing: Drawing

    @classmethod
    def among(cls, drawings: Sequence[Drawing], name: str | None) -> Chart:
        """The chart with a name, or the first of several.

        Raises:
            UnknownNameError: there is no such chart.
            UserError: there is no chart at all.
        """
        if not drawings:
            raise UserError("this result has no chart, because it has no value with an interval")
        known = {one.name: one for one in drawings}
        if name is not None and name not in known:
            raise UnknownNameError("chart", name, known)
        return cls(known[name] if name else drawings[0])

    def save(self, path: Path | str) -> Path:
        """Write the chart as a file and return its path. The ending determines the format.

        Args:
            path: a file that ends in `.svg`, `.png` or `.pdf`, or in `.csv` for the drawn values.

        Raises:
            UserError: the ending is unknown.
            StorageError: the file cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() not in WRITERS:
            raise UserError(
                f"unknown ending of a chart {path.name!r}; allowed: {', '.join(WRITERS)}"
            )
        content = WRITERS[path.suffix.lower()](self.drawing)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        except OSError as error:
            raise unwritable(f"the chart {path}", error, "choose another path") from error
        return path

    def _repr_html_(self) -> str:
        text = html.escape(f"{self.drawing.title}. {self.drawing.reading}", quote=True)
        style = "max-width:100%;background:#fff"
        return f'<img src="{image_source(self.drawing)}" alt="{text}" style="{style}">'

    def __repr__(self) -> str:
        return f"Chart({self.drawing.name!r})"


def _png(drawing: Drawing) -> bytes:
    import vl_convert

    return bytes(vl_convert.svg_to_png(drawing.svg, scale=2))


def _pdf(drawing: Drawing) -> bytes:
    import vl_convert

    return bytes(vl_convert.svg_to_pdf(drawing.svg))


WRITERS: dict[str, Callable[[Drawing], bytes]] = {
    ".svg": lambda drawing: drawing.svg.encode(),
    ".png": _png,
    ".pdf": _pdf,
    ".csv": lambda drawing: drawing.csv.encode(),
}
