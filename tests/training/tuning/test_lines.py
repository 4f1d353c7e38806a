from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.fill.fake import FakeFiller
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.tuning.code import KIND
from diffgemma_lsp.training.tuning.lines import LinesTask, laid_out
from diffgemma_lsp.training.tuning.task import Request


def pieces(number: int) -> list[Any]:
    before = f"def name_{number}(first):\n    total = "
    return [before, {"hole": f"first + {number}"}, "\n    return ", {"hole": "total"}, "\n" * (number % 3)]


def write_lines(path: Path, lines: list[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def opened(path: Path, dialect: Dialect, seed: int = 0) -> LinesTask:
    task = KIND.open(Request(path, seed, positions=600), dialect)
    assert isinstance(task, LinesTask)
    return task


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "examples.jsonl", [{"pieces": pieces(number)} for number in range(20)])


def test_just_the_holes_are_free(file: Path, tiny_dialect: Dialect) -> None:
    decode = tiny_dialect.tokenizer.decode
    for seed, example in enumerate(opened(file, tiny_dialect).learned):
        document, canvas = laid_out(example, 64, tiny_dialect, random.Random(seed))
        holes, given = [""], [""]
        for token, is_free in zip(canvas.ids, canvas.free, strict=True):
            (holes if is_free else given)[-1] += "" if token == tiny_dialect.filler else decode([token])
            if is_free and given[-1]:
                given.append("")
            if not is_free and holes[-1]:
                holes.append("")
        texts = [example.text[hole.start : hole.end] for hole in example.holes]
        assert [text for text in holes if text] == texts
        start = document.starts[canvas.prompt - document.first]
        assert example.text[start:].startswith(given[0] + texts[0])


def test_a_text_that_is_longer_than_a_prompt_keeps_what_stands_before_its_hole(
    tiny_dialect: Dialect, tmp_path: Path
) -> None:
    far = "".join(f"value_{number} = {number}\n" for number in range(400))
    lines = [{"pieces": [far, {"hole": f"last = {number}"}, "\n", far]} for number in range(12)]
    for seed, example in enumerate(opened(write_lines(tmp_path / "long.jsonl", lines), tiny_dialect).learned):
        document, canvas = laid_out(example, 128, tiny_dialect, random.Random(seed))
        assert len(document.ids) <= 128
        assert canvas.prompt <= len(document.ids)
        assert document.starts[canvas.prompt - document.first] >= len(far) - 60


def test_batches_are_the_same_for_the_same_step(file: Path, tiny_dialect: Dialect) -> None:
    task = opened(file, tiny_dialect)
    assert task.batch(1).ids.tolist() == opened(file, tiny_dialect).batch(1).ids.tolist()
    assert task.batch(1).ids.tolist() != task.batch(2).ids.tolist()
    assert len(task.held_out()[0].ids) == 2
    assert task.summary == "18 texts with holes, and 2 held out"


def test_all_holes_of_a_text_must_be_right(file: Path, tiny_dialect: Dialect) -> None:
    task = opened(file, tiny_dialect)
    example = task.kept_apart[0]
    texts = [example.text[hole.start : hole.end] for hole in example.holes]
    assert example.is_right([f"{text}  " for text in texts])
    assert not example.is_right([texts[0], "other"])
    assert task.measure(FakeFiller()).cases == 2


def test_lines_of_one_path_are_held_out_together(tmp_path: Path, tiny_dialect: Dialect) -> None:
    lines = [{"pieces": pieces(number), "path": f"{number // 5}.py"} for number in range(20)]
    task = opened(write_lines(tmp_path / "paths.jsonl", lines), tiny_dialect)
    apart = {example.path for example in task.kept_apart}
    assert len(task.kept_apart) == 5
    assert len(apart) == 1
    assert not apart & {example.path for example in task.learned}


def test_one_path_for_all_is_refused(tmp_path: Path, tiny_dialect: Dialect) -> None:
    lines = [{"pieces": pieces(number), "path": "a.py"} for number in range(20)]
    with pytest.raises(InputError, match=r"has one path in all of its lines.*give each file its own path$"):
        opened(write_lines(tmp_path / "one.jsonl", lines), tiny_dialect)


def test_too_few_lines_are_refused(tmp_path: Path, tiny_dialect: Dialect) -> None:
    with pytest.raises(InputError, match=r"holds 1 texts with holes, and tuning takes 10 at least: add more lines$"):
        opened(write_lines(tmp_path / "few.jsonl", [{"pieces": pieces(1)}]), tiny_dialect)


def test_a_file_that_is_no_utf8_is_refused(tmp_path: Path, tiny_dialect: Dialect) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(b'{"pieces": ["\xe9"]}\n')
    with pytest.raises(InputError, match=r"is not UTF-8 at byte 13: write its lines of JSON in UTF-8$"):
        opened(path, tiny_dialect)


LONG = "name_1 " * 60


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", r"is not JSON \(.*\): write one object a line, such as"),
        ("[1]", r"is no object: write"),
        ('{"piece": []}', r'has the unknown key "piece": there are "pieces" and "path"$'),
        ('{"pieces": ["a", {"hole": "b"}], "path": 3}', r'"path" is 3: make it the name of a file, or leave it out$'),
        ('{"path": "a.py"}', r'"pieces" is no list of texts and holes: write'),
        ('{"pieces": []}', r'"pieces" is no list of texts and holes: write'),
        ('{"pieces": ["a", {"whole": "b"}]}', r'piece 2 is neither a text nor \{"hole": "text"\}: write'),
        ('{"pieces": ["a", {"hole": 1}]}', r'piece 2 is neither a text nor \{"hole": "text"\}: write'),
        (
            '{"pieces": ["a", {"hole": " "}]}',
            r"the hole that is piece 2 holds nothing to learn: write what belongs there$",
        ),
        ('{"pieces": ["a", "b"]}', r'has no hole: make one of its pieces \{"hole": "text in it"\}$'),
        ('{"pieces": [{"hole": "a"}, "", {"hole": "b"}]}', r"two holes have nothing between them: make them one$"),
        (
            '{"pieces": ["a", {"hole": "b"}], "path": ".env"}',
            r"holds settings that are often secret, and is nothing to",
        ),
        (
            '{"pieces": ["-----BEGIN PRIVATE KEY-----", {"hole": "b"}]}',
            r"holds a private key, and is nothing to learn from: remove the line$",
        ),
        (
            json.dumps({"pieces": ["a", {"hole": LONG}]}),
            r"hole 1 has \d+ tokens, and this model's holes 15 at most: shorten it$",
        ),
        (
            json.dumps({"pieces": [{"hole": "a"}, LONG, {"hole": "b"}]}),
            r"its holes and the text between them take \d+ tokens, and there is room for 40: make it several lines$",
        ),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, tiny_dialect: Dialect, line: str, says: str) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text(json.dumps({"pieces": pieces(1)}) + f"\n\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"examples\.jsonl, line 3:? {says}"):
        opened(path, tiny_dialect)
