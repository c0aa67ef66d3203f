"""Page: the description of the server as HTML without scripts and external resources."""

from __future__ import annotations

import json
from html import escape
from typing import Any

# The browser blocks scripts and external resources, even if a later page contains them.
CLOSED = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}pre{overflow:auto}"
)


def write_page(openapi: dict[str, Any]) -> str:
    """The HTML page of an OpenAPI description."""
    info = openapi["info"]
    title = escape(info["title"])
    parts = [
        _operation(verb, path, described)
        for path, verbs in openapi["paths"].items()
        for verb, described in verbs.items()
    ]
    schemas = openapi.get("components", {}).get("schemas", {})
    parts += [f"<h2>{escape(name)}</h2>{_json(one)}" for name, one in schemas.items()]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style><h1>{title}</h1><pre>{escape(info.get('description', ''))}</pre>"
        f'<p>For programs: <a href="/openapi.json">/openapi.json</a></p>{"".join(parts)}</html>'
    )


def _operation(verb: str, path: str, described: dict[str, Any]) -> str:
    asked = {name: described[name] for name in ("parameters", "requestBody") if name in described}
    responses = described["responses"].items()
    statuses = ", ".join(f"{code} {one['description']}" for code, one in responses)
    return (
        f"<h2><code>{verb.upper()} {escape(path)}</code></h2>"
        f"<p>{escape(described.get('description', ''))}</p><p>Answers: {escape(statuses)}</p>"
        f"{_json(asked) if asked else ''}"
    )


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2))}</pre>"
