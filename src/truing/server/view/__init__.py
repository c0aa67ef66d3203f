"""View: the dashboard of the runs below some folders, which only reads."""

from truing.server.view._index import Index
from truing.server.view._routes import view_pages

__all__ = ["Index", "view_pages"]
