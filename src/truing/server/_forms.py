"""Fields of a form that a page sent."""

from __future__ import annotations

from urllib.parse import parse_qs


def form_fields(body: bytes) -> dict[str, str]:
    """Fields of a form, the first of each name."""
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
    return {name: values[0] for name, values in fields.items()}
