"""The side of the engine that others import: which engine, where it is, how to start it, and how to ask it.

`engine_client` holds EngineClient, `spec` names an engine, `status` is what one says about itself. Nothing here loads
model code or server code, so that a language server stays small; only `engine_client` loads an HTTP library.
"""
