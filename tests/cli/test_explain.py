from __future__ import annotations

from dataclasses import replace

from diffgemma_lsp.cli.explain import explanation
from diffgemma_lsp.fill import Candidate, TokenText
from diffgemma_lsp.fill.origin import origin_to_plain
from diffgemma_lsp.text.precedents import Precedent

THERE = Precedent("return a", 1.5, "lib/a.py", 7)


def candidate(text: str, precedent: Precedent | None) -> Candidate:
    return Candidate(((TokenText(text, 0.5),),), 0.5, 0.0, 4, "stable", precedent)


def test_a_copy_of_a_precedent_says_so() -> None:
    copy = candidate("return a", THERE)
    assert origin_to_plain(copy) == {"path": "lib/a.py", "line": 7, "likeness": 1.5, "context": 0.0, "changed": 0.0}
    said = "candidate 1, confidence 0.50, is like lib/a.py:7 (likeness 1.50), nothing of it changed"
    assert explanation(1, copy) == said


def test_what_only_the_characters_next_to_the_hole_tell_says_so() -> None:
    word = candidate("unter", Precedent("unter", 0.0, "lib/a.py", 7, 5.25))
    assert origin_to_plain(word) == {"path": "lib/a.py", "line": 7, "likeness": 0.0, "context": 5.25, "changed": 0.0}
    said = "candidate 1, confidence 0.50, is like lib/a.py:7 (by the characters next to it), nothing of it changed"
    assert explanation(1, word) == said


def test_a_revised_precedent_says_how_much_was_changed() -> None:
    said = "candidate 2, confidence 0.50, is like lib/a.py:7 (likeness 1.50), 12% of it changed"
    assert explanation(2, candidate("return b", THERE)) == said


def test_a_fill_from_noise_says_its_steps() -> None:
    noise = candidate("pass", None)
    assert origin_to_plain(noise) is None
    assert explanation(3, noise) == "candidate 3, confidence 0.50, comes from noise in 4 steps"
    line = replace(noise, is_left_to_right=True)
    assert explanation(1, line) == "candidate 1, confidence 0.50, was written from left to right in 4 steps"
