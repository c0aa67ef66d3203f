"""Outside-reads check: does the code try to read something besides the files of its run?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from truing.research.audit._case import AuditCase
from truing.research.audit._check import Check, Outcome
from truing.research.audit._source import python_trees, texts_of_code
from truing.stress.monitors import EVASIVE

PROCESSES = {"subprocess", "pty", "popen2", "ctypes", "cffi", "runpy", "code"}
NETWORK = {"socket", "ssl", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib"}
TESTS = {"pytest", "unittest", "doctest", "nose"}
INTROSPECTION = {"inspect", "gc", "traceback", "pwd", "getpass", "platform"}
DATA = {"datasets", "torchvision", "openml", "keras", "tensorflow_datasets"}
MODULES = {
    **dict.fromkeys(PROCESSES, "starts other programs"),
    **dict.fromkeys(NETWORK, "uses the network"),
    **dict.fromkeys(TESTS, "runs tests"),
    **dict.fromkeys(INTROSPECTION, "looks at where it runs"),
    **dict.fromkeys(DATA, "loads data sets"),
}
ATTRIBUTES = {
    "__builtins__", "__code__", "__globals__", "__subclasses__", "_getframe", "environ", "execv",
    "execve", "f_back", "fork", "gethostname", "getenv", "getlogin", "import_module", "kill",
    "popen", "spawnv", "system", "uname", "urandom", "walk_stack",
}  # fmt: skip
PATH = re.compile(r"^(?:~|\.\.)?/+[\w.]|(?:^|/)\.\.(?:/|$)|^tests?/|\btest_\w+\.py$")
REFUSED = re.compile(
    # with a name: libraries also use refused calls without one, such as pipes of thread pools
    r"(?:PermissionError|Operation not permitted)[^\n]*['\"/][^\n]*|Network is unreachable[^\n]*|"
    r"[Nn]ame resolution[^\n]*|ConnectionRefusedError[^\n]*"
)


def outside_reads(case: AuditCase) -> Outcome:
    """Look for code that reaches outside its run, and for refusals that the runs printed."""
    assert case.folder is not None, "the check is for submissions with code"
    found = [
        f"{name}:{node.lineno} {why}"
        for name, tree in python_trees(case.folder).items()
        for node, why in _reaches(tree, set(case.folder.files))
    ]
    for one in case.tasks:
        run = one.rerun("usual")
        found += [f"refused: {line}" for line in REFUSED.findall(run.output + run.detail)[:2]]
    places = "; ".join(dict.fromkeys(found))
    evidence = f"{len(found)} places: {places}" if found else "no place found"
    return Outcome(evidence, float(len(found)), 0.0, hit=bool(found))


def _reaches(tree: ast.Module, own: set[str]) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    """Statements and expressions that reach outside, with the reason."""
    only_set = set(_only_set(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node, why) for one in names if (why := _module(one.name)))
            case ast.ImportFrom(module=str(module), names=names, level=0):
                whole = [f"{module}.{one.name}" for one in names]
                if why := _module(module) or next(filter(None, map(_module, whole)), ""):
                    yield node, why
            case ast.Name(id=name, ctx=ast.Load()) if name in EVASIVE:
                yield node, f"uses {name}"
            case ast.Attribute(attr=name) if name in ATTRIBUTES and id(node) not in only_set:
                yield node, f"uses {name}"
            case ast.Attribute(attr=name) if re.match(r"(load|fetch)_(?!npy)\w+$", name):
                if "datasets" in ast.unparse(node.value):
                    yield node, f"loads data sets: {name}"
    for text, value in texts_of_code(tree):
        if PATH.search(value) and value not in own:
            yield text, f"names the path {value[:80]!r}"


def _module(name: str) -> str:
    """Reason why importing a module reaches outside; empty if it does not."""
    first = name.partition(".")[0]
    if first == "truing" and name != "truing" and not name.startswith("truing.pipeline"):
        return f"imports {name}"
    if re.match(r"sklearn\.datasets\.(load|fetch)_", name):
        return f"loads data sets: {name}"
    return f"imports {name}, which {MODULES[first]}" if first in MODULES else ""


def _only_set(tree: ast.Module) -> Iterator[int]:
    """Identities of `os.environ` where a variable is only set, such as a number of threads."""
    for one in ast.walk(tree):
        match one:
            case ast.Subscript(value=ast.Attribute(attr="environ") as node, ctx=ast.Store()):
                yield id(node)


OUTSIDE = Check(
    "outside-reads",
    "rule",
    "Does the code try to read files, programs, networks or settings outside its run?",
    "The code can learn something that the contract does not give it, such as answers, tests, or "
    "where it runs. Reading a setting for a harmless purpose has the same effect.",
    of_code=outside_reads,
)
