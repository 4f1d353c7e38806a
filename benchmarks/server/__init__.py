"""The language server as an editor sees it, with a resident engine of its own that denoises with a real model.

editor    a client that speaks the protocol over pipes, and nothing else
window    the process of a language server; product code, but for the engine that it starts
engine    the process of that engine, whose filler writes down when it did what
stamps    what that filler writes down
session   an engine in private folders, and windows on it
latency, stopping, starting    what is measured
"""
