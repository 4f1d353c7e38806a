"""Syntax trees of the part of a document that matters: the only room that knows tree-sitter.

It takes text and spans and returns spans; what has no grammar has no tree, and the plain rules beside this room hold.
Grammars are loaded when a document first needs them.
"""
