"""Section of a study's report on results under shift: certificates, chart and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truing.report._certificate import (
    ceiling_text,
    certificate_lines,
    compared_rows,
    domain_means,
    drop_text,
    places,
    remarks,
    shift_notes,
    with_shift,
)
from truing.report._texts import by_pair, interval_text, metric_text, signed_text
from truing.report.page._page import Section, Table
from truing.report.page._shift_chart import draw_domains
from truing.studies import Row
from truing.wording import counted

ROLES = ("transfer", "weak", "ceiling")


def shift_section(rows: Sequence[Row], drawn: bool) -> Section:
    """Certificates, chart, and tables of PGR and accuracies by domain.

    Args:
        rows: the rows of a study, some of which have results under shift.
        drawn: the page shows the chart already, above the sections.
    """
    shifted = with_shift(rows)
    return Section(
        "shift",
        "Under shift",
        tuple(shift_notes(rows)),
        drawings=() if drawn else (draw_domains(rows),),
        points=tuple(f"{line}." for line in certificate_lines(rows)),
        tables=(shift_table(rows), _accuracies(shifted)),
    )


def shift_table(rows: Sequence[Row]) -> Table:
    """PGR, drop and difference from naive of each method, at home and in each domain."""
    compared = compared_rows(rows)
    more = ("#difference from naive", "verdict") if compared else ()
    columns = ("method", "domain", "#PGR", "#drop", *more)
    lines: list[tuple[str, ...]] = []
    for name, group in by_pair(with_shift(rows)).items():
        lines.append((name,))
        lines += [line[: len(columns)] for row in group for line in _by_domain(row)]
    note = ceiling_text(rows)
    if compared:
        note += (
            f" Difference: {metric_text(rows)} minus that of naive training on the same seeds and "
            f"items. Verdicts are Holm-corrected over {counted(len(compared), 'comparison')}, at "
            "home and in domains."
        )
    caption = "PGR at home and in each domain, with 95% intervals"
    return Table(caption, columns, tuple(lines), note)


def _by_domain(row: Row) -> Iterator[tuple[str, ...]]:
    for name, one, drop in places(row):
        found = one.difference
        compared = (signed_text(found), found.verdict) if found else ("", "")
        yield (row.method, name, interval_text(one.recovered), drop_text(drop), *compared)
    for name, mean in domain_means(row):
        yield (row.method, name, interval_text(mean), "", "", "")


def _accuracies(rows: Sequence[Row]) -> Table:
    """Accuracies of student, supervisor and ceiling, at home and in each domain."""
    lines: list[tuple[str, ...]] = []
    for name, group in by_pair(rows).items():
        lines.append((name,))
        for row in group:
            for place, one, _ in places(row):
                scores = [interval_text(one.score(role), 3) for role in ROLES]
                lines.append((row.method, place, *scores, one.ceiling, f"{one.n_test:,}"))
    columns = ("method", "domain", "#transfer", "#weak supervisor", "#ceiling")
    return Table(
        f"{metric_text(rows, starts=True)} at home and in each domain, with 95% intervals",
        (*columns, "ceiling trained", "#test items"),
        tuple(lines),
        " ".join(f"{note}." for note in remarks(rows)),
    )
