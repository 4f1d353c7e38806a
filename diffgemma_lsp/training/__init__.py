"""How the starter checkpoint is made: vocabulary, shape, objective, loop, export.

`python -m diffgemma_lsp.training all --state DIR --minutes 130` does everything and resumes where it stopped. What it
writes lies in the state folder; only `export` writes into the package, to `models/starter/`. The room needs the extra
`train`. It knows nothing of documents being edited, of engines or of editors; nobody imports it but the command line.
`tuning/` has any checkpoint learn from other examples, by the same parts from layout to loop.

    corpus room: packages ─► fetching ─► modules ─► cuts
                  (names)   (selection)  (text)   (holes)

    here: vocabulary ─► layout ─► batch ─► objective ─► loop ─► export
         (token ids)  (canvases) (tensors) (losses)  (weights) (files)
"""
