"""Size of a checkout: files, lines, long functions, untyped dictionaries, words to avoid.

python -m tests.size [CHECKOUT]
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from statistics import median

from tests.test_language import ROOT, relapses

LONG = 60  # lines


def functions(path: Path) -> list[tuple[int, str]]:
    """Length in lines and name of each function of a file."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    nodes = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds))
    return [((node.end_lineno or 0) - node.lineno + 1, node.name) for node in nodes]


def sizes(root: Path) -> dict[str, str]:
    """The numbers of a checkout by what they count."""
    files = sorted((root / "src").rglob("*.py"))
    source = [path.read_text() for path in files]
    lengths = sorted((length for path in files for length in functions(path)), reverse=True)
    longest = ", ".join(f"{name} {length}" for length, name in lengths[:5])
    return {
        "files in src": f"{len(files):,}",
        "lines in src": f"{sum(text.count(chr(10)) for text in source):,}",
        "longest file": f"{max(text.count(chr(10)) for text in source)} lines",
        "functions": f"{len(lengths):,}, median {median(n for n, _ in lengths):.0f} lines",
        f"functions over {LONG} lines": str(sum(length > LONG for length, _ in lengths)),
        "longest functions": longest,
        "dict[str, Any]": str(sum(text.count("dict[str, Any]") for text in source)),
        "words to avoid in src": str(sum(len(relapses(path)) for path in files)),
    }


if __name__ == "__main__":
    checkout = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    for name, number in sizes(checkout).items():
        print(f"{name:28}{number}")
