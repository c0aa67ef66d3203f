"""The page on which a person judges."""

from truing.server.judge._routes import judge_pages

__all__ = ["judge_pages"]
