"""Page of a bundle: one HTML file without scripts, requests or files from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from truing.measures import Estimate
from truing.research._evaluation import TIERS, Gain
from truing.research.bundle._board import Board, Row
from truing.research.bundle._chart import gain_marks
from truing.research.bundle._layout import (
    ENTRIES,
    ENVIRONMENT,
    MANIFEST,
    REVEALED,
    VERDICTS,
    card_path,
    receipt_path,
)
from truing.research.gate import FEWEST_METHODS

LONGEST = 300  # characters of an untrusted text on the page; the cards contain all of it
TEMPLATES = "truing.research.bundle"


def board_html(board: Board) -> bytes:
    """The page of a board. All texts are escaped."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    template = _environment().get_template("board.html")
    made = template.render(
        board=board,
        style=style,
        policy=policy,
        tiers=TIERS,
        fewest_methods=FEWEST_METHODS,
        files={"entries": ENTRIES, "environment": ENVIRONMENT, "manifest": MANIFEST}
        | {"verdicts": VERDICTS, "secret": REVEALED},
    )
    return made.encode("utf-8")


def shown(text: object, most: int = LONGEST) -> str:
    """A text of a researcher for the page: cut, and with visible escapes of invisible characters.

    Such characters could reverse the direction of the text around them, or hide a part of it.
    """
    given = str(text)
    cut = given if len(given) <= most else f"{given[:most]}..."
    return "".join(
        one if one.isprintable() else " " if one.isspace() else f"\\u{ord(one):04x}" for one in cut
    )


def small(p: float) -> str:
    """A p-value: `p 0.012`, or `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p {p:.2g}"


def estimate(value: Estimate) -> str:
    """A value with its interval, if it has one: `0.210 [0.150, 0.280]`."""
    if value.value is None:
        return "undefined"
    if value.low is None or value.high is None:
        return f"{value.value:.3f}"
    return f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"


def method_of(row: Row) -> str:
    """The method in a few words: a composition, or the kind of the submission and its claim."""
    submission = row.submitted.submission
    if submission.kind == "composition":
        return submission.content
    return f"{submission.kind}: {submission.card.claim}"


def linked(path: str) -> str:
    """A path of the bundle as a relative link."""
    return quote(path)


@cache
def _style() -> str:
    place = files(TEMPLATES).joinpath("templates/board.css")
    return f"\n{place.read_text(encoding='utf-8')}"


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "shown": shown,
        "small": small,
        "estimate": estimate,
        "method": method_of,
        "linked": linked,
        "style": Markup,
        "card": card_path,
        "receipt": receipt_path,
        "marks": lambda rows: gain_marks(_tier_gains(rows)),
    }
    return made


def _tier_gains(rows: Sequence[Row]) -> list[tuple[str, str, Gain]]:
    """(number, tier and task, gain) of the finalists."""
    return [
        (str(row.number), f"{label}: {shown(gain.task, 40)}", gain)
        for row in rows
        for tier, label in TIERS.items()
        for gain in row.gains(tier)
    ]
