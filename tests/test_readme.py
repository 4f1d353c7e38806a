"""What the README and CI show is what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

from diffgemma_lsp.models.profile import load_profile

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = " ".join(README.split())


def test_ci_runs_the_two_commands_of_the_readme() -> None:
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert len(commands) == 2
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert set(commands) <= set(lines)


def test_the_line_that_the_readme_fills_is_one_of_its_file() -> None:
    (file, line), *others = re.findall(r"^python3 .* infill (\S+) --lines (\d+)", README, re.MULTILINE)
    assert not others
    assert (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()


def test_files_that_the_readme_links_to_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


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
