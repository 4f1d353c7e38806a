"""Holes filled by a server."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tokenizers

from diffgemma_lsp.errors import ConfigError, ModelError, NotSentError, RemoteError, RemoteUnavailableError
from diffgemma_lsp.fill import Fill, Filler, FillTask, Hole, Progress, Snippet
from diffgemma_lsp.prompts.layout import lay_out
from diffgemma_lsp.prompts.prompt import Prompt
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.remote.config import Access, Limits
from diffgemma_lsp.remote.filler import RemoteFiller
from diffgemma_lsp.text.precedents import Precedent
from tests.remote.fillers import CHAT, RAW, asking, config_for, profile_for
from tests.remote.vllm_server import CERTIFICATE, VllmDouble

FILE = "def add(first, second):\n    return first + second\n\n\nprint(add(1, 2))\n"
TASK = FillTask((FILE[:28], Hole(), FILE[49:]), language="python", path="/src/a.py", seed=1)


def fill_of(filler: Filler, task: FillTask = TASK) -> Fill:
    *progress, fill = filler.fill(task)
    assert all(isinstance(event, Progress) for event in progress)
    assert isinstance(fill, Fill)
    return fill


def test_a_hole_is_filled_with_what_the_server_writes_up_to_its_end_token() -> None:
    with asking(VllmDouble(CHAT, lambda _: "return first")) as filler:
        fill = fill_of(filler)
    assert fill.candidates[0].texts == ("return first",)
    assert fill.model == "diffusiongemma"
    assert 0 < fill.candidates[0].confidence <= 1


@pytest.mark.parametrize("tokenizer", [RAW, CHAT], ids=["raw", "chat"])
def test_prompt_and_canvas_are_laid_out_as_on_this_machine(tokenizer: object) -> None:
    double = VllmDouble(RAW if tokenizer is RAW else CHAT)
    with asking(double) as filler:
        fill_of(filler)
    profile = profile_for(double.tokenizer)
    layout = lay_out((FILE[:28], FILE[49:]), Prompt("a.py", "python", today=("",)), profile, double.tokenizer)
    for body in double.bodies:
        canvas, pinned = (body["vllm_xargs"][f"diffusion_{name}"] for name in ("seed_canvas", "pinned"))
        assert tuple(body["prompt"]) == layout.prompt
        given = [*range(len(layout.tail)), *range(len(canvas) - len(layout.suffix), len(canvas))]
        assert pinned == given
        assert [canvas[place] for place in pinned] == [*layout.tail, *layout.suffix]


def test_each_length_that_competes_is_a_request_of_its_own() -> None:
    double = VllmDouble(CHAT, delay_seconds=0.05)
    with asking(double) as filler:
        fill_of(filler)
    lengths = {body["vllm_xargs"]["diffusion_canvas_length"] for body in double.bodies}
    assert len(lengths) == len(double.bodies) == 3
    assert double.most_open == 3, "all are under way at once"
    assert {body["vllm_xargs"]["diffusion_max_steps"] for body in double.bodies} == {6}


def test_a_task_caps_steps_and_tokens() -> None:
    double = VllmDouble(CHAT, lambda _: "first + second + first + second")
    task = FillTask(TASK.pieces, path="/src/a.py", max_steps=2, max_tokens=3)
    with asking(double) as filler:
        (candidate,) = fill_of(filler, task).candidates
    assert len(candidate.holes[0]) == 3
    assert {body["vllm_xargs"]["diffusion_max_steps"] for body in double.bodies} == {2}


def test_a_hole_without_its_filler_grows_from_what_it_holds() -> None:
    text = "first + second + first + second + first"
    double = VllmDouble(RAW, lambda _: text)
    with asking(double) as filler:
        assert fill_of(filler).candidates[0].texts == (text[: len(text)],)
    widths = [body["vllm_xargs"]["diffusion_canvas_length"] for body in double.bodies]
    assert widths == sorted(set(widths))
    assert len(widths) > 1


def test_what_does_not_fit_one_canvas_goes_on_in_the_next() -> None:
    wanted = "first + second " * 40

    def go_on(read: str) -> str:
        return wanted[len(read.partition("⟨hole⟩")[0].rpartition(FILE)[2]) :]

    task = FillTask((FILE, Hole(), "z"), path="/src/a.py", max_tokens=90)
    double = VllmDouble(RAW, go_on)
    with asking(double) as filler:
        (candidate,) = fill_of(filler, task).candidates
    assert len(candidate.holes[0]) == 90
    assert wanted.startswith(candidate.texts[0])
    assert max(body["vllm_xargs"]["diffusion_canvas_length"] for body in double.bodies) == 48


def test_holes_that_fit_one_canvas_share_a_request() -> None:
    double = VllmDouble(CHAT, lambda read: "1" if "a = ⟨hole⟩" in read else "2")
    task = FillTask(("a = ", Hole(), "; b = ", Hole(), ";\n"), path="/src/a.py", max_tokens=4)
    with asking(double) as filler:
        assert fill_of(filler, task).candidates[0].texts == ("1", "2")
    assert len(double.bodies) == 1


def lengths_double(**changes: Any) -> VllmDouble:
    """Return a server whose answers differ by length, and which expects the suffix after the longest of them alone."""
    whole = " + ".join(["first", "second"] * 4)

    def answer(read: str) -> str:
        if not read.endswith("⟨hole⟩"):
            return whole
        return FILE[49:] if read.endswith(f"{whole}⟨hole⟩") else "else"

    return VllmDouble(CHAT, answer, **changes)


def test_of_several_lengths_the_one_that_the_suffix_follows_is_best() -> None:
    double = lengths_double()
    with asking(double) as filler:
        fill = fill_of(filler, replace(TASK, candidates=3))
    texts = [candidate.texts[0] for candidate in fill.candidates]
    assert texts[0] == " + ".join(["first", "second"] * 4)
    assert len(texts) == 3
    surest = max(fill.candidates, key=lambda candidate: candidate.confidence)
    assert surest.texts[0] != texts[0], "the server is surer of the tokens of a shorter one"


def test_lengths_are_ranked_without_the_suffix_where_it_cannot_be_asked_for() -> None:
    double = lengths_double(refuses_reads=True)
    with asking(double, limits=Limits(retries=0)) as filler:
        fill = fill_of(filler, replace(TASK, candidates=3))
    confidences = [candidate.confidence for candidate in fill.candidates]
    assert len(confidences) == 3
    assert confidences == sorted(confidences, reverse=True)


def test_a_server_that_ignores_canvases_gets_prompts_and_that_is_said() -> None:
    double = VllmDouble(CHAT, lambda _: "return first\n```\nBye", takes_canvases=False)
    with asking(double) as filler:
        assert filler.note == ""
        assert fill_of(filler).candidates[0].texts == ("return first",)
        assert filler.note.startswith("the server takes no canvases, so it goes on from the text before a hole")
        asked = len(double.bodies)
        assert fill_of(filler).candidates
        assert len(double.bodies) == asked + 1, "it is not asked for canvases again"
    assert "return first + second" not in CHAT.decode(double.bodies[-1]["prompt"])
    assert FILE[49:].strip() in CHAT.decode(double.bodies[-1]["prompt"]), "what follows is in the prompt"


def test_what_a_server_says_at_given_positions_does_not_matter() -> None:
    with asking(VllmDouble(CHAT, lambda _: "return first", echoes_what_is_given=False)) as filler:
        assert fill_of(filler).candidates[0].texts == ("return first",)
        assert filler.note == ""


def test_a_server_that_refuses_canvases_gets_prompts_and_its_words_are_said() -> None:
    with asking(VllmDouble(CHAT, lambda _: "pass", canvas_length=8)) as filler:
        task = FillTask(("a = ", Hole(), "; b = ", Hole(), ";\n"), path="/src/a.py")
        assert fill_of(filler, task).candidates[0].texts == ("pass", "pass")
        assert "no larger than the served canvas" in filler.note


def test_another_tokenizer_is_an_error() -> None:
    double = VllmDouble(RAW)
    with asking(double) as filler:
        double.tokenizer = CHAT
        with pytest.raises(
            ModelError, match=r"has another tokenizer than google/diffusiongemma .*: set checkpoint in "
        ):
            fill_of(filler)


def test_a_special_token_that_the_server_does_not_flag_is_no_difference() -> None:
    with asking(VllmDouble(CHAT, unflagged="<|channel>")) as filler:
        assert fill_of(filler).candidates[0].texts == ("pass",)


def test_a_special_token_with_another_id_is_an_error() -> None:
    # The texts agree; only the two that mark a turn have changed places.
    values = json.loads(CHAT._inner.to_str())
    for token in values["added_tokens"]:
        token["content"] = {"<|turn>": "<turn|>", "<turn|>": "<|turn>"}.get(token["content"], token["content"])
    vocabulary = values["model"]["vocab"]
    vocabulary["<|turn>"], vocabulary["<turn|>"] = vocabulary["<turn|>"], vocabulary["<|turn>"]
    double = VllmDouble(CHAT)
    with asking(double) as filler:
        double.tokenizer = Tokenizer(tokenizers.Tokenizer.from_str(json.dumps(values)))
        with pytest.raises(ModelError, match="has another tokenizer than"):
            fill_of(filler)


def test_another_model_is_an_error_that_names_those_served() -> None:
    double = VllmDouble(RAW, model="llama")
    with asking(double) as filler, pytest.raises(RemoteError, match='serves no "diffusiongemma" but llama: set model'):
        fill_of(filler)


def test_a_prompt_is_shortened_to_what_the_server_takes() -> None:
    task = FillTask((FILE * 20, Hole(), FILE * 5), path="/src/a.py")
    lengths = []
    for longest in (4096, 90):
        double = VllmDouble(RAW, max_model_len=longest)
        with asking(double) as filler:
            fill_of(filler, task)
        assert double.refused == []
        lengths.append(max(len(body["prompt"]) for body in double.bodies))
    assert lengths[1] <= 90 - 48 < lengths[0]


def test_a_document_elsewhere_is_not_sent() -> None:
    double = VllmDouble(CHAT)
    with asking(double, sends_unnamed=False) as filler:
        with pytest.raises(NotSentError, match=r"^/etc/hosts is not sent to http://127.* add its folder to folders in"):
            fill_of(filler, FillTask(TASK.pieces, path="/etc/hosts"))
        with pytest.raises(
            NotSentError, match=r"^text without a file is not sent to http.*; set unnamed to true in vllm"
        ):
            fill_of(filler, FillTask(TASK.pieces))
    assert double.bodies == []


def test_snippets_from_elsewhere_stay_here_and_paths_begin_below_the_folder() -> None:
    double = VllmDouble(CHAT)
    snippets = (
        Snippet("/src/lib/b.py", "first"),
        Snippet("/home/me/secret.py", "second"),
        Snippet("/src/../c.py", "x"),
    )
    with asking(double) as filler:
        filler._profile = replace(filler._profile, context=replace(filler._profile.context, snippet_tokens=60))
        fill_of(filler, replace(TASK, snippets=snippets))
    prompt = CHAT.decode(double.bodies[0]["prompt"])
    assert "lib/b.py" in prompt
    assert "/src" not in prompt
    assert "secret" not in prompt
    assert "c.py" not in prompt


def test_precedents_stay_here() -> None:
    double = VllmDouble(CHAT)
    precedents = (Precedent("first * second", score=2.0, path="/src/secret.py", line=3),)
    with asking(double) as filler:
        fill_of(filler, replace(TASK, precedents=precedents))
    for body in double.bodies:
        sent = CHAT.decode([*body["prompt"], *body["vllm_xargs"]["diffusion_seed_canvas"]])
        assert "first * second" not in sent
        assert "secret" not in sent


def test_an_overloaded_server_is_asked_again() -> None:
    double = VllmDouble(CHAT)
    with asking(double) as filler:
        fill_of(filler)
        double.failures = [503, 429, 500]
        assert fill_of(filler).candidates[0].texts == ("pass",)


def test_a_server_that_stays_overloaded_is_named() -> None:
    double = VllmDouble(CHAT, capacity=0)
    with (
        asking(double) as filler,
        pytest.raises(RemoteUnavailableError, match=r"is overloaded or broken \(HTTP 503\): "),
    ):
        fill_of(filler)


def test_one_length_that_fails_does_not_spoil_the_others() -> None:
    double = VllmDouble(CHAT)
    with asking(double, limits=Limits(retries=0)) as filler:
        fill_of(filler)
        double.failures = [503]
        assert fill_of(filler).candidates[0].texts == ("pass",)


def test_a_server_that_takes_too_long_is_named() -> None:
    double = VllmDouble(CHAT, delay_seconds=30)
    with (
        asking(double, limits=Limits(answer_seconds=0.1, retries=0)) as filler,
        pytest.raises(RemoteUnavailableError, match=r"did not answer within 0\.1 s: raise limits\.answer_seconds in"),
    ):
        fill_of(filler)


def test_a_server_that_is_gone_is_named_and_found_again() -> None:
    double = VllmDouble(CHAT)
    with asking(double) as filler:
        url = double.url
        fill_of(filler)
    filler = RemoteFiller(config_for(url), "", CHAT, profile_for(CHAT))
    with pytest.raises(RemoteUnavailableError, match=r"cannot be reached .*: see whether it runs, or correct url in"):
        fill_of(filler)
    filler.close()


def test_a_key_is_sent_and_a_wrong_one_is_an_error_without_it() -> None:
    double = VllmDouble(CHAT, key="s3cret")
    with asking(double, key="s3cret") as filler:
        assert fill_of(filler).candidates
    with (
        asking(double, key="wr0ng") as filler,
        pytest.raises(RemoteError, match="does not take the key: correct") as caught,
    ):
        fill_of(filler)
    assert "wr0ng" not in str(caught.value)


def test_a_fill_that_is_closed_hangs_up() -> None:
    double = VllmDouble(CHAT, delay_seconds=20)
    with asking(double) as filler:
        events = filler.fill(TASK)
        while double.open < 3:
            next(events)
        events.close()
        while double.hung_up < 3:
            pass
        double.delay_seconds = 0
        assert fill_of(filler).candidates


def test_a_budget_that_is_over_takes_what_has_come() -> None:
    double = VllmDouble(CHAT)
    with asking(double) as filler:
        fill = fill_of(filler, FillTask(TASK.pieces, path="/src/a.py", budget_seconds=1e-6))
    assert fill.candidates[0].stopped == "budget"
    assert fill.candidates[0].texts == ("pass",)


def test_a_servers_own_authority_is_trusted_where_it_is_named() -> None:
    double = VllmDouble(CHAT, has_certificate=True)
    with asking(double, access=Access(certificate=CERTIFICATE)) as filler:
        assert fill_of(filler).candidates[0].texts == ("pass",)
    untrusted = pytest.raises(RemoteUnavailableError, match=r"cannot be reached \(.*certificate verify failed")
    with asking(double, limits=Limits(retries=0)) as filler, untrusted:
        fill_of(filler)


def test_a_certificate_that_cannot_be_read_is_named() -> None:
    config = config_for("https://127.0.0.1:1", access=Access(certificate=Path("/no/such.pem")))
    with pytest.raises(
        ConfigError, match=r"^/no/such\.pem is no certificate that can be read .*: correct access\.cert"
    ):
        RemoteFiller(config, "", CHAT, profile_for(CHAT))
