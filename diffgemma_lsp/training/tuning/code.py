"""The task of tuning to code: a folder of it, or lines of JSON with the holes in place."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from diffgemma_lsp.corpus.digests import digest
from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.fill import Filler
from diffgemma_lsp.training.batch import Batch, make_batch, sample_documents
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.tuning import lines
from diffgemma_lsp.training.tuning.examples import MOST_FILLS, examples_of, measure
from diffgemma_lsp.training.tuning.reading import code_in, split
from diffgemma_lsp.training.tuning.sizes import DocumentSizes, sizes_of
from diffgemma_lsp.training.tuning.task import Kind, Quality, Request, Task
from diffgemma_lsp.training.validation import validation_batches

FEWEST_FILES = 3
FEWEST_CHARACTERS = 10_000
"""Some 3,000 tokens, of which one more step than a handful would only repeat what is known by heart."""


@dataclass(frozen=True, slots=True)
class CodeTask:
    """Files to learn from, and others to be measured on."""

    learned: list[Module]
    kept_apart: list[Module]
    dialect: Dialect
    sizes: DocumentSizes
    seed: int

    @property
    def digest(self) -> str:
        """Digest of all paths and texts."""
        files = (*self.learned, *self.kept_apart)
        return f"{digest([part for module in files for part in (module.path, module.text)]):016x}"

    @property
    def summary(self) -> str:
        """How much there is."""
        characters = sum(len(module.text) for module in self.learned)
        return f"{len(self.learned)} files with {characters:,} characters, and {len(self.kept_apart)} held out"

    def batch(self, step: int) -> Batch:
        """Return documents from random places with random holes."""
        rng = random.Random(f"{self.seed} {step}")
        tokens = rng.choice(self.sizes.prompts)
        rows = self.sizes.rows(tokens)
        documents = sample_documents(self.learned, rows, tokens, self.dialect, rng)
        return make_batch(documents, self.sizes.slots, self.dialect, rng)

    def held_out(self) -> Sequence[Batch]:
        """Return documents of the files that are held out, all holes fully random."""
        return validation_batches(self.kept_apart, self.dialect, self.sizes.prompts[-1], self.sizes.slots)

    def measure(self, filler: Filler) -> Quality:
        """Fill holes in the files that are held out."""
        return measure(filler, examples_of(self.kept_apart, MOST_FILLS, self.seed))


def open_task(request: Request, dialect: Dialect) -> Task:
    """Return the task for a folder of code or a file of JSON lines. Raises InputError where there is too little."""
    data = request.data
    if data is None:
        raise InputError("there is nothing to learn from: name a folder of code, or a file of JSON lines, by --data")
    if data.is_file():
        return lines.open_lines(data, request, dialect)
    if not data.is_dir():
        raise InputError(f"{data} is neither a folder nor a file: name a folder of code, or a file of JSON lines")
    learned, kept_apart = split(code_in(data), request.seed)
    characters = sum(len(module.text) for module in learned)
    if len(learned) + 1 < FEWEST_FILES or characters < FEWEST_CHARACTERS:
        raise InputError(
            f"{data} holds {len(learned) + len(kept_apart)} files of code that a model may see, with {characters:,}"
            f" characters to learn from, and tuning takes {FEWEST_FILES} and {FEWEST_CHARACTERS:,} at least (ignored,"
            " secret, generated, repeated and huge files do not count): name a folder with more"
        )
    return CodeTask(learned, kept_apart, dialect, sizes_of(dialect, request.positions), request.seed)


KIND = Kind(open_task)
