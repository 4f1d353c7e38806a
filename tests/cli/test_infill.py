"""`diffgemma infill`: what it fills and what it prints."""

from __future__ import annotations

import codecs
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from diffgemma_lsp.cli import infill as command
from diffgemma_lsp.cli.fillers import FILLERS, FillerKind
from diffgemma_lsp.fill.fake import FakeFiller
from tests.cli.conftest import ADD, Run, script


def record(out: bytes) -> dict[str, Any]:
    parsed = json.loads(out)
    assert isinstance(parsed, dict)
    return parsed


def test_a_rewritten_line_is_shown_as_a_diff_that_leaves_the_file_alone(infill: Run, add: Path) -> None:
    ran = infill("add.py", "--lines", "2")
    assert ran.code == 0
    assert ran.out.decode() == ("--- add.py\n+++ add.py\n@@ -1,2 +1,2 @@\n def add(a, b):\n-    return a\n+    pass\n")
    assert ran.err == ""
    assert add.read_text() == ADD


@pytest.mark.parametrize(
    ("text", "places", "answers", "filled"),
    [
        (ADD, ["--at", "2:13"], [" + b"], "def add(a, b):\n    return a + b\n"),
        (ADD, ["--at", "1:9"], ["x, "], "def add(x, a, b):\n    return a\n"),
        (ADD, ["--at", "3:1"], ["\n\nadd(1, 2)"], ADD + "\n\nadd(1, 2)\n"),
        (ADD, ["--lines", "1-2"], ["x = 1\ny = 2"], "x = 1\ny = 2\n"),
        (ADD, ["--lines", "2"], ["    return a + b"], "def add(a, b):\n    return a + b\n"),
        (ADD, ["--span", "1:5-2:11"], ["f(x):\n    yield"], "def f(x):\n    yield a\n"),
        (ADD, ["--span", "2:12-2:13", "--at", "1:8"], ["_up", "b"], "def add_up(a, b):\n    return b\n"),
        ("x = '😀é|'\n", ["--at", "1:8"], ["!"], "x = '😀é!|'\n"),
        ("a = <|fill|>\nb = <|fill|>\n", [], ["1", "2"], "a = 1\nb = 2\n"),
        # Where a place is named, a marker is text.
        ("M = '<|fill|>'\nb = \n", ["--at", "2:5"], ["2"], "M = '<|fill|>'\nb = 2\n"),
        ("", ["--at", "1:1"], ["x = 1"], "x = 1"),
    ],
)
def test_holes_are_filled_where_they_are_named(
    infill: Run, tmp_path: Path, text: str, places: list[str], answers: list[str], filled: str
) -> None:
    (tmp_path / "file.py").write_text(text, encoding="utf-8")
    ran = infill("file.py", *places, "--model", script(tmp_path, answers=answers), "--stdout")
    assert ran.out.decode() == filled
    assert ran.code == 0


def test_standard_input_is_read_and_marked_holes_are_filled(infill: Run, tmp_path: Path) -> None:
    model = script(tmp_path, answers=["1"])
    assert infill("-", "--stdout", "--model", model, stdin=b"a = <|fill|>\r\n").out == b"a = 1\r\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a = 1\r\nb = 2\r\n", b"a = 1\r\nx = 1\r\ny = 2\r\nb = 2\r\n"),
        (codecs.BOM_UTF8 + b"a = 1\nb = 2", codecs.BOM_UTF8 + b"a = 1\nx = 1\ny = 2\nb = 2"),
        (b"a = 1\r\nb = 2\nc = 3\r\n", b"a = 1\r\nx = 1\r\ny = 2\r\nb = 2\nc = 3\r\n"),
        ("# coding: latin-1\n\xe9\n".encode("latin-1"), "# coding: latin-1\nx = 1\ny = 2\n\xe9\n".encode("latin-1")),
        ("a\nb\n".encode("utf-16"), "a\nx = 1\ny = 2\nb\n".encode("utf-16")),
        (b"a\rb\r", b"a\rx = 1\ry = 2\rb\r"),
    ],
)
def test_a_written_file_keeps_everything_else(infill: Run, tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "file.py"
    path.write_bytes(before)
    ran = infill("file.py", "--at", "2:1", "--write", "--model", script(tmp_path, answers=["x = 1\ny = 2\n"]))
    assert path.read_bytes() == after
    assert (ran.code, ran.out, ran.err) == (0, b"", "diffgemma: file.py is filled and written\n")


def test_the_printed_diff_can_be_applied(infill: Run, tmp_path: Path) -> None:
    before = b"# coding: latin-1\r\nname = '\xe9'\r\n\r\ndef f():\r\n    <|fill|>"
    path = tmp_path / "file.py"
    path.write_bytes(before)
    model = script(tmp_path, answers=["return '\xe8'\n"])
    diff = infill("file.py", "--model", model).out
    subprocess.run(["git", "apply", "-p0", "-"], input=diff, cwd=tmp_path, check=True)
    assert path.read_bytes() == before.replace(b"<|fill|>", b"return '\xe8'")


def test_the_diff_of_a_file_in_utf_16_is_printed_in_utf_8(infill: Run, tmp_path: Path) -> None:
    (tmp_path / "file.py").write_bytes("é = 1\n".encode("utf-16"))
    diff = infill("file.py", "--at", "1:6", "--model", script(tmp_path, answers=[" + 1"])).out
    assert "-é = 1\n+é = 1 + 1\n" in diff.decode("utf-8")


def test_what_a_model_repeats_of_its_neighbours_is_not_printed(infill: Run, add: Path) -> None:
    model = script(add.parent, answers=["    return a + b\n\n\nadd(1, 2)"])
    add.write_text(f"{ADD}\n\nadd(1, 2)\n", encoding="utf-8")
    ran = infill("add.py", "--lines", "2", "--model", model, "--stdout")
    assert ran.out.decode() == "def add(a, b):\n    return a + b\n\n\nadd(1, 2)\n"


def test_other_candidates_are_numbered_below_the_diff(infill: Run, add: Path) -> None:
    ran = infill("add.py", "--lines", "2", "--candidates", "3")
    diff, others = ran.out.decode().split("\n\n", 1)
    assert diff.endswith("-    return a\n+    pass")
    assert others == (
        "candidate 2, score -1.00, confidence 0.89\n  at 2:1\n        return None\n\n"
        "candidate 3, score -2.00, confidence 0.80\n  at 2:1\n        raise NotImplementedError\n"
    )


def test_candidates_that_read_the_same_are_shown_once(infill: Run, add: Path) -> None:
    model = script(add.parent, answers=["    pass", "    pass\n", "    return a", "    return b"])
    out = record(infill("add.py", "--lines", "2", "--candidates", "4", "--model", model, "--json").out)
    assert [candidate["fills"][0]["text"] for candidate in out["candidates"]] == ["    pass", "    return b"]


def test_the_object_says_where_each_text_belongs(infill: Run, tmp_path: Path) -> None:
    text = "a = <|fill|>\r\n😀 = <|fill|> + 1\r\n"
    (tmp_path / "file.py").write_bytes(text.encode())
    out = record(infill("file.py", "--json", "--model", script(tmp_path, answers=["1", "b c"])).out)
    assert out["path"] == "file.py"
    assert out["model"] == "fake"
    assert out["written"] is False
    assert out["stopped"] == "stable"
    first, second = out["fills"]
    assert (first["text"], second["text"]) == ("1", "b c")
    assert second["tokens"] == ["b", " c"]
    assert second["confidence"] == [0.99, 0.99]
    assert first["span"]["start"] == {"line": 1, "column": 5, "offset": 4}
    assert second["span"] == {
        "start": {"line": 2, "column": 5, "offset": 17},
        "end": {"line": 2, "column": 13, "offset": 25},
    }
    plain = text.replace("\r\n", "\n")
    for fill in reversed(out["fills"]):
        span = fill["span"]
        plain = plain[: span["start"]["offset"]] + fill["text"] + plain[span["end"]["offset"] :]
    assert plain == "a = 1\n😀 = b c + 1\n"


def names_in(value: object) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(names_in, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*map(names_in, value.values()))


def test_the_help_describes_every_name_in_the_object(infill: Run, add: Path) -> None:
    assert command.__doc__
    description = command.__doc__.partition("--json prints")[2]
    out = record(infill("add.py", "--lines", "2", "--candidates", "2", "--json").out)
    described = set(re.findall(r"\w+", description))
    assert names_in(out) - described == set()
    assert "candidates" in out


def test_one_candidate_is_not_listed_twice(infill: Run, add: Path) -> None:
    assert "candidates" not in record(infill("add.py", "--lines", "2", "--json").out)


def test_an_object_can_be_printed_of_what_is_written(infill: Run, add: Path) -> None:
    ran = infill("add.py", "--lines", "2", "--write", "--json")
    assert record(ran.out)["written"] is True
    assert add.read_text() == "def add(a, b):\n    pass\n"


@pytest.mark.parametrize("answer", ["", "    return a", "    return a\n", "  \n "])
def test_nothing_to_suggest_is_exit_code_1_and_a_sentence(infill: Run, add: Path, answer: str) -> None:
    ran = infill("add.py", "--lines", "2", "--model", script(add.parent, answers=[answer]), "--write")
    assert (ran.code, ran.out) == (1, b"")
    assert ran.err == "diffgemma: there is nothing to suggest for add.py; try another --seed, or more --steps\n"
    assert add.read_text() == ADD


def test_nothing_to_suggest_prints_the_file_as_it_is(infill: Run, add: Path) -> None:
    ran = infill("add.py", "--lines", "2", "--model", script(add.parent, answers=[""]), "--stdout")
    assert (ran.code, ran.out.decode()) == (1, ADD)


def test_nothing_to_suggest_is_an_object_without_fills(infill: Run, add: Path) -> None:
    ran = infill("add.py", "--lines", "2", "--model", script(add.parent, answers=[""]), "--json", "--write")
    out = record(ran.out)
    assert (ran.code, out["fills"], out["written"], out["steps"]) == (1, [], False, 4)


def test_an_empty_fill_beside_others_leaves_what_stands_there(infill: Run, add: Path) -> None:
    model = script(add.parent, answers=["", "    return b"])
    ran = infill("add.py", "--lines", "1", "--lines", "2", "--model", model, "--stdout")
    assert ran.out.decode() == "def add(a, b):\n    return b\n"


def test_options_reach_the_filler(infill: Run, add: Path) -> None:
    model = script(add.parent, answers=["    return b - a"], steps=8)
    bounds = ["--steps", "3", "--max-tokens", "3", "--model", model]
    out = record(infill("add.py", "--lines", "2", "--json", *bounds).out)
    assert (out["steps"], out["stopped"]) == (3, "steps")
    assert out["fills"][0]["tokens"] == ["    ", "return", " b"]


def test_a_seed_chooses_the_fill(infill: Run, add: Path) -> None:
    out = [infill("add.py", "--lines", "2", "--seed", seed).out for seed in ("1", "1", "2")]
    assert out[0] == out[1] != out[2]


def test_a_budget_ends_the_steps(infill: Run, add: Path) -> None:
    model = script(add.parent, steps=1000, delay_seconds=0.01)
    out = record(infill("add.py", "--lines", "2", "--json", "--budget-ms", "30", "--model", model).out)
    assert out["stopped"] == "budget"
    assert 1 <= out["steps"] <= 3


def test_an_instruction_without_effect_is_said_so(infill: Run, add: Path) -> None:
    ran = infill("add.py", "--lines", "2", "--instruction", "add them", "--json")
    assert ran.err == "diffgemma: fake refills and does not follow instructions, so --instruction had no effect\n"
    assert record(ran.out)["follows_instructions"] is False


def test_an_instruction_that_is_followed_needs_no_note(infill: Run, add: Path) -> None:
    model = script(add.parent, follows_instructions=True)
    ran = infill("add.py", "--lines", "2", "--instruction", "add them", "--json", "--model", model)
    assert ran.err == ""
    assert record(ran.out)["follows_instructions"] is True


def test_the_task_carries_what_the_command_line_says(run: Run, add: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = []

    class Listening:
        name = "listening"
        follows_instructions = True

        def fill(self, task):  # type: ignore[no-untyped-def]
            tasks.append(task)
            return FakeFiller().fill(task)

    monkeypatch.setitem(FILLERS, "listening", FillerKind(lambda model: None, lambda model, report: Listening()))
    run("infill", "add.py", "--lines", "2", "--instruction", "do", "--engine", "listening", "--budget-ms", "1500")
    (task,) = tasks
    assert (task.language, task.path, task.instruction, task.budget_seconds) == ("python", str(add), "do", 1.5)
    assert task.pieces[1].text == "    return a"
    assert (task.seed, task.max_steps, task.max_tokens, task.candidates) == (None, None, None, 1)


def test_a_long_file_is_filled(infill: Run, tmp_path: Path) -> None:
    lines = (f"value_{number} = compute(value)\n" for number in range(50_000))
    (tmp_path / "long.py").write_text("".join(lines), encoding="utf-8")
    ran = infill("long.py", "--lines", "25000", "--at", "49999:1", "--candidates", "2")
    assert ran.code == 0
    assert ran.out.decode().count("@@ -") == 2


def test_the_examples_in_the_help_are_command_lines_that_work(infill: Run, tmp_path: Path) -> None:
    assert command.__doc__
    (tmp_path / "app.py").write_text("x = 1        \n" * 20, encoding="utf-8")
    examples = command.__doc__.partition("examples:\n")[2].partition("\n\n")[0].splitlines()
    for example in examples:
        words = example.strip().partition("  ")[0].split()
        arguments = [word for word in words[2:] if word not in ("<", "marked.py")]
        assert words[:2] == ["diffgemma", "infill"]
        assert infill(*arguments, stdin=b"x = <|fill|>\n").code == 0, example
    assert len(examples) == 6


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A file whose last line stands in another file, with other names."""
    (tmp_path / "users.py").write_text("def find_user(name):\n    user = users.get(name)\n    return checked(user)\n")
    path = tmp_path / "orders.py"
    path.write_text("def find_order(name):\n    order = orders.get(name)\n    return None\n")
    return path


def test_a_line_of_the_repository_is_an_answer_and_explain_says_where_it_stands(infill: Run, orders: Path) -> None:
    ran = infill("orders.py", "--lines", "3", "--explain", "--model", script(orders.parent, precedents=True))
    assert "+    return checked(order)\n" in ran.out.decode()
    assert re.fullmatch(
        r"diffgemma: candidate 1, confidence [\d.]+, is like users\.py:3 \(likeness [\d.]+\), nothing of it changed\n",
        ran.err,
    )


def test_json_says_where_a_fill_comes_from(infill: Run, orders: Path) -> None:
    arguments = ("orders.py", "--lines", "3", "--json", "--model", script(orders.parent, precedents=True))
    origin = record(infill(*arguments).out)["precedent"]
    assert (origin["path"], origin["line"], origin["changed"]) == ("users.py", 3, 0.0)
    assert record(infill(*arguments, "--no-precedents").out)["precedent"] is None
