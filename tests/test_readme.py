"""What the README and CI show is what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from diffgemma_lsp.prompts.profile import load_profile

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = " ".join(README.split())
PAGES = (
    ROOT / "README.md",
    *sorted(ROOT.glob("diffgemma_lsp/*/NOTES.md")),
    ROOT / "diffgemma_lsp" / "models" / "starter" / "MODEL_CARD.md",
    *sorted(ROOT.glob("editor-clients/*.md")),
    *sorted(ROOT.glob("editor-clients/*/*.md")),
)


def test_ci_runs_the_two_commands_of_the_readme() -> None:
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert len(commands) == 2
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert set(commands) <= set(lines)


def test_the_line_that_the_readme_fills_is_one_of_its_file() -> None:
    (file, line), *others = re.findall(r"^python3 .* infill (\S+) --lines (\d+)", README, re.MULTILINE)
    assert not others
    assert (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8"))
    broken = []
    for file, heading in links:
        target = page.parent / file if file else page
        if "://" not in file and not (target.exists() and (not heading or heading in anchors(target))):
            broken.append((file, heading))
    assert broken == []


def anchors(page: Path) -> set[str]:
    """Return what the headings of a page are called in links to them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_links_of_the_readme_are_seen() -> None:
    assert "measured" in anchors(ROOT / "README.md")
    assert len(re.findall(r"\]\([^)]+\)", README)) > 20


def test_the_map_of_rooms_names_every_package() -> None:
    rooms = {path.parent.name for path in (ROOT / "diffgemma_lsp").glob("*/__init__.py")}
    mapped = set(re.findall(r"^  (\w+)/ ", README, re.MULTILINE))
    assert rooms <= mapped


def test_the_servers_command_reads_a_prompt_in_one_piece_and_serves_the_profile_s_canvas() -> None:
    command = re.search(r"^vllm serve (\S+)(.*?)```", README, re.MULTILINE | re.DOTALL)
    assert command is not None
    options = dict(re.findall(r"--([a-z-]+) ('[^']*'|[^\s\\]+)", command[2]))
    profile = load_profile(Path(command[1]), command[1])
    longest = int(options["max-model-len"])
    assert longest >= profile.context.prompt_tokens + profile.canvas.max_length
    assert int(options["max-num-batched-tokens"]) >= longest
    served = json.loads(options["diffusion-config"].strip("'"))
    assert served == {"canvas_length": profile.canvas.max_length, "max_denoising_steps": profile.sampling.steps}


def test_the_cost_of_a_fill_by_a_server_is_computed_from_the_profile() -> None:
    profile = load_profile(Path(), "google/diffusiongemma-26B-A4B-it")
    canvas = profile.canvas
    given = canvas.prefix_tail_tokens + canvas.suffix_head_tokens
    positions = sum(given + slots for slots in canvas.buckets)
    steps = profile.sampling.steps
    assert f"{positions} canvas positions together, for at most {steps} steps and the one that ranks them" in WORDS
    assert f"= {round(positions * (steps + 1) * 2 * 3.82e9 / 1e12)} TFLOP" in WORDS
