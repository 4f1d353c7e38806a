"""Code infilling with DiffusionGemma.

The rooms, and which way they may import (`tests/test_layers.py` reads the imports and decides):

    cli       commands; the only room where concrete parts meet
    lsp       the language server; asks an engine, and knows no model
    engine    the resident engine: one process that holds a filler, and its light client
    remote    a filler that asks a vLLM server; the only room from which text leaves the machine
    models    weights: loading, model profiles, how a task is laid out for a checkpoint
    diffusion the denoising loop over a canvas, its cache and its sampler
    fill      contracts: task, drafts, fill, and the fake filler
    text      documents, spans, edits, trimming; str in, str out
    training  how the bundled starter checkpoint is made, and how any is tuned
    sudoku    puzzles with one solution, and what checks it; no model
    settings  what a user of the language server may set
    errors    one tree of errors

Importing the package loads nothing heavy: torch comes with `diffusion` and `models`, when they are used.
"""

__version__ = "0.1.0"
