from xml.etree import ElementTree

from diffgemma_lsp.training.sudoku.picture import Chart, draw

SVG = "{http://www.w3.org/2000/svg}"


def test_a_picture_holds_each_curve_and_its_name() -> None:
    charts = [
        Chart("solved", {"easy & <small>": [(0, 0), (10, 100)]}, 100, " %"),
        Chart("steps", {"mean": [(5, 24)]}, 48),
    ]
    root = ElementTree.fromstring(draw(charts, "puzzles"))
    curves = [line.get("points") for line in root.iter(f"{SVG}polyline")]
    # The axis ends at 10 across, and at each chart's own height.
    assert curves == ["48.0,186.0 510.0,28.0", "279.0,327.0"]
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"easy & <small>", "mean", "100 %", "48", "puzzles", "solved", "steps"} <= set(texts)


def test_a_picture_of_nothing_is_still_one() -> None:
    assert ElementTree.fromstring(draw([Chart("solved", {}, 100)], "puzzles")).tag == f"{SVG}svg"
