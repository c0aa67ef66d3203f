"""Exports: trained models and weak labels of a study as folders for Hugging Face libraries."""

from truing.exports._chosen import Role, RowLike, find_study
from truing.exports._export import Exported, export_row

__all__ = ["Exported", "Role", "RowLike", "export_row", "find_study"]
