"""Model profiles: how a checkpoint is prompted and denoised, read from TOML beside its weights or in `configs/`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from diffgemma_lsp.errors import ConfigError
from diffgemma_lsp.prompts.calibration import Calibration, TextOdds, read_calibration, read_text_odds
from diffgemma_lsp.prompts.schemes import SCHEME_NAMES
from diffgemma_lsp.prompts.section import Section
from diffgemma_lsp.prompts.smoothing import Smoothing, read_smoothing

PromptFormat = Literal["raw", "chat"]

PROFILE = "profile.toml"

_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class TokenNames:
    """The tokens with a role, as the tokenizer spells them.

    `end` ends a document or a turn. `filler` closes the slack of a hole. `suffix` and `prefix` mark the far suffix and
    what follows it, in raw prompts. `banned` may not stand in a hole, besides every special token but the filler.
    """

    bos: str
    end: tuple[str, ...]
    banned: tuple[str, ...]
    filler: str | None
    suffix: str | None
    prefix: str | None

    @property
    def all(self) -> tuple[str, ...]:
        """Every token that is named."""
        optional = (token for token in (self.filler, self.suffix, self.prefix) if token is not None)
        return (self.bos, *self.end, *self.banned, *optional)


@dataclass(frozen=True, slots=True)
class CanvasBudget:
    """Tokens of one canvas: at most `prefix_tail_tokens` given, then a hole's slots, then `suffix_head_tokens` given.

    `buckets` are the numbers of slots that a hole may have, ascending.
    """

    max_length: int
    buckets: tuple[int, ...]
    prefix_tail_tokens: int
    suffix_head_tokens: int


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a canvas is denoised unless the task says otherwise.

    `attempts` is the least number of rows that compete for an answer, the encoder's likelihood being the judge.
    `entropy_bound` is in nats; the temperature falls from start to end over `steps`, wherever denoising stops. It
    stops when the best tokens stayed the same for `stability` steps and their mean entropy is under `confidence` nats.
    `signal_tokens` of the most probable tokens make the self-conditioning, 0 is all of them. With `settled`, holes
    settle from the left instead, a token being in doubt while none has that probability; just one of the two is given.
    With `beams`, as many lines that the encoder writes from left to right compete for a single hole.
    `repairs` rows are denoised once more from an error on, where the best answer is one with which the code around the
    holes does not parse.
    """

    attempts: int
    steps: int
    entropy_bound: float | None
    temperature_start: float
    temperature_end: float
    stability: int
    confidence: float
    signal_tokens: int = 0
    settled: float | None = None
    repairs: int = 0
    beams: int = 0


@dataclass(frozen=True, slots=True)
class ContextBudget:
    """`prompt_tokens` bounds all that the encoder reads; within it, `suffix_tokens` the far suffix and `snippet_tokens`
    related code from other documents, 0 for a checkpoint that such code does not help."""

    prompt_tokens: int
    suffix_tokens: int
    snippet_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """How a checkpoint wants to be asked.

    A `raw` prompt is the document itself, a `chat` prompt a conversation in which the model's turn is the document.
    `scheme` is how its weights are kept where nobody asks for another, None the best that fits the device.
    Without a calibration for it, a model does not use precedents; without `confidence`, that of a token is shown as the
    model has it. With `ngrams`, those of a document count where an only hole is filled.
    """

    name: str
    prompt: PromptFormat
    follows_instructions: bool
    tokens: TokenNames
    canvas: CanvasBudget
    sampling: Sampling
    context: ContextBudget
    scheme: str | None = None
    confidence: TextOdds | None = None
    precedents: Calibration | None = None
    ngrams: Smoothing | None = None


def load_profile(folder: Path, name: str) -> ModelProfile:
    """Return the profile of the checkpoint in `folder`, known as `name` (a hub id or a folder's name).

    `profile.toml` beside the checkpoint comes first, then `configs/`, by the last part of the name. Raises ConfigError
    when neither is there, or what is there cannot be used.
    """
    return read_profile(profile_path(folder, name))


def profile_path(folder: Path, name: str) -> Path:
    """Return the file of that profile. Raises ConfigError when there is none."""
    beside = folder / PROFILE
    preset = configs_folder() / f"{name.rsplit('/', maxsplit=1)[-1]}.toml"
    for path in (beside, preset):
        if path.is_file():
            return path
    raise ConfigError(f"no profile says how to prompt {name}: write {beside} (or {preset}), after the presets there")


def configs_folder() -> Path:
    """Return where the presets are: in the package once installed, at the root of the repository otherwise."""
    installed = _PACKAGE / "configs"
    return installed if installed.is_dir() else _PACKAGE.parent / "configs"


def read_profile(path: Path) -> ModelProfile:
    """Return the profile in a TOML file. Raises ConfigError for anything in it that is unknown, missing or wrong."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # both TOML and UTF-8
        raise ConfigError(f"{path} is not TOML: {error}") from error
    top = Section(path, "", values).only(_keys(ModelProfile))
    prompt: PromptFormat = "chat" if top.choice("prompt", ("raw", "chat")) == "chat" else "raw"
    follows_instructions = top.flag("follows_instructions")
    if follows_instructions and prompt == "raw":
        raise top.error("follows_instructions", "false, because a raw prompt has no place for instructions")
    tokens = _tokens(top.section("tokens"), prompt)
    return ModelProfile(
        name=top.text("name"),
        prompt=prompt,
        follows_instructions=follows_instructions,
        tokens=tokens,
        canvas=_canvas(top.section("canvas")),
        sampling=_sampling(top.section("sampling"), tokens),
        context=_context(top.section("context")),
        scheme=top.choice("scheme", SCHEME_NAMES) if "scheme" in values else None,
        confidence=read_text_odds(top.section("confidence")) if "confidence" in top.values else None,
        precedents=read_calibration(top.section("precedents")) if "precedents" in top.values else None,
        ngrams=read_smoothing(top.section("ngrams")) if "ngrams" in top.values else None,
    )


def _tokens(section: Section, prompt: PromptFormat) -> TokenNames:
    section.only(_keys(TokenNames))
    tokens = TokenNames(
        bos=section.text("bos"),
        end=section.texts("end"),
        banned=section.texts("banned"),
        filler=section.optional_text("filler"),
        suffix=section.optional_text("suffix"),
        prefix=section.optional_text("prefix"),
    )
    if not tokens.end:
        raise section.error("end", "a list of at least one token")
    if tokens.filler in tokens.banned:
        raise section.error("banned", "without the filler, which closes holes")
    for key, other in (("suffix", "prefix"), ("prefix", "suffix")):
        if prompt == "chat" and key in section.values:
            raise section.error(key, 'left out, because only prompt = "raw" marks the suffix')
        if key in section.values and other not in section.values:
            raise section.error(key, f"left out or come with tokens.{other}")
    return tokens


def _canvas(section: Section) -> CanvasBudget:
    section.only(_keys(CanvasBudget))
    longest = section.integer("max_length", 8, 4096)
    canvas = CanvasBudget(
        max_length=longest,
        buckets=section.ascending("buckets", 1, longest),
        prefix_tail_tokens=section.integer("prefix_tail_tokens", 0, longest),
        suffix_head_tokens=section.integer("suffix_head_tokens", 0, longest),
    )
    room = longest - canvas.prefix_tail_tokens - canvas.suffix_head_tokens
    if canvas.buckets[-1] > room:
        wanted = f"at most {room} at the end: max_length less prefix_tail_tokens and suffix_head_tokens"
        raise section.error("buckets", wanted)
    return canvas


def _sampling(section: Section, tokens: TokenNames) -> Sampling:
    section.only(_keys(Sampling))
    start = section.number("temperature_start", 10)
    settled = section.number("settled", 1) if "settled" in section.values else None
    if settled and "entropy_bound" in section.values:
        raise section.error("entropy_bound", "left out beside settled, which decides instead")
    if "repairs" in section.values and tokens.filler is None:
        raise section.error("repairs", "left out without tokens.filler, which says where a hole ends")
    return Sampling(
        attempts=section.integer("attempts", 1, 64),
        steps=section.integer("steps", 1, 1024),
        entropy_bound=None if settled else section.number("entropy_bound", 100),
        temperature_start=start,
        temperature_end=section.number("temperature_end", start),
        stability=section.integer("stability", 0, 1024),
        confidence=section.number("confidence", 100),
        signal_tokens=section.integer("signal_tokens", 1, 262_144) if "signal_tokens" in section.values else 0,
        settled=settled,
        beams=section.integer("beams", 0, 16) if "beams" in section.values else 0,
        repairs=section.integer("repairs", 0, 16) if "repairs" in section.values else 0,
    )


def _context(section: Section) -> ContextBudget:
    section.only(_keys(ContextBudget))
    prompt_tokens = section.integer("prompt_tokens", 16, 262_144)
    return ContextBudget(
        prompt_tokens,
        suffix_tokens=section.integer("suffix_tokens", 0, prompt_tokens // 2),
        snippet_tokens=section.integer("snippet_tokens", 0, prompt_tokens // 4)
        if "snippet_tokens" in section.values
        else 0,
    )


def _keys(shape: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(shape))
