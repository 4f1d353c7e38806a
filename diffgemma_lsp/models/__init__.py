"""The only room that knows weights: loading, model profiles, the layout of a task for a checkpoint."""
