"""`python -m diffgemma_lsp` is the `diffgemma` command."""

import sys

from diffgemma_lsp.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
