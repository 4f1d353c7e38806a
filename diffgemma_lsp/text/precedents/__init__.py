"""Precedents: what stands in a repository in places that look like a hole's.

The index holds lines and knows no files: whoever fills it decides what may be read.
"""

from diffgemma_lsp.text.precedents.find import find_precedents
from diffgemma_lsp.text.precedents.index import PrecedentIndex
from diffgemma_lsp.text.precedents.precedent import Precedent

__all__ = ["Precedent", "PrecedentIndex", "find_precedents"]
