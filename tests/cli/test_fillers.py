"""What is known of a model before it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.cli.fillers import FILLERS
from diffgemma_lsp.engine.client.facts import ModelFacts
from diffgemma_lsp.errors import ModelNotFoundError
from tests.cli.conftest import script


def test_a_local_model_is_known_by_its_profile() -> None:
    facts = FILLERS["local"].describe(None)
    assert facts is not None
    assert facts.name == "starter"
    assert not facts.follows_instructions
    assert min(facts.prompt_tokens, facts.canvas_tokens, facts.steps) > 0


def test_a_model_of_the_hub_is_not_known_before_it_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert FILLERS["local"].describe("nobody/has-this-model") is None


def test_a_script_is_known_by_its_keys(tmp_path: Path) -> None:
    model = script(tmp_path, name="actor", follows_instructions=True, steps=7)
    assert FILLERS["fake"].describe(model) == ModelFacts("actor", follows_instructions=True, steps=7)


@pytest.mark.parametrize("kind", FILLERS)
def test_a_model_that_means_nothing_is_refused(kind: str) -> None:
    with pytest.raises(ModelNotFoundError):
        FILLERS[kind].describe("nothing")
