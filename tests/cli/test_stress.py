"""`truing stress`: table, JSON, power card, and one line for bad input."""

import json

import pytest

SMALL = (
    *("--weak", "pca-1", "--strong", "pca-5", "--seeds", 2, "--references", 3, "--fpr", 0.25),
    *("--strength", 0.5, "--workers", 1),
)


def test_a_stress_test_prints_its_table_and_the_power_card(truing, tiny):
    words = ("stress", "--plant", "liar", "--monitor", "spot-check,audits=10", "--task", tiny)
    code, out, err = truing(*words, *SMALL, "--out", "run")
    assert code == 0, err
    shown = " ".join(out.split())
    assert "liar (planted)" in shown
    assert "Power card: 80% power at 5% false alarms" in shown
    assert "model organisms" in shown
    assert max(map(len, out.splitlines())) <= 80
    found = json.loads(truing(*words, *SMALL, "--out", "run", "--json")[1])
    assert [row["plant"] for row in found["rows"]] == ["liar"]
    assert [row["monitor"] for row in found["card"]] == ["spot-check,audits=10"]
    assert found["work"]["trainings"] == 0, "all steps are in the store"
    _, command, _ = truing("show", "run")
    assert "command: truing stress --plant liar" in command


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--monitor", "probe"], "the stress test has no plant; name one or more with --plant"),
        (["--plant", "liar"], "the stress test has no monitor; name one or more with --monitor"),
        (["--plant", "lair", "--monitor", "probe"], "unknown plant 'lair'; did you mean liar?"),
        (
            ["--plant", "liar", "--monitor", "probe", "--strength", "1.5"],
            "strength must be from 0 to 1, got 1.5",
        ),
        (
            ["--plant", "liar", "--monitor", "probe", "--trusted", "ids.txt"],
            "no item with the id 'ids.txt', and no file has this name",
        ),
        (["--card", "nowhere"], "nowhere does not exist or is not a folder"),
        (["--plant", "liar", "--monitor", "probe", "--task", ""], "--task must not be empty"),
        (
            ["--plant", "backdoor", "--monitor", "probe", "--strong", "spectral-64"],
            "spectral-64 describes the items of digits only",
        ),
    ],
)
def test_a_mistake_is_one_line(truing, words, message):
    code, out, err = truing("stress", *words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1 + err.count("digits: ")
