"""The files that stand around a file: where its repository begins, and what of it a model may see.

Reads folders and files, and knows no editor, no command and no model.
"""
