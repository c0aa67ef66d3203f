r"""Specifications as text: `NAME[,ARGUMENT=VALUE ...]`. A comma inside a part is written `\,`.

`items\,old.jsonl,text=question` names the file `items,old.jsonl`. Only a backslash before a comma
is special. In a shell, put the whole specification in single quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

COMMA = re.compile(r"(?<!\\),")


def split_specification(specification: str) -> list[str]:
    r"""The name and the `argument=value` parts, without blanks around them; `\,` becomes `,`."""
    return [part.strip().replace("\\,", ",") for part in COMMA.split(specification)]


def join_specification(parts: Iterable[str]) -> str:
    r"""The specification that `split_specification` reads as these parts; `,` becomes `\,`."""
    return ",".join(part.replace(",", "\\,") for part in parts)
