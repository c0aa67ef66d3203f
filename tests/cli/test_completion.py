"""Shell completion of commands, names, arguments, files and run folders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from truing.cli import _kinds


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An own cache folder of the user."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "truing" / "names.json"


@pytest.fixture
def complete(truing, cache, monkeypatch):
    """The values that a shell gets for a line whose last word is incomplete."""

    def call(line: str, shell: str = "bash") -> list[str]:
        monkeypatch.setenv("_TRUING_COMPLETE", f"{shell}_complete")
        words = line.split(" ")
        monkeypatch.setenv("COMP_LINE", line)
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words) - 1))
        code, out, _ = truing()
        assert code in (0, 1)
        return out.splitlines()

    return call


def plain(*values: str) -> list[str]:
    return [f"plain,{one}" for one in values]


def test_a_command_is_completed(complete):
    assert complete("truing re") == plain("research", "referee", "result", "report")
    assert complete("truing w2s --metho") == plain("--method")


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("truing w2s --method conf", ["confidence", "confident-filter", "confident-first"]),
        ("truing w2s --task digits-", ["digits-large", "digits-parity"]),
        ("truing w2s --weak pca", ["pca-"]),
        ("truing w2s --weak rec", ["recorded:"]),
        ("truing w2s --method confidence,", ["confidence,alpha_max=", "confidence,warmup="]),
        ("truing oversee --protocol deb", ["debate"]),
        ("truing judge --protocol deb", ["debate"]),
        ("truing oversee --task ca", ["cases"]),
        ("truing research --control no", ["none"]),
        ("truing game bis", ["bisection-debate"]),
        ("truing list prot", ["protocols"]),
        ("truing list methods nai", ["naive"]),
        ("truing w2s --adapter l", ["lora"]),
        ("truing w2s --strong sklearn/Gaus", ["sklearn/GaussianNB"]),
        ("truing w2s --strong hf/x,lora", ["hf/x,lora_rank="]),
        ("truing oversee --judge truing/j", ["truing/judge"]),
        (
            "truing oversee --judge truing/judge,",
            [f"truing/judge,{name}=" for name in ("budget", "skill", "bias", "lean")],
        ),
        ("truing oversee --debater anth", ["anthropic/"]),
        ("truing judge --agents truing/deb", ["truing/debater"]),
        ("truing oversee --role cri", ["critic="]),
        ("truing list stu", ["students"]),
    ],
)
def test_a_value_is_completed(complete, line, values):
    assert complete(line) == plain(*values)


def test_an_argument_that_is_used_is_not_proposed_again(complete):
    # Bash replaces the part after the last `=`, so the answer begins there.
    assert complete("truing w2s --method confidence,warmup=0.2,") == plain("0.2,alpha_max=")


def test_files_follow_a_name_with_a_colon(complete, tmp_path):
    (tmp_path / "labels.jsonl").write_text("")
    (tmp_path / "labels").mkdir()
    assert complete("truing w2s --weak recorded:la") == plain("labels.jsonl", "labels/")
    whole = complete("truing w2s --weak recorded:la", "zsh")
    assert [one.replace("\\", "") for one in whole if "labels" in one] == [
        "recorded:labels.jsonl",
        "recorded:labels/",
    ]


def test_a_word_that_is_no_name_is_completed_as_a_file(complete):
    assert complete("truing w2s --task data/it") == ["file,"]


def test_run_folders_are_completed_newest_first(complete, tmp_path):
    for age, name in enumerate(("2026-01-02-b", "2026-01-01-a")):
        (tmp_path / "runs" / name).mkdir(parents=True)
        os.utime(tmp_path / "runs" / name, (1e9 - age, 1e9 - age))
    for words in ("show", "report", "compare", "run", "research resume"):
        found = plain("runs/2026-01-02-b", "runs/2026-01-01-a")
        assert complete(f"truing {words} ") == found
        assert complete(f"truing {words} runs/2026-01-01") == found[1:]


def test_a_python_file_with_a_study_is_completed(complete, tmp_path):
    (tmp_path / "mine.py").write_text("")
    assert complete("truing run mi") == plain("mine.py")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(truing, monkeypatch, shell):
    monkeypatch.setenv("_TRUING_COMPLETE", f"{shell}_source")
    code, out, _ = truing()
    assert code == 0
    assert f"_TRUING_COMPLETE={shell}_complete" in out


def test_a_role_is_completed_with_its_model(complete):
    # Bash replaces the part after the `=`.
    assert complete("truing oversee --role critic=truing/cr") == plain("truing/critic")


SCRIPTS = {"zsh": "autoload -Uz compinit && compinit -u", "fish": "true"}


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_is_accepted_by_its_shell(truing, tmp_path, monkeypatch, shell):
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here")
    monkeypatch.setenv("_TRUING_COMPLETE", f"{shell}_source")
    (tmp_path / "script").write_text(f"{SCRIPTS[shell]}\n{truing()[1]}")
    options = ["-f"] if shell == "zsh" else ["--no-config"]
    done = subprocess.run([shell, *options, tmp_path / "script"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_values_with_commas_stay_whole_and_unfinished_values_get_no_space(truing, monkeypatch):
    monkeypatch.setenv("_TRUING_COMPLETE", "fish_source")
    assert 'string split --max 1 ","' in truing()[1]
    monkeypatch.setenv("_TRUING_COMPLETE", "zsh_source")
    assert "compadd -U -V unsorted -S '' -a unfinished" in truing()[1]


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("truing w2s --method confidence,al", "confidence,alpha_max="),
        ("truing w2s --weak recorded:lab", "labels.jsonl"),
        ("truing list prot", "protocols"),
    ],
)
def test_bash_receives_the_part_of_the_word_that_it_replaces(tmp_path, cache, line, reply):
    _kinds.cached_names()  # here it takes less time
    program = tmp_path / "bin" / "truing"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m truing "$@"\n')
    program.chmod(0o755)
    (tmp_path / "labels.jsonl").write_text("")
    script = (
        'eval "$(_TRUING_COMPLETE=bash_source truing)"\n'
        "compopt() { :; }\n"
        f"COMP_LINE={line!r}; COMP_POINT=${{#COMP_LINE}}; COMPREPLY=()\n"
        '_truing_completion truing; echo "${COMPREPLY[*]}"\n'
    )
    path = f"{program.parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONWARNINGS": ""}
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path, env=env
    )
    assert done.stdout.strip() == reply, done.stderr


def test_names_are_cached_and_completion_imports_nothing_heavy(cache):
    first = _kinds.cached_names()
    assert "confidence" in first["methods"]
    code = (
        "import sys; from truing.cli._kinds import cached_names; names = cached_names();"
        "print('naive' in names['methods'],"
        " [one for one in ('numpy', 'pydantic', 'sklearn', 'inspect_ai') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "True []\n", done.stderr


def test_the_cache_is_written_again_after_a_change(cache, monkeypatch):
    _kinds.cached_names()
    cache.write_text(cache.read_text().replace('"naive"', '"changed"'))
    assert "changed" in _kinds.cached_names()["methods"]
    monkeypatch.setattr(_kinds, "_state", lambda: ["another version"])
    assert "changed" not in _kinds.cached_names()["methods"]
    cache.write_text("{damaged")
    assert "naive" in _kinds.cached_names()["methods"]
