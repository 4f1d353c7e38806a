from __future__ import annotations

import pytest

from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.prompts.layout import Layout, lay_out
from diffgemma_lsp.prompts.prompt import Prompt
from tests.prompts.profiles import raw_profile
from tests.vocabularies import starter_tokenizer

TOKENIZER = starter_tokenizer()
PROFILE = raw_profile()
EOS = TOKENIZER.id("<|eos|>")


def layout(*texts: str) -> Layout:
    return lay_out(texts, Prompt(), PROFILE, TOKENIZER)


def test_a_row_is_the_document_with_slots_for_its_holes() -> None:
    laid = layout("x = 1\nadd(", ", ", ")\ny = 2\n" * 9)
    segments = laid.row([Slots(4), Slots(8)])
    texts = [segment if isinstance(segment, Slots) else TOKENIZER.decode(segment) for segment in segments]
    assert texts[1] == Slots(4)
    assert texts[2] == ", "
    assert texts[3] == Slots(8)
    assert TOKENIZER.decode(laid.tail).endswith("\nadd(")
    assert isinstance(texts[4], str)
    assert texts[4].startswith(")\ny = 2\n")
    assert len(laid.suffix) == PROFILE.canvas.suffix_head_tokens
    assert laid.given_length == sum(len(segment) for segment in segments if not isinstance(segment, Slots))


def test_hole_columns_are_where_the_slots_stand() -> None:
    laid = layout("a = ", "; b = ", ";")
    holes = [Slots(4), Slots(8)]
    columns = laid.hole_columns(holes)
    flat: list[object] = []
    for segment in laid.row(holes):
        flat += [segment] * segment.count if isinstance(segment, Slots) else segment
    assert [flat[span] for span in columns] == [[Slots(4)] * 4, [Slots(8)] * 8]


def test_the_current_line_stands_in_the_canvas_and_typing_leaves_the_prompt_alone() -> None:
    before = "def add(first, second):\n    total = 0\n"
    line = "    return first"
    prompts = {layout(before + line[:length], "\n").prompt for length in range(1, len(line) + 1)}
    assert len(prompts) == 1
    laid = layout(before + line, "\n")
    assert TOKENIZER.decode(laid.prompt) + TOKENIZER.decode(laid.tail) == before + line
    assert "\n" in TOKENIZER.decode(laid.tail[:1])


def test_a_long_line_keeps_a_bounded_tail_that_moves_in_steps() -> None:
    line = "x = " + " + ".join(f"a{index}" for index in range(12))
    cuts = []
    for length in range(20, len(line)):
        laid = layout(line[:length], "\n")
        assert len(laid.tail) <= PROFILE.canvas.prefix_tail_tokens
        cuts.append(len(laid.prompt))
    assert len(set(cuts)) < len(cuts) / 3


def test_a_suffix_that_reaches_the_end_is_closed_and_a_longer_one_is_not() -> None:
    assert layout("a", "\n").suffix[-1] == EOS
    assert layout("a", "").suffix == (EOS,)
    assert EOS not in layout("a", "b = 1\n" * 20).suffix


def test_what_passes_the_canvas_of_the_suffix_goes_to_the_prompt_within_its_budget() -> None:
    suffix = "".join(f"b{index} = {index}\n" for index in range(60))
    laid = layout("a = ", suffix)
    far = TOKENIZER.decode(laid.prompt[2 : 2 + PROFILE.context.suffix_tokens])
    assert laid.prompt[1] == TOKENIZER.id("<|suffix|>")
    assert laid.prompt[2 + PROFILE.context.suffix_tokens] == TOKENIZER.id("<|prefix|>")
    assert suffix.startswith(TOKENIZER.decode(laid.suffix) + far)


@pytest.mark.parametrize("lines", [1, 10, 100, 20_000])
def test_a_long_prefix_keeps_its_end_within_the_budget(lines: int) -> None:
    prefix = "".join(f"value_{index} = {index}\n" for index in range(lines)) + "last ="
    laid = layout(prefix, "\n")
    assert len(laid.prompt) + len(laid.tail) <= PROFILE.context.prompt_tokens
    assert prefix.endswith(TOKENIZER.decode(laid.prompt) + TOKENIZER.decode(laid.tail))


def test_typing_past_the_budget_moves_the_windows_start_rarely() -> None:
    prefix = "".join(f"value_{index} = {index}\n" for index in range(100))
    starts = set()
    typed = 80
    for length in range(typed):
        laid = layout(prefix + "abcdefgh" * (length // 8) + "abcdefgh"[: length % 8], "\n")
        starts.add(laid.prompt[1:6])
    assert len(starts) <= 6, "of 80 keystrokes"


def test_the_next_block_follows_what_became_part_of_the_prompt() -> None:
    laid = layout("a = [", "]\n")
    after = laid.after([7, 8, 9])
    assert after.prompt == (*laid.prompt, *laid.tail, 7, 8, 9)
    assert after.tail == ()
    assert after.suffix == laid.suffix


def test_a_text_row_holds_the_fills_and_what_is_given() -> None:
    laid = layout("a = ", "; b = ", ";\n")
    row = laid.text_row([TOKENIZER.encode("1"), []])
    assert TOKENIZER.decode(row) == TOKENIZER.decode(laid.tail) + "1; b = ;\n"


@pytest.mark.parametrize("language", ["python", ""])
def test_a_prompt_begins_with_a_definition_and_its_far_suffix_ends_before_one(language: str) -> None:
    profile = raw_profile(prompt_tokens=1024, suffix_tokens=512)
    text = "".join(f"def add(x{index}):\n    y = [\n\n        x\n    ]\n\n    return y\n\n\n" for index in range(200))
    for place in range(len(text) // 3, len(text) // 2, 97):
        laid = lay_out([text[:place], text[place:]], Prompt(language=language), profile, TOKENIZER)
        prompt = list(laid.prompt)
        marker = prompt.index(TOKENIZER.id("<|prefix|>"))
        far, prefix = TOKENIZER.decode(prompt[2:marker]), TOKENIZER.decode(prompt[marker + 1 :])
        assert prefix.lstrip("\n").startswith("def add(x")
        seen = len(TOKENIZER.decode(laid.suffix) + far)
        assert text[place:][seen:].lstrip("\n").startswith("def add(x")
        assert len(prompt) - marker > 0.6 * (1024 - marker)
        assert marker > 0.8 * 512
