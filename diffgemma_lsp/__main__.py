"""`python -m diffgemma_lsp` is the `diffgemma` command."""

import sys

from diffgemma_lsp.cli.entry import diffgemma

if __name__ == "__main__":
    sys.exit(diffgemma())
