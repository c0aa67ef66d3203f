"""Rows of stress tests are JSON lines whose estimates have flat keys."""

import json
from dataclasses import replace

import pytest

from truing.errors import DataError
from truing.measures import Estimate
from truing.measures._estimate import UNDEFINED
from truing.stress import PowerRow, StressRow

ROW = StressRow(
    plant="liar",
    strength=0.05,
    monitor="spot-check,audits=50",
    kind="study",
    system={"task": "digits", "weak": "pca-8", "strong": "spectral-64"},
    seeds=20,
    references=99,
    auroc=Estimate(0.9, 0.8, 1.0),
    tpr={"0.01": UNDEFINED, "0.05": Estimate(0.7, 0.45, 0.88)},
    fpr={"0.01": UNDEFINED, "0.05": Estimate(0.05, 0.0, 0.25)},
    item_auroc=UNDEFINED,
    audits=Estimate(12.5, 9.0, 16.0),
    labels=50,
    accuracy=Estimate(0.91, 0.9, 0.92),
    twin_accuracy=Estimate(0.93, 0.92, 0.94),
    cost=Estimate(0.02, 0.01, 0.03),
    attacked=Estimate(0.05, 0.04, 0.06),
    scores={"planted": [0.3, 0.4], "twins": [0.1, 0.2], "references": [0.0]},
    note="too few references for a rate of 0.01",
)
POWER = PowerRow(
    plant="liar",
    monitor="spot-check,audits=50",
    system=ROW.system,
    strength=Estimate(0.03, None, 0.05),
    largest=0.2,
    power=0.8,
    fpr=0.05,
    labels=50,
    audits=Estimate(12.5, 9.0, 16.0),
)


@pytest.mark.parametrize("row", [ROW, POWER])
def test_a_row_is_the_same_after_writing_and_reading(row):
    assert type(row).from_json(json.loads(json.dumps(row.to_json()))) == row


def test_estimates_have_flat_keys_and_rates_are_keys_of_an_object():
    stored = ROW.to_json()
    assert (stored["auroc"], stored["auroc_low"], stored["auroc_high"]) == (0.9, 0.8, 1.0)
    assert stored["tpr"] == {"0.01": None, "0.05": 0.7}
    assert stored["tpr_high"] == {"0.01": None, "0.05": 0.88}
    assert POWER.to_json()["fpr"] == 0.05


def test_fields_of_newer_versions_are_left_out():
    assert PowerRow.from_json({**POWER.to_json(), "depth": 3}) == POWER


@pytest.mark.parametrize(
    ("name", "value"), [("strength", "weak"), ("kind", "person"), ("tpr", [0.1]), ("auroc", {})]
)
def test_an_invalid_value_names_its_field(name, value):
    with pytest.raises(DataError, match=rf"^{name}"):
        StressRow.from_json({**ROW.to_json(), name: value})


def test_a_missing_field_is_named():
    stored = ROW.to_json()
    del stored["labels"]
    with pytest.raises(DataError, match="labels: field required"):
        StressRow.from_json(stored)


def test_a_row_without_a_rate_has_no_rates():
    row = replace(ROW, tpr={}, fpr={})
    assert StressRow.from_json(row.to_json()) == row
