"""The resident engine: one process per user and model that holds a filler and serves it to editors and commands.

It knows nothing about documents or models: tasks come in over a socket that only its user can open, and the filler is
handed in by whoever starts it. `client` is the light half, which a language server imports.
"""
