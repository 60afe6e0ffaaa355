"""Draws line charts as SVG text: panels below each other over the same x values. Readable on light and dark pages."""

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH = 720
LEFT = 56
# Room for the labels at the ends of the lines.
RIGHT = 560
TOP = 62
# Height of each panel's plot, and what is above it (its heading) and below it (the numbers of the x axis).
HEIGHTS = (240, 130)
ABOVE = 34
BELOW = 40
LABEL_HEIGHT = 34
DIGIT_WIDTH = 8

STYLE = """
    text { font-family: sans-serif; font-size: 12px; fill: #595959; }
    .title { font-size: 17px; font-weight: bold; }
    .heading { font-size: 13px; font-weight: bold; }
    .axis { stroke: #767676; stroke-width: 1; fill: none; }
    .grid { stroke: #767676; stroke-width: 1; opacity: 0.25; }
    .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; }
    .name { font-weight: bold; }
    .straykey, .pack { stroke: #1f6fc4; }
    .other { stroke: #b85c00; }
    .inflated { stroke: #7b4fb5; }
    text.straykey, text.pack { stroke: none; fill: #1f6fc4; }
    text.other { stroke: none; fill: #b85c00; }
    text.inflated { stroke: none; fill: #7b4fb5; }
    circle.straykey, circle.pack { stroke: none; fill: #1f6fc4; }
    circle.other { stroke: none; fill: #b85c00; }
    circle.inflated { stroke: none; fill: #7b4fb5; }
    @media (prefers-color-scheme: dark) {
      text { fill: #b0b0b0; }
      .axis, .grid { stroke: #969696; }
      .straykey, .pack { stroke: #6db3ff; }
      .other { stroke: #f0a050; }
      .inflated { stroke: #c3a0f0; }
      text.straykey, text.pack { fill: #6db3ff; }
      text.other { fill: #f0a050; }
      text.inflated { fill: #c3a0f0; }
      circle.straykey, circle.pack { fill: #6db3ff; }
      circle.other { fill: #f0a050; }
      circle.inflated { fill: #c3a0f0; }
    }"""


@dataclass
class Series:
    """One line: its name, a value for each x, a style's name, and what its label says below the name.

    Without a style it is "straykey" or "other" by its name; without a note the label says the last value and its unit.
    """

    name: str
    values: list
    style: str = ""
    note: str = ""
    unit: str = ""

    def look(self) -> str:
        return self.style or ("straykey" if self.name == "straykey" else "other")

    def says(self) -> str:
        return self.note or f"{number(self.values[-1])}{self.unit}"


@dataclass
class Panel:
    """A plot with a heading, which says what its y axis is."""

    heading: str
    series: list


def svg(title: str, subtitle: str, described: str, xs: list, x_label: str, panels: list) -> str:
    """Takes titles, a description for screen readers, the x values with their name, and panels; gives SVG text."""
    parts = [text(LEFT - 40, 26, title, "title"), text(LEFT - 40, 46, subtitle)]
    top = TOP
    for panel, height in zip(panels, HEIGHTS):
        top += ABOVE
        parts += draw_panel(panel, xs, x_label, top, height)
        top += height + BELOW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}" '
        f'role="img" aria-labelledby="title desc">\n  <title id="title">{escape(title)}</title>\n'
        f'  <desc id="desc">{escape(described)}</desc>\n  <style>{STYLE}\n  </style>\n  '
        + "\n  ".join(parts)
        + "\n</svg>\n"
    )


def draw_panel(panel: Panel, xs: list, x_label: str, top: int, height: int) -> list:
    """Takes a panel and where its plot stands, and gives its elements."""
    most_x, _ = scale(max(xs))
    most_y, step_y = scale(max(max(series.values) for series in panel.series))
    bottom = top + height

    def place(x: float, y: float) -> tuple:
        return LEFT + x / max(xs) * (RIGHT - LEFT), bottom - y / most_y * height

    parts = [text(LEFT - 40, top - 14, panel.heading, "heading")]
    parts += y_axis(most_y, step_y, lambda y: place(0, y)[1])
    parts += x_axis(xs, x_label, lambda x: place(x, 0)[0], bottom)
    for series in panel.series:
        parts += draw_line(series, [place(x, y) for x, y in zip(xs, series.values)])
    wanted = [place(xs[-1], series.values[-1])[1] for series in panel.series]
    for series, y in zip(panel.series, apart(wanted, top, bottom)):
        parts.append(text(RIGHT + 12, y, series.name, f"name {series.look()}"))
        parts.append(text(RIGHT + 12, y + 15, series.says()))
    return parts


def y_axis(most: float, step: float, at) -> list:
    """Takes the highest value, the step between numbers and a function from value to y; gives lines and numbers."""
    parts = []
    for index in range(round(most / step) + 1):
        y = at(index * step)
        style = "grid" if index else "axis"
        parts.append(f'<line class="{style}" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(text(LEFT - 8, y + 4, number(index * step), anchor="end"))
    return parts


def x_axis(xs: list, label: str, at, bottom: int) -> list:
    """Takes the x values, their name, a function from value to x and where the axis is; gives marks and numbers.

    The marks stand at the measured values: there are few of them, and these are what one wants to know. A number that
    would touch the one to its right is left out.
    """
    parts = []
    free = WIDTH
    for x in reversed(xs):
        parts.append(f'<line class="axis" x1="{at(x):.1f}" x2="{at(x):.1f}" y1="{bottom}" y2="{bottom + 5}"/>')
        half = len(f"{x:,}") * DIGIT_WIDTH / 2
        if at(x) + half < free:
            parts.append(text(at(x), bottom + 19, f"{x:,}", anchor="middle"))
            free = at(x) - half - DIGIT_WIDTH
    parts.append(text(RIGHT + 12 + 24, bottom + 19, label))
    return parts


def draw_line(series: Series, points: list) -> list:
    """Takes a series and its points, and gives the line with a dot at each."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle class="{series.look()}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points]
    return [f'<polyline class="line {series.look()}" points="{path}"/>', *dots]


def apart(wanted: list, top: int, bottom: int) -> list:
    """Takes where labels want to stand, and gives where they can: none over another, all within the plot."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = list(wanted)
    least = top + 4
    for index in order:
        placed[index] = max(wanted[index], least)
        least = placed[index] + LABEL_HEIGHT
    most = bottom - 19
    for index in reversed(order):
        placed[index] = min(placed[index], most)
        most = placed[index] - LABEL_HEIGHT
    return placed


def scale(most: float) -> tuple:
    """Takes the highest value and gives (end of the axis, step between numbers): round numbers, four or five steps."""
    if most <= 0:
        return 1.0, 0.5
    power = 10 ** math.floor(math.log10(most / 4))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power * 5 >= most)
    return step * math.ceil(most / step - 1e-9), step


def number(value: float) -> str:
    """Takes a number and gives it with as many digits as one reads in a chart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".") if value < 10 else f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, content: str, style: str = "", anchor: str = "start") -> str:
    """Takes where a text stands, the text, its style and its alignment, and gives the element."""
    name = f' class="{style}"' if style else ""
    return f'<text{name} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'
