"""Given functions: what their identity covers, and what their pickle carries."""

from __future__ import annotations

import sys
import textwrap
from functools import partial

import numpy as np
import pytest

from truing.closure import TRUING, files_used
from truing.errors import UserError
from truing.failure import failure_line
from truing.functions import keep_function, load_function
from truing.given import USES, find
from truing.sources import object_digest

SCRIPT = """
import functools
import numpy as np

SHARE = 0.25
TABLE = np.arange(3.0)

class Mixer:
    def mix(self, one, other):
        return SHARE * one + deep(other)

def deep(x):
    return x * 0.5 if x is not None else deep(0.0)

@functools.cache
def cached(n):
    return n + 1

RULES = {"deep": deep, "last": lambda x: x + cached(2)}

def smooth(weak, belief, progress, extra=1.0):
    from truing.methods import harden
    return Mixer().mix(weak, RULES["last"](belief)) + TABLE[0] * extra, harden(weak)[:, 0]
"""


def defined(text: str, name: str = "smooth", file: str = "<stdin>"):
    """What a script defines; Python does not know the source text if the file does not exist."""
    namespace = {"__name__": "__main__"}
    exec(compile(text, file, "exec"), namespace)
    return namespace[name]


def specification(text: str, **options) -> str:
    return keep_function(defined(text, **options))


def test_the_same_text_has_the_same_identity_wherever_it_stands():
    assert specification(SCRIPT) == specification(SCRIPT)
    assert specification(f"import os\nOTHER = 3\n\ndef other(): ...\n{SCRIPT}") == specification(
        SCRIPT
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("extra=1.0", "extra=2.0"),  # a default
        ("+ TABLE[0]", "- TABLE[0]"),  # the code
        ("SHARE = 0.25", "SHARE = 0.5"),  # a value that a method of a class uses
        ("np.arange(3.0)", "np.arange(4.0)"),  # an array
        ("SHARE * one", "one * SHARE"),  # a method of a class
        ("x * 0.5", "x * 0.6"),  # a function that a function in a dict uses
        ("x + cached", "x - cached"),  # a lambda function
        ("n + 1", "n + 2"),  # a cached function
        ("import harden", "import uniform as harden"),  # an import inside the function
    ],
)
def test_a_change_of_anything_that_the_function_uses_changes_its_identity(before, after):
    assert before in SCRIPT
    assert specification(SCRIPT.replace(before, after)) != specification(SCRIPT)


def test_a_file_and_a_comment_do_not_count(tmp_path):
    found = [find(specification(SCRIPT))]
    for name, text in (("a.py", SCRIPT), ("b.py", SCRIPT + "    # note\n")):
        (tmp_path / name).write_text(text)
        found.append(find(specification(text, file=str(tmp_path / name))))
    assert len({one.digest for one in found}) == 1
    assert len({object_digest(one) for one in found}) == 1
    assert "# note" in found[2].files[".py"].decode()


def test_the_fields_of_a_class_count():
    text = """
import dataclasses
@dataclasses.dataclass
class Rule:
    share: float
    extra: list = dataclasses.field(default_factory=list)
def smooth(x): return Rule(x)
"""
    assert specification(text) == specification(text)
    for changed in (
        text.replace("default_factory=list", "default_factory=tuple"),
        text.replace("share: float", "share: int"),
    ):
        assert specification(text) != specification(changed)


def closure(share):
    def smooth(weak, belief, progress):
        return share * weak, None

    return smooth


def test_values_of_a_closure_and_arguments_of_a_partial_function_count():
    assert keep_function(closure(0.2)) == keep_function(closure(0.2)) != keep_function(closure(0.3))
    rule = closure(0.2)
    assert keep_function(partial(rule, progress=0.5)) != keep_function(partial(rule, progress=0.6))
    assert keep_function(partial(rule, progress=0.5)).startswith("smooth-progress-0.5@")


def test_the_copy_computes_the_same():
    original = defined(SCRIPT)
    copy = load_function(find(keep_function(original)))
    weak, belief = np.eye(2), np.full((2, 2), 0.5)
    for one, other in zip(copy(weak, belief, 0.0), original(weak, belief, 0.0), strict=True):
        assert np.array_equal(one, other)


def test_the_source_text_is_kept_with_all_that_the_function_uses(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    kept = find(specification(SCRIPT, file=str(tmp_path / "script.py")))
    text = kept.files[".py"].decode()
    assert "SHARE = 0.25\n" in text
    assert text.index("def deep(x):") < text.index("def smooth(weak, belief, progress, extra=1.0):")
    assert TRUING / "methods" / "_method.py" in files_used(kept.files[USES])


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT,
        "import truing\ndef smooth(x): return truing.methods.uniform(x)",
        "from truing.methods import uniform\ndef smooth(x): return uniform(x)",
    ],
)
def test_code_of_truing_counts_without_a_source_text(text):
    kept = find(specification(text))
    assert "Python has not stored its source text" in kept.files[".py"].decode()
    assert TRUING / "methods" / "_method.py" in files_used(kept.files[USES])
    assert object_digest(kept) != kept.digest


MODULE = """
from local_part import part

def helper(x):
    return x + part
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Two local modules beside a script."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "local_helper.py").write_text(MODULE)
    (tmp_path / "local_part.py").write_text("part = 1\n")
    yield tmp_path
    forget_modules()


def forget_modules():
    for name in ("local_helper", "local_part"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    "text",
    [
        "import local_helper\ndef smooth(x): return local_helper.helper(x)",
        "from local_helper import helper\ndef smooth(x): return helper(x)",
    ],
)
def test_local_modules_count_and_travel_with_the_function(module, text):
    first = specification(text)
    kept = find(first)
    forget_modules()
    (module / "local_part.py").write_text("part = 23\n")
    assert specification(text) != first
    forget_modules()
    for name in ("local_helper.py", "local_part.py"):
        (module / name).unlink()
    assert load_function(kept)(1) == 2


def test_a_value_that_cannot_be_sent_is_named():
    text = "import threading\nlock = threading.Lock()\ndef smooth(x):\n    with lock: return x"
    with pytest.raises(UserError, match=r"the function smooth cannot be sent .* uses 'lock'"):
        specification(text)


def test_the_line_that_failed_is_shown_also_where_the_file_is_missing(tmp_path):
    file = tmp_path / "cell.py"
    text = textwrap.dedent("""
        def helper(x):
            return {}[x]

        def smooth(x):
            return helper(x)
    """)
    file.write_text(text)
    kept = find(specification(text, file=str(file)))
    with pytest.raises(KeyError) as failed:
        load_function(kept)("a")
    assert failure_line(failed.value) == "KeyError: 'a' (in helper, line 3: return {}[x])"
