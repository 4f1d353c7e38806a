from __future__ import annotations

import json
from pathlib import Path

import pytest

from diffgemma_lsp.corpus.fetching import fetch
from diffgemma_lsp.corpus.modules import load, manifest_path
from diffgemma_lsp.corpus.packages import Form, Package, Role
from diffgemma_lsp.errors import InputError
from tests.corpus.archives import write_sdist, write_wheel

CODE = "".join(f"def name_{chr(97 + i)}(value):\n    return value + other_{chr(97 + i)}\n\n\n" for i in range(20))
OWN = CODE.replace("name_", "thing_").replace("other_", "item_")
KEPT, SECRET = Package("kept", "1.0", "MIT"), Package("secret", "2.0", "ISC", Role.HELD_OUT)


def test_a_package_that_cannot_be_had_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(InputError, match=r"pip could not download \S+==\S+: see its message above"):
        fetch(tmp_path, [KEPT])


def test_a_package_under_another_licence_than_the_table_says_is_refused(tmp_path: Path) -> None:
    write_wheel(tmp_path, KEPT, {"own.py": OWN}, "License-Expression: GPL-3.0-only\n")
    with pytest.raises(
        InputError, match=r"kept==1.0 states the licence 'GPL-3.0-only', not 'MIT': correct packages.tsv"
    ):
        fetch(tmp_path, [KEPT])


def test_a_training_module_that_repeats_a_held_out_one_is_dropped(tmp_path: Path) -> None:
    write_wheel(tmp_path, KEPT, {"own.py": OWN, "taken.py": CODE, "partly.py": OWN.replace("thing", "more") + CODE})
    write_wheel(tmp_path, SECRET, {"first.py": CODE})
    fetch(tmp_path, [KEPT, SECRET])
    assert [module.path for module in load(tmp_path, Role.TRAIN)] == ["kept/own.py"]
    assert [module.path for module in load(tmp_path, Role.HELD_OUT)] == ["secret/first.py"]


def test_the_manifest_names_every_source_with_its_licence(tmp_path: Path) -> None:
    write_wheel(tmp_path, KEPT, {"own.py": OWN})
    write_wheel(tmp_path, SECRET, {"first.py": CODE})
    fetch(tmp_path, [KEPT, SECRET])
    assert json.loads(manifest_path(tmp_path).read_text(encoding="utf-8")) == [
        {"name": "secret", "version": "2.0", "licence": "ISC", "role": "held-out", "form": "wheel", "bytes": len(CODE)},
        {"name": "kept", "version": "1.0", "licence": "MIT", "role": "train", "form": "wheel", "bytes": len(OWN)},
    ]


def test_no_package_gives_more_than_its_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diffgemma_lsp.corpus.fetching.CHARACTERS_PER_PACKAGE", len(OWN) + 10)
    write_wheel(tmp_path, KEPT, {"one.py": OWN, "two.py": CODE})
    fetch(tmp_path, [KEPT])
    assert len(load(tmp_path, Role.TRAIN)) == 1


def test_a_copy_of_a_held_out_package_inside_another_is_dropped_whatever_its_version(tmp_path: Path) -> None:
    write_wheel(tmp_path, KEPT, {"own.py": OWN, "_bundle/secret/first.py": OWN.replace("thing", "older")})
    write_wheel(tmp_path, SECRET, {"first.py": CODE})
    fetch(tmp_path, [KEPT, SECRET])
    assert [module.path for module in load(tmp_path, Role.TRAIN)] == ["kept/own.py"]


def test_notebooks_and_scripts_of_a_source_distribution_are_read_but_what_is_neither_is_not(tmp_path: Path) -> None:
    package = Package("told", "1.0", "MIT", form=Form.SDIST)
    notebook = {"metadata": {}, "cells": [{"cell_type": "code", "source": OWN}]}
    files = {
        "docs/guide.ipynb": json.dumps(notebook),
        "examples/run.py": CODE,
        "docs/broken.ipynb": "{",
        "data.txt": CODE,
    }
    write_sdist(tmp_path, package, files)
    fetch(tmp_path, [package])
    modules = {module.path: module.text for module in load(tmp_path, Role.TRAIN)}
    assert modules == {"docs/guide.ipynb": OWN.rstrip("\n") + "\n", "examples/run.py": CODE}
