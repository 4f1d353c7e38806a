"""The only room that knows weights: loading, packing, and the model as a `Backend`."""
