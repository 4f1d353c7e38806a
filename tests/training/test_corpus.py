from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.corpus import Module, distinct, fetch, is_worth_reading, load, manifest_path
from diffgemma_lsp.training.packages import PACKAGES, Package, Role

CODE = "".join(f"def name_{chr(97 + i)}(value):\n    return value + other_{chr(97 + i)}\n\n\n" for i in range(20))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package/tests/module.py", CODE),
        ("package/_vendor/module.py", CODE),
        ("package/short.py", "a = 1\n"),
        ("package/made.py", "# This file is auto-generated.\n" + CODE),
        ("package/long.py", CODE + "x = '" + "a" * 500 + "'\n"),
        ("package/table.py", "TABLE = (\n" + "    1234, 5678, 9012,\n" * 100 + ")\n"),
    ],
)
def test_what_teaches_little_is_not_read(path: str, text: str) -> None:
    assert not is_worth_reading(path, text)


def test_a_module_written_by_hand_is_read() -> None:
    assert is_worth_reading("package/testimony.py", CODE)


def test_near_duplicates_are_dropped_whatever_their_indentation() -> None:
    other = "\n".join(f"value_{i} = compute_{i}()" for i in range(40))
    modules = [
        Module("a", "one.py", CODE),
        Module("b", "copy.py", CODE.replace("    return", "\treturn") + "last = 1\n"),
        Module("b", "other.py", other),
    ]
    assert [module.path for module in distinct(modules, set())] == ["one.py", "other.py"]


def test_a_missing_corpus_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"corpus-train.jsonl is missing: run the stage fetch first, or name another"):
        load(tmp_path, Role.TRAIN)


def test_a_package_that_cannot_be_had_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(InputError, match=r"pip could not download \S+==\S+: see its message above"):
        fetch(tmp_path, PACKAGES)


def test_a_training_module_that_repeats_a_held_out_one_is_dropped(tmp_path: Path) -> None:
    packages = (Package("kept", "1.0", "MIT"), Package("secret", "2.0", "MIT", Role.HELD_OUT))
    own = CODE.replace("name_", "thing_").replace("other_", "item_")
    for package, files in (("kept-1.0", {"own.py": own, "taken.py": CODE}), ("secret-2.0", {"first.py": CODE})):
        folder = tmp_path / "wheels" / package
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / f"{package}-py3-none-any.whl", "w") as wheel:
            for name, text in files.items():
                wheel.writestr(f"package/{name}", text)
    fetch(tmp_path, packages)
    assert [module.path for module in load(tmp_path, Role.TRAIN)] == ["package/own.py"]
    assert [module.path for module in load(tmp_path, Role.HELD_OUT)] == ["package/first.py"]
    manifest = manifest_path(tmp_path).read_text(encoding="utf-8")
    assert '"licence": "MIT"' in manifest
    assert f'"bytes": {len(CODE)}' in manifest
