"""A file with two holes. Run "diffgemma: Fill the Marked Holes" from the command palette."""


def mean(values):
    total = sum(values)
    return <|fill|>


def largest(values):
    best = values[0]
    for value in values:
        <|fill|>
    return best
