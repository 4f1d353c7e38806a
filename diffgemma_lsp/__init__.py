"""Code infilling with DiffusionGemma.

The rooms, and which way they may import (`tests/test_layers.py` reads the imports and decides):

    cli        commands; the only room where concrete parts meet
    lsp        the language server; asks an engine, and knows no model
    engine     the resident engine: one process that holds a filler, and its light client
    checkup    whether a checkpoint works on this machine
    training   how the bundled starter checkpoint is made, and how any is tuned
    fitting    what a profile says of its checkpoint, fitted to what that fills
    evaluation how good a filler is, on held-out packages or on any folder
    infilling  from a task to answers: rows, lines that are written, precedents, ranking; knows no weights
    models     weights: loading, packing, and the model behind a backend; knows no task
    remote     a filler that asks a vLLM server; the only room from which text leaves the machine
    prompts    from a task to token ids and back: profiles, tokenizer, the layout of prompt and canvas
    diffusion  the denoising loop over a canvas, its cache and its sampler
    fill       contracts: task, drafts, fill, and the fake filler
    corpus     Python code to learn from and to measure on
    repository the files around a file
    text       documents, spans, edits, trimming; str in, str out
    sudoku     puzzles with one solution, and what checks it; no model
    settings   what a user of the language server may set
    errors     one tree of errors

Importing the package loads nothing heavy: torch comes with `diffusion`, `infilling` and `models`, when they are used.
"""

__version__ = "0.1.0"
