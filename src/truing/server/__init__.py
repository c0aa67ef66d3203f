"""Web pages that are served on this machine only. `make_app` guards all of them."""

from truing.server._app import make_app
from truing.server._guard import Guard
from truing.server._keys import Keys
from truing.server._pages import page, static
from truing.server._serve import hosts, serve

__all__ = ["Guard", "Keys", "hosts", "make_app", "page", "serve", "static"]
