"""Templates, with all values escaped, and the static files that they load."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from truing.report.page import breakable

HERE = Path(__file__).parent
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A rendered template; values are escaped, so that they are never markup."""
    return HTMLResponse(TEMPLATES.get_template(name).render(values), status)


@cache
def static(name: str) -> str:
    """Address of a static file; it contains a digest of the content."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


class Files(StaticFiles):
    """Static files, which browsers may cache: the address changes with the content."""

    def __init__(self) -> None:
        super().__init__(directory=HERE / "static")

    async def get_response(self, path: str, scope: Scope) -> Any:
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "max-age=31536000, immutable"
        return answer


TEMPLATES.globals["static"] = static
TEMPLATES.filters["broken"] = breakable
