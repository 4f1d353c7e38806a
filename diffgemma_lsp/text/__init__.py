"""Documents, spans, edits, places and trimming: text in, text out.

Knows no file system, no model and no editor. Offsets count code points in a text whose line ends are a plain line
feed; `Document` is where other line ends, byte order marks and encodings begin. `syntax` is the only folder that has
syntax trees; what is beside it works without one, too.
"""

from diffgemma_lsp.text.diff import unified_diff
from diffgemma_lsp.text.document import Document
from diffgemma_lsp.text.indentation import Indentation
from diffgemma_lsp.text.languages import language_of
from diffgemma_lsp.text.places import MARKER, Place, marked_places, spanned_places
from diffgemma_lsp.text.positions import LineIndex, Position
from diffgemma_lsp.text.spans import Edit, Span, apply_edits
from diffgemma_lsp.text.surroundings import Surroundings
from diffgemma_lsp.text.traced import TokenPart
from diffgemma_lsp.text.trimming import trim

__all__ = [
    "MARKER",
    "Document",
    "Edit",
    "Indentation",
    "LineIndex",
    "Place",
    "Position",
    "Span",
    "Surroundings",
    "TokenPart",
    "apply_edits",
    "language_of",
    "marked_places",
    "spanned_places",
    "trim",
    "unified_diff",
]
