"""A terminal's rows as an SVG picture. It needs nothing from elsewhere, not even a font."""
import re
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN, TITLE = 8.4, 18, 14, 34
STYLE = '''
text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
       fill: #d8dee9 }
.bold { font-weight: bold; fill: #ffffff } .dim { fill: #8a93a5 } .added { fill: #8fd16f }
.removed { fill: #d291e4 } .error { fill: #ff7b72 } .missing { fill: #e6c15a } .own { fill: #6fc7d6 }
.title { fill: #8a93a5; font-size: 13px }'''


def runs(row):
    """(column, style, text) for each stretch of one style. Blanks at the ends and more than one
    in a row are left to the columns: readers of SVG disagree about them."""
    start = 0
    for at in range(1, len(row) + 1):
        if at == len(row) or row[at][1] != row[start][1]:
            text = ''.join(cell[0] for cell in row[start:at])
            for found in re.finditer(r'\S+(?: \S+)*', text):
                yield start + found.start(), row[start][1], found.group()
            start = at


def row_of(number, row):
    y = TITLE + MARGIN + number * HEIGHT + 6
    return '\n'.join('<text x="%.1f" y="%d" textLength="%.1f"%s>%s</text>' % (
        MARGIN + column * WIDTH, y, len(text) * WIDTH,
        ' class="%s"' % style if style else '', escape(text)) for column, style, text in runs(row))


def svg(rows, columns, title):
    width = int(2 * MARGIN + columns * WIDTH)
    height = TITLE + 2 * MARGIN + len(rows) * HEIGHT
    head = ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
            'viewBox="0 0 %d %d" role="img" aria-label="%s">' % (
                width, height, width, height, escape(title, {'"': '&quot;'})))
    frame = ['<style>%s\n</style>' % STYLE,
             '<rect width="100%" height="100%" rx="8" fill="#1b1f27"/>',
             '<path d="M0 %dH%d" stroke="#333a46"/>' % (TITLE, width)]
    frame += ['<circle cx="%d" cy="17" r="6" fill="%s"/>' % (20 + 20 * i, color)
              for i, color in enumerate(('#ff7b72', '#e6c15a', '#8fd16f'))]
    frame += ['<text class="title" x="%d" y="22" text-anchor="middle">%s</text>' % (
        width // 2, escape(title))]
    return '\n'.join([head] + frame + [row_of(i, row) for i, row in enumerate(rows) if row] +
                     ['</svg>', ''])
