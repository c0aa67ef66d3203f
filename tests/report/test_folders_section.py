"""The code of folders in the report: escaped, cut, and with every character visible."""

from __future__ import annotations

from dataclasses import fields

import pytest

from truing.report.page._folders_section import MOST_TEXT, folders, folders_section
from truing.report.page._page import Page, page_html
from truing.research import ReportedFinalist
from truing.research.folders import FrozenFolder

EVIL = "x = 1  # \u202e<script>alert(1)</script>\r\0\ud800\n\ty = 2\n"


def finalist(files: dict[str, str]) -> ReportedFinalist:
    given = dict.fromkeys((one.name for one in fields(ReportedFinalist)), "")
    return ReportedFinalist(**{**given, "researcher": "ada", "kind": "folder", "files": files})


class Report:
    def __init__(self, *found):
        self.finalists, self.researchers = found, {"ada": 1}


def html(*found: ReportedFinalist) -> str:
    section = folders_section(folders({"referee": Report(*found)}))
    return page_html(Page("Research", (), (), None, (), (), (section,)))


def test_code_is_escaped_and_hidden_characters_are_shown():
    page = html(finalist({"run.py": EVIL}))
    page.encode()
    assert "<script>" not in page
    assert "\\u202e&lt;script&gt;alert(1)&lt;/script&gt;\\u000d\\u0000\\ud800\n\ty = 2" in page
    assert FrozenFolder({"run.py": EVIL}).digest[:12] in page


def test_long_folders_are_cut_and_begin_with_the_program():
    files = {f"a/{n}.py": "#" * 9000 for n in range(5)} | {"run.py": "print('first')"}
    page = html(finalist(files))
    assert "1. ada: run.py, a/0.py, a/1.py and 3 more files (digest" in page
    assert page.count("#" * 1000) <= MOST_TEXT / 1000
    hidden = 5 * 9000 + len("print('first')") - MOST_TEXT
    assert f"Not shown: {hidden:,} characters; the ledger contains all files." in page


@pytest.mark.parametrize("files", [{}, {"run.py": ""}])
def test_other_methods_have_no_code(files):
    assert len(folders({"referee": Report(finalist(files))})) == bool(files)
