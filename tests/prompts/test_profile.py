from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from diffgemma_lsp.errors import ConfigError
from diffgemma_lsp.prompts.profile import configs_folder, load_profile, read_profile
from diffgemma_lsp.prompts.smoothing import Smoothing

REPOSITORY = Path(__file__).parents[2]
STARTER = REPOSITORY / "diffgemma_lsp" / "models" / "starter"

VALID = """\
name = "tiny"
prompt = "raw"
follows_instructions = false
[tokens]
bos = "<bos>"
end = ["<eos>"]
filler = "<filler>"
suffix = "<suffix>"
prefix = "<prefix>"
banned = []
[canvas]
max_length = 64
buckets = [8, 16]
prefix_tail_tokens = 8
suffix_head_tokens = 16
[sampling]
attempts = 1
steps = 8
entropy_bound = 0.5
temperature_start = 1
temperature_end = 0.4
stability = 1
confidence = 0.01
[context]
prompt_tokens = 128
suffix_tokens = 32
snippet_tokens = 16
"""


def write(folder: Path, text: str, name: str = "profile.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_profile_may_name_the_scheme_of_its_weights(tmp_path: Path) -> None:
    assert read_profile(write(tmp_path, VALID)).scheme is None
    assert read_profile(write(tmp_path, f'scheme = "int4"\n{VALID}')).scheme == "int4"
    message = r'profile\.toml: scheme is "q2", but it must be "bf16" or "int8" or "fp8" or "int4" or "nf4"$'
    with pytest.raises(ConfigError, match=message):
        read_profile(write(tmp_path, f'scheme = "q2"\n{VALID}'))


def test_a_profile_may_say_how_much_ngrams_count(tmp_path: Path) -> None:
    assert read_profile(write(tmp_path, VALID)).ngrams is None
    table = "[ngrams]\nprior = 6\nspread = 1.5\n"
    assert read_profile(write(tmp_path, VALID + table)).ngrams == Smoothing(6.0, 1.5)
    with pytest.raises(ConfigError, match=r"ngrams\.prior is 0, but it must be a number above 0 and at most 1000$"):
        read_profile(write(tmp_path, VALID + table.replace("6", "0")))
    with pytest.raises(ConfigError, match=r"unknown key ngrams\.length; allowed are prior, spread$"):
        read_profile(write(tmp_path, f"{VALID}{table}length = 8\n"))


def test_every_value_of_a_profile_is_read(tmp_path: Path) -> None:
    profile = read_profile(write(tmp_path, VALID))
    assert (profile.name, profile.prompt, profile.follows_instructions) == ("tiny", "raw", False)
    assert profile.tokens.all == ("<bos>", "<eos>", "<filler>", "<suffix>", "<prefix>")
    assert (profile.canvas.max_length, profile.canvas.buckets) == (64, (8, 16))
    assert (profile.canvas.prefix_tail_tokens, profile.canvas.suffix_head_tokens) == (8, 16)
    sampling = profile.sampling
    assert (sampling.steps, sampling.entropy_bound, sampling.stability, sampling.confidence) == (8, 0.5, 1, 0.01)
    assert (sampling.temperature_start, sampling.temperature_end) == (1.0, 0.4)
    assert (profile.context.prompt_tokens, profile.context.suffix_tokens, profile.context.snippet_tokens) == (
        128,
        32,
        16,
    )


def test_a_profile_may_have_errors_repaired(tmp_path: Path) -> None:
    assert read_profile(write(tmp_path, VALID)).sampling.repairs == 0
    assert read_profile(write(tmp_path, VALID)).sampling.beams == 0
    assert read_profile(write(tmp_path, VALID.replace("steps = 8", "steps = 8\nbeams = 3"))).sampling.beams == 3
    assert read_profile(write(tmp_path, VALID.replace("steps = 8", "steps = 8\nrepairs = 2"))).sampling.repairs == 2
    without = VALID.replace('filler = "<filler>"\n', "").replace("steps = 8", "steps = 8\nrepairs = 2")
    with pytest.raises(ConfigError, match=r"repairs is 2, but it must be left out without tokens\.filler"):
        read_profile(write(tmp_path, without))


def test_holes_settle_from_the_left_where_a_profile_says_so(tmp_path: Path) -> None:
    assert read_profile(write(tmp_path, VALID)).sampling.settled is None
    settling = VALID.replace("entropy_bound = 0.5", "settled = 0.25")
    sampling = read_profile(write(tmp_path, settling)).sampling
    assert (sampling.settled, sampling.entropy_bound) == (0.25, None)


def test_the_tokens_of_the_self_conditioning_may_be_bounded(tmp_path: Path) -> None:
    assert read_profile(write(tmp_path, VALID)).sampling.signal_tokens == 0
    bounded = VALID.replace("[sampling]", "[sampling]\nsignal_tokens = 32")
    assert read_profile(write(tmp_path, bounded)).sampling.signal_tokens == 32
    message = r"sampling\.signal_tokens is 0, but it must be a whole number from 1 to 262144$"
    with pytest.raises(ConfigError, match=message):
        read_profile(write(tmp_path, bounded.replace("signal_tokens = 32", "signal_tokens = 0")))


def test_tokens_without_a_role_in_the_checkpoint_may_be_left_out(tmp_path: Path) -> None:
    lines = [line for line in VALID.splitlines() if not line.startswith(("filler", "suffix = ", "prefix = "))]
    tokens = read_profile(write(tmp_path, "\n".join(lines))).tokens
    assert (tokens.filler, tokens.suffix, tokens.prefix) == (None, None, None)


def test_the_bundled_profile_fits_the_format_of_the_starter() -> None:
    profile = load_profile(STARTER, "starter")
    assert profile.prompt == "raw"
    assert profile.tokens.filler == "<|filler|>"
    # The vocabulary flags no token as special, so the one without a role must be named.
    assert profile.tokens.banned == ("<|pad|>",)


def test_the_big_checkpoint_has_a_preset_under_its_hub_id(tmp_path: Path) -> None:
    profile = load_profile(tmp_path, "google/diffusiongemma-26B-A4B-it")
    assert (profile.prompt, profile.follows_instructions) == ("chat", True)
    assert profile.tokens.end == ("<eos>", "<turn|>", "<|tool_response>")
    assert profile.tokens.filler is None


# The one that says which server is asked is no profile, and has a test of its own.
PRESETS = sorted(path for path in configs_folder().glob("*.toml") if path.stem != "vllm")


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_every_preset_can_be_read(path: Path) -> None:
    assert read_profile(path).name == path.stem


def test_the_presets_are_packed_where_the_installed_package_looks_for_them() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    packed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert packed == {"configs": "diffgemma_lsp/configs"}
    assert configs_folder() == REPOSITORY / "configs"


def test_the_profile_beside_a_checkpoint_comes_first(tmp_path: Path) -> None:
    write(tmp_path, VALID)
    assert load_profile(tmp_path, "google/diffusiongemma-26B-A4B-it").name == "tiny"


def test_a_checkpoint_without_a_profile_says_which_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^no profile says how to prompt someone/odd: write ") as caught:
        load_profile(tmp_path, "someone/odd")
    assert str(tmp_path / "profile.toml") in str(caught.value)
    assert str(configs_folder() / "odd.toml") in str(caught.value)


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "name = ")
    with pytest.raises(ConfigError, match=r"profile\.toml is not TOML: "):
        read_profile(path)
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(ConfigError, match=r"profile\.toml is not TOML: "):
        read_profile(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml cannot be read: No such file"):
        read_profile(tmp_path / "gone.toml")


WRONG = [
    ('name = "tiny"', "", r"name is missing; it must be a string that is not empty$"),
    ('name = "tiny"', 'name = ""', r'name is "", but it must be a string that is not empty$'),
    ('prompt = "raw"', 'prompt = "fim"', r'prompt is "fim", but it must be "raw" or "chat"$'),
    ('prompt = "raw"', "prompt = [1]", r'prompt is \[1\], but it must be "raw" or "chat"$'),
    ("follows_instructions = false", "follows_instructions = 0", r"follows_instructions is 0, but it must be true or"),
    ("follows_instructions = false", "follows_instructions = true", r"is true, but it must be false, because a raw "),
    ("[tokens]", "temprature = 1\n[tokens]", r"unknown key temprature; allowed are name, prompt, "),
    ("[context]", "[other]", r"unknown key other; allowed are name, prompt, "),
    ("[canvas]", "[canvas.sub]", r"unknown key canvas\.sub; allowed are max_length, "),
    ('name = "tiny"', 'name = "tiny"\ncontext = 3', r"is not TOML"),
    ("banned = []", "baned = []\nbanned = []", r"unknown key tokens\.baned; allowed are bos, end, banned, "),
    ("banned = []", 'banned = "x"', r'tokens\.banned is "x", but it must be a list of strings that are not empty$'),
    ("banned = []", 'banned = ["x", ""]', r"tokens\.banned is \['x', ''\], but it must be a list of strings"),
    ("banned = []", 'banned = ["<filler>"]', r"tokens\.banned is \['<filler>'\], but it must be without the filler"),
    ("banned = []", "", r"tokens\.banned is missing; it must be a list of strings"),
    ('end = ["<eos>"]', "end = []", r"tokens\.end is \[\], but it must be a list of at least one token$"),
    ('filler = "<filler>"', "filler = 3", r"tokens\.filler is 3, but it must be a string that is not empty$"),
    ('suffix = "<suffix>"', "", r'tokens\.prefix is "<prefix>", but it must be left out or come with tokens\.suffix$'),
    ('prefix = "<prefix>"', "", r'tokens\.suffix is "<suffix>", but it must be left out or come with tokens\.prefix$'),
    ('prompt = "raw"', 'prompt = "chat"', r'tokens\.suffix is "<suffix>", but it must be left out, because only '),
    ("max_length = 64", "max_length = 7", r"canvas\.max_length is 7, but it must be a whole number from 8 to 4096$"),
    ("max_length = 64", "max_length = true", r"canvas\.max_length is true, but it must be a whole number from 8 to"),
    ("max_length = 64", "max_length = 64.0", r"canvas\.max_length is 64\.0, but it must be a whole number"),
    ("[8, 16]", "[16, 8]", r"canvas\.buckets is \[16, 8\], but it must be a list of ascending whole numbers from 1 to"),
    ("[8, 16]", "[8, 8]", r"canvas\.buckets is \[8, 8\], but it must be a list of ascending"),
    (
        "[8, 16]",
        "[0, 8]",
        r"canvas\.buckets is \[0, 8\], but it must be a list of ascending whole numbers from 1 to 64$",
    ),
    ("[8, 16]", "[]", r"canvas\.buckets is \[\], but it must be a list of ascending"),
    ("[8, 16]", "8", r"canvas\.buckets is 8, but it must be a list of ascending"),
    ("[8, 16]", "[8, 41]", r"canvas\.buckets is \[8, 41\], but it must be at most 40 at the end: max_length less "),
    (
        "entropy_bound = 0.5",
        "entropy_bound = 0",
        r"entropy_bound is 0, but it must be a number above 0 and at most 100$",
    ),
    ("entropy_bound = 0.5", "entropy_bound = nan", r"sampling\.entropy_bound is nan, but it must be a number above 0"),
    ("entropy_bound = 0.5", 'entropy_bound = "1"', r'entropy_bound is "1", but it must be a number above 0'),
    ("entropy_bound = 0.5", "settled = 1.5", r"settled is 1\.5, but it must be a number above 0 and at most 1$"),
    (
        "entropy_bound = 0.5",
        "entropy_bound = 0.5\nsettled = 0.5",
        r"entropy_bound is 0\.5, but .* left out beside settled",
    ),
    ("temperature_end = 0.4", "temperature_end = 1.1", r"temperature_end is 1\.1, but it must be .* at most 1$"),
    ("steps = 8", "steps = 8\nbeams = 17", r"sampling\.beams is 17, but it must be a whole number from 0 to 16$"),
    ("steps = 8", "steps = 8\nrepairs = 17", r"sampling\.repairs is 17, but it must be a whole number from 0 to 16$"),
    ("steps = 8", "steps = 0", r"sampling\.steps is 0, but it must be a whole number from 1 to 1024$"),
    ("suffix_tokens = 32", "suffix_tokens = 65", r"context\.suffix_tokens is 65, but it must be .* from 0 to 64$"),
    ("snippet_tokens = 16", "snippet_tokens = 33", r"context\.snippet_tokens is 33, but it must be .* from 0 to 32$"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG, ids=[f"{old} -> {new}"[:60] for old, new, _ in WRONG])
def test_a_wrong_value_names_file_key_and_what_is_allowed(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in VALID
    path = write(tmp_path, VALID.replace(old, new, 1))
    with pytest.raises(ConfigError, match=message) as caught:
        read_profile(path)
    assert str(caught.value).startswith(f"{path}")


def test_a_value_in_place_of_a_table_is_named(tmp_path: Path) -> None:
    start = VALID.index("[context]")
    path = write(tmp_path, "context = 3\n" + VALID[:start])
    with pytest.raises(ConfigError, match=r"context is 3, but it must be a table$"):
        read_profile(path)
