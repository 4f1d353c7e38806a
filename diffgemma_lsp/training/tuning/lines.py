"""A file of JSON lines, each a text with its holes in place.

`{"pieces": ["total = ", {"hole": "first + second"}, "\\n"], "path": "a.py"}` is one; `path` may be left out. Lines of
the same path are held out together.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from diffgemma_lsp.corpus.digests import digest
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.fill import Filler
from diffgemma_lsp.prompts.layout import MOST_CHARACTERS_PER_TOKEN
from diffgemma_lsp.training.batch import Batch, stacked
from diffgemma_lsp.training.corruption import Noise
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.layout import FAR_SUFFIX_TOKENS, SUFFIX_SHARE, Canvas, Document, cut_document, lay_out
from diffgemma_lsp.training.tuning.examples import MOST_FILLS, Example, measure
from diffgemma_lsp.training.tuning.line import read_line
from diffgemma_lsp.training.tuning.sizes import DocumentSizes, sizes_of
from diffgemma_lsp.training.tuning.task import Quality, Request

FEWEST_LINES = 10
HELD_OUT_SHARE = 0.1
_HELD_OUT_ROWS = 32
_SLACK_TOKENS = 24
"""For what a prompt says around a far suffix, and for a text that is tokenized anew from where it is cut."""


@dataclass(frozen=True, slots=True)
class LinesTask:
    """Examples to learn from, and others to be measured on."""

    learned: list[Example]
    kept_apart: list[Example]
    dialect: Dialect
    sizes: DocumentSizes
    seed: int

    @property
    def digest(self) -> str:
        """Digest of all paths, texts and holes."""
        return f"{digest([repr(example) for example in (*self.learned, *self.kept_apart)]):016x}"

    @property
    def summary(self) -> str:
        """How much there is."""
        return f"{len(self.learned)} texts with holes, and {len(self.kept_apart)} held out"

    def batch(self, step: int) -> Batch:
        """Return random examples, one in each row."""
        rng = random.Random(f"{self.seed} {step}")
        tokens = rng.choice(self.sizes.prompts)
        slots = self.dialect.profile.canvas.max_length
        chosen = rng.choices(self.learned, k=max(1, self.sizes.positions // (tokens + slots)))
        return self._stacked(chosen, tokens, rng)

    def held_out(self) -> Sequence[Batch]:
        """Return the examples that are held out, as far as they fit a batch, as `validate` wants them."""
        noise = self.dialect.noise.to_validate
        kept = self.kept_apart[:_HELD_OUT_ROWS]
        return [self._stacked(kept, self.sizes.prompts[-1], random.Random(self.seed), noise)]

    def measure(self, filler: Filler) -> Quality:
        """Fill examples that are held out."""
        return measure(filler, self.kept_apart[:MOST_FILLS])

    def _stacked(
        self, examples: Sequence[Example], tokens: int, rng: random.Random, noise: Noise | None = None
    ) -> Batch:
        pairs = [laid_out(example, tokens, self.dialect, rng) for example in examples]
        documents, rows = [document for document, _ in pairs], [[canvas] for _, canvas in pairs]
        return stacked(documents, rows, max(len(canvas.ids) for _, canvas in pairs), self.dialect, rng, noise)


def laid_out(example: Example, tokens: int, dialect: Dialect, rng: random.Random) -> tuple[Document, Canvas]:
    """Return an example as a document of at most `tokens` tokens that reaches its first hole, and its canvas."""
    text, first, last = example.text, example.holes[0].start, example.holes[-1].end
    far, limit = 0, len(text)
    if dialect.tells_suffix and last + 1 < limit and rng.random() < SUFFIX_SHARE:
        far = min(rng.randint(*FAR_SUFFIX_TOKENS), tokens // 4)
        limit = rng.randint(last + 1, limit - 1)
    before = max(1, tokens - far - len(dialect.head(example.path, ())) - _SLACK_TOKENS)
    earliest = max(0, first - MOST_CHARACTERS_PER_TOKEN * before)
    _, starts = dialect.tokenizer.encode_with_starts(text[earliest:first])
    begin = earliest + starts[max(0, len(starts) - 1 - before)]
    document = cut_document(text, begin, limit, tokens, far, dialect, example.path)
    canvas = lay_out(document, example.holes, dialect, rng, is_exact=True)
    assert canvas is not None, "its holes fit, and the text's end or more follows"
    return document, canvas


def open_lines(file: Path, request: Request, dialect: Dialect) -> LinesTask:
    """Return the task for a file of JSON lines. Raises InputError that names the first line that cannot be used."""
    try:
        content = file.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): name a file that you may read") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 at byte {error.start}: write its lines of JSON in UTF-8") from error
    examples = [
        read_line(line, f"{file}, line {number}", dialect)
        for number, line in enumerate(content.split("\n"), 1)
        if line.strip()
    ]
    if len(examples) < FEWEST_LINES:
        raise InputError(
            f"{file} holds {len(examples)} texts with holes, and tuning takes {FEWEST_LINES} at least: add more lines"
        )
    learned, kept_apart = _split(examples, request.seed)
    if not learned:
        raise InputError(
            f"{file} has one path in all of its lines, so none can be held out: give each file its own path"
        )
    return LinesTask(learned, kept_apart, dialect, sizes_of(dialect, request.positions), request.seed)


def _split(examples: list[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """Return what is learned from and what is held out, path by path; a line without a path stands for itself."""
    keys = [example.path or example.text for example in examples]
    drawn = sorted(set(keys), key=lambda key: digest([str(seed), key]))
    wanted = max(1, round(HELD_OUT_SHARE * len(examples)))
    apart: set[str] = set()
    while sum(key in apart for key in keys) < wanted:
        apart.add(drawn[len(apart)])
    rows = list(zip(keys, examples, strict=True))
    return [row for key, row in rows if key not in apart], [row for key, row in rows if key in apart]
