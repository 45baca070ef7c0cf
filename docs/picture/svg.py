"""A captured terminal screen (`tmux capture-pane -e -p`) on standard input, an SVG of it on standard output.

Colours follow the reader's light or dark scheme. Every run of text is set at its column and stretched to its width, so
that the grid holds whichever monospaced font there is; upright bars are drawn as one line.
"""

import re
import sys
from html import escape

CELL, LINE, SIZE = 8.4, 20, 14  # width and height of a character's cell, size of the font, in pixels
LEFT, TOP, BOTTOM, BAR = 22, 22, 18, 38  # margins, and the height of the window's bar

COLORS = {31: "red", 32: "green", 33: "yellow", 34: "blue", 35: "magenta", 36: "cyan"}

STYLE = """
  .window { fill: #ffffff; stroke: #d0d7de } .bar { fill: #f6f8fa } .rule { stroke: #d8dee4 }
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
         fill: #1f2328; white-space: pre }
  .title { font: 12.5px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #656d76 }
  .bold { font-weight: 600 } .dim { fill: #818b98 } .upright { stroke: #d0d7de }
  .red { fill: #cf222e } .green { fill: #1a7f37 } .yellow { fill: #9a6700 } .blue { fill: #0969da }
  .magenta { fill: #8250df } .cyan { fill: #0b7285 } .caret { fill: #1f2328 }
  @media (prefers-color-scheme: dark) {
    .window { fill: #0d1117; stroke: #30363d } .bar { fill: #161b22 } .rule { stroke: #21262d }
    text { fill: #e6edf3 } .title { fill: #8b949e } .dim { fill: #7d8590 } .upright { stroke: #30363d }
    .red { fill: #ff7b72 } .green { fill: #56d364 } .yellow { fill: #e3b341 } .blue { fill: #79c0ff }
    .magenta { fill: #d2a8ff } .cyan { fill: #56d4dd } .caret { fill: #e6edf3 }
  }
"""


def runs(line):
    """(column, text, classes) of each stretch of text that looks the same."""
    column, classes, found = 0, set(), []
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if not part.startswith("\x1b"):
            if part:
                found.append((column, part, " ".join(sorted(classes))))
            column += len(part)
            continue
        for code in [int(code or 0) for code in part[2:-1].split(";")]:
            if code == 0:
                classes = set()
            elif code == 1:
                classes.add("bold")
            elif code == 2:
                classes.add("dim")
            elif code == 22:
                classes -= {"bold", "dim"}
            elif code == 39 or code in COLORS:
                classes -= set(COLORS.values())
                if code in COLORS:
                    classes.add(COLORS[code])
    return found


def main():
    title = sys.argv[1]
    lines = sys.stdin.read().rstrip("\n").split("\n")
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in lines]
    while plain and not plain[-1]:
        plain.pop()
    lines = lines[: len(plain)]
    width = round(2 * LEFT + max(map(len, plain)) * CELL)
    height = BAR + TOP + len(lines) * LINE + BOTTOM
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="window" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="10"/>',
        f'<path class="bar" d="M1 {BAR} V11 a10 10 0 0 1 10 -10 H{width - 11} a10 10 0 0 1 10 10 V{BAR} z"/>',
        f'<line class="rule" x1="1" x2="{width - 1}" y1="{BAR}.5" y2="{BAR}.5"/>',
    ]
    for index, color in enumerate(["#ff5f57", "#febc2e", "#28c840"]):
        out.append(f'<circle cx="{20 + 20 * index}" cy="{BAR / 2}" r="6" fill="{color}"/>')
    out.append(f'<text class="title" x="{width / 2}" y="{BAR / 2 + 4.5}" text-anchor="middle">{escape(title)}</text>')
    bars = {}
    for row, line in enumerate(lines):
        top = BAR + TOP + row * LINE
        for column, text, classes in runs(line):
            for match in re.finditer(r"│|[^│\s](?:[^│]*[^│\s])?", text):
                at = column + match.start()
                if match[0] == "│":
                    bars.setdefault(at, []).append(row)
                    continue
                x, length = LEFT + at * CELL, len(match[0]) * CELL
                name = f' class="{classes}"' if classes else ""
                out.append(
                    f'<text{name} x="{x:.1f}" y="{top + SIZE - 0.5}" textLength="{length:.1f}" '
                    f'lengthAdjust="spacingAndGlyphs">{escape(match[0])}</text>'
                )
    for column, rows in bars.items():
        x = LEFT + (column + 0.5) * CELL
        for first in [row for row in rows if row - 1 not in rows]:
            last = first
            while last + 1 in rows:
                last += 1
            y1, y2 = BAR + TOP + first * LINE - 3, BAR + TOP + (last + 1) * LINE - 3
            out.append(f'<line class="upright" x1="{x:.1f}" x2="{x:.1f}" y1="{y1}" y2="{y2}" stroke-width="1.5"/>')
    caret = LEFT + len(plain[-1]) * CELL + 1
    top = BAR + TOP + (len(lines) - 1) * LINE
    out.append(f'<rect class="caret" x="{caret:.1f}" y="{top + 1}" width="8" height="16" opacity="0.75"/>')
    out.append("</svg>")
    print("\n".join(out))


main()
