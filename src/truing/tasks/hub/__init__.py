"""Hub: declared data sets, loading of their splits and conversion of their rows."""

from truing.tasks.hub._load import load_split
from truing.tasks.hub._rows import HubRow, columns_of, read_row, text_at
from truing.tasks.hub._sets import SETS, HubSet

__all__ = ["SETS", "HubRow", "HubSet", "columns_of", "load_split", "read_row", "text_at"]
