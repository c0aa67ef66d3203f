"""The chart of a study: transfer between weak and ceiling, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from truing.studies import Row

# Okabe and Ito's palette, safe for colour-blind readers.
WEAK, CEILING, TRANSFER = "#E69F00", "#009E73", "#0072B2"


def draw(rows: Sequence[Row]) -> tuple[str, str]:
    """The chart as SVG, and as one HTML page that needs no network.

    One panel for each task, supervisor and student: a line from the weak supervisor's accuracy to
    the ceiling's, and every method's transfer on it with its 95% interval.
    """
    import vl_convert

    specification = chart(rows).to_dict()
    svg = vl_convert.vegalite_to_svg(specification)
    html = vl_convert.vegalite_to_html(specification, bundle=True)
    title = "<title>truing: weak-to-strong transfer</title>"
    return svg, html.replace("<head>", f'<head>\n<meta charset="utf-8">{title}', 1)


def chart(rows: Sequence[Row]) -> Any:
    """The same as an Altair chart, to be styled further."""
    import altair as alt

    panels: dict[str, list[Row]] = {}
    for row in rows:
        panels.setdefault(_panel(row), []).append(row)
    drawn = [_draw_panel(alt, name, held) for name, held in panels.items()]
    title = alt.TitleParams(
        "Transfer between weak supervisor and ceiling",
        subtitle="Accuracy on the test items; lines are 95% intervals over seeds and items. "
        "PGR = (transfer - weak) / (ceiling - weak).",
        anchor="start",
    )
    whole = alt.concat(*drawn, columns=2, title=title).configure_view(stroke=None)
    return whole.configure(background="white").configure_axis(labelLimit=240)


def _panel(row: Row) -> str:
    simulated = " (simulated)" if row.simulated else ""
    return f"{row.task}: {row.weak}{simulated} supervises {row.strong}"


def _draw_panel(alt: Any, name: str, rows: Sequence[Row]) -> Any:
    shown = [row for row in rows if row.pgr is None or row.pgr > -1.5]
    dropped = [row.method for row in rows if row not in shown]
    data = alt.Data(values=[_values(row) for row in shown])
    methods = [row.method for row in shown]
    x = alt.X("low:Q", title="accuracy", scale=alt.Scale(zero=False, nice=True))
    y = alt.Y("method:N", title=None, sort=methods)
    base = alt.Chart(data)
    marks = base.mark_tick(thickness=3, size=18)
    ends = alt.Color(
        "role:N",
        scale=alt.Scale(
            domain=["weak supervisor", "transfer", "ceiling"], range=[WEAK, TRANSFER, CEILING]
        ),
        legend=alt.Legend(title=None, orient="bottom"),
    )
    layers = [
        base.mark_rule(color="#bbbbbb").encode(x=alt.X("weak:Q", title="accuracy",
                scale=alt.Scale(zero=False)), x2="ceiling:Q", y=y),
        *[
            marks.transform_calculate(role=f"'{role}'").encode(x=f"{field}:Q", y=y, color=ends)
            for role, field in (("weak supervisor", "weak"), ("ceiling", "ceiling"))
        ],
        base.transform_calculate(role="'transfer'").mark_rule(strokeWidth=2.5).encode(
            x=x, x2="high:Q", y=y, color=ends),
        base.transform_calculate(role="'transfer'").mark_point(filled=True, size=70, opacity=1)
        .encode(x="transfer:Q", y=y, color=ends, tooltip=_tooltip(alt)),
        base.mark_text(align="left", dx=6, dy=-9, fontSize=10, color="#333333").encode(
            x="transfer:Q", y=y, text="label:N"),
    ]  # fmt: skip
    subtitle = f"not shown, PGR below -1.5: {', '.join(dropped)}" if dropped else ""
    title = alt.TitleParams(name, subtitle=subtitle, anchor="start", fontSize=12)
    return alt.layer(*layers, title=title).properties(width=360, height=alt.Step(30))


def _values(row: Row) -> dict[str, Any]:
    return {
        "method": row.method,
        "weak": row.weak_accuracy,
        "ceiling": row.ceiling_accuracy,
        "transfer": row.transfer_accuracy,
        "low": row.transfer_low,
        "high": row.transfer_high,
        "pgr": interval_text(row.pgr, row.pgr_low, row.pgr_high),
        "label": "PGR undefined" if row.pgr is None else f"PGR {row.pgr:.2f}",
        "note": row.note,
    }


def _tooltip(alt: Any) -> list[Any]:
    fields = ("weak", "transfer", "ceiling")
    return [
        alt.Tooltip("method:N"),
        *[alt.Tooltip(f"{field}:Q", format=".4f") for field in fields],
        alt.Tooltip("pgr:N", title="PGR [95%]"),
        alt.Tooltip("note:N"),
    ]


def interval_text(value: float | None, low: float | None, high: float | None) -> str:
    """A figure with its interval, or that there is none: `0.42 [0.31, 0.55]`."""
    if value is None:
        return "undefined"
    ends = ["-inf" if low is None else f"{low:.2f}", "inf" if high is None else f"{high:.2f}"]
    return f"{value:.2f} [{ends[0]}, {ends[1]}]"
