"""A small line of the last months, drawn as an SVG path on the server."""

from collections.abc import Sequence

WIDTH, HEIGHT = 120, 26
POINTS = 40


def path(values: Sequence[float | None]) -> str:
    """This function will give the path's `d`, empty when there is nothing to draw; the line starts at zero's height."""
    known = [max(value or 0.0, 0.0) for value in values]
    if len(known) < 2 or not any(known):
        return ""
    step = max(1, len(known) // POINTS)
    chosen = known[::-1][::step][::-1]
    if len(chosen) < 2:
        return ""
    top = max(chosen) or 1.0
    across = WIDTH / (len(chosen) - 1)
    points = (
        f"{index * across:.0f} {HEIGHT - 1 - value / top * (HEIGHT - 3):.1f}" for index, value in enumerate(chosen)
    )
    return "M" + "L".join(points)
