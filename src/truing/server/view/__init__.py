"""The dashboard of the runs below some folders; it reads run folders and writes nothing."""

from truing.server.view._index import Index
from truing.server.view._routes import view_pages

__all__ = ["Index", "view_pages"]
