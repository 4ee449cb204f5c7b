"""How the course looks on a page: its colors in two themes, and the one style sheet of its cards, tables and pictures.

The colors are those of seaborn's colorblind palette, made darker where they were too faint on white. On the ground of
its theme each reaches contrast 3, and the first four, and the colors of classes, differ under protanopia, deuteranopia
and tritanopia (tests/unit/test_style.py).
"""

BLUE = "#0168ac"  #: positive, class 1
ORANGE = "#c98500"  #: negative, class 0
GREEN = "#179e73"
RED = "#ac4901"
PURPLE = "#c072b4"
BROWN = "#7c6028"
SKY = "#5c96db"
GREY = "#858c8c"
DARK = "#333333"  #: words
WHITE = "#ffffff"  #: ground of the light theme
DARK_GROUND = "#111111"  #: ground of the dark theme, as in JupyterLab

#: What each color becomes on the dark ground.
ON_DARK = {
    BLUE: "#4f9be3",
    ORANGE: "#f5a93c",
    GREEN: "#25cd97",
    RED: "#dd6a38",
    PURPLE: "#cf9dd0",
    BROWN: "#ad8558",
    SKY: "#9ad6fa",
    GREY: "#a0a8a8",
    DARK: "#dddddd",
    WHITE: DARK_GROUND,
}

#: Colors of words and frames of cards: name -> (light theme, dark theme)
CARD = {
    "right": ("#0b6e4f", ON_DARK[GREEN]),
    "wrong": (RED, "#e58557"),
    "quiet": ("#5f6368", "#a8adb4"),
    "accent": (BLUE, ON_DARK[BLUE]),
    "line": ("#8a8f94", "#767b80"),
}
LIGHT_COLORS, DARK_COLORS = (
    "".join(f"--course-{name}:{pair[theme]};" for name, pair in CARD.items()) for theme in (0, 1))
#: How JupyterLab, Notebook 7 and nbconvert, VS Code, and Colab mark a page that is dark.
DARK_PAGE = ':is([data-jp-theme-light="false"],.vscode-dark,.vscode-high-contrast,[theme="dark"])'

#: Rules that hold in every theme. One click selects all of a card's code, to be copied. The doubled class outweighs
#: JupyterLab's own rules for tables. In a list that scrolls the last row that shows fades, for not every system shows
#: its scroll bar.
RULES = """\
.course{line-height:1.45;overflow-wrap:break-word}
.course .right{color:var(--course-right)}.course .wrong{color:var(--course-wrong)}
.course .quiet{color:var(--course-quiet)}
.course .card{border-left:4px solid var(--course-accent);padding:6px 12px;margin:4px 0;max-width:820px}
.course .card.is-right{border-color:var(--course-right)}.course .card.is-wrong{border-color:var(--course-wrong)}
.course .card.is-quiet{border-color:var(--course-quiet)}
.course .card>*{margin:3px 0}
.course.course .card pre{user-select:all;margin:2px 0;padding:4px 8px;overflow-x:auto;white-space:pre;
border:1px solid var(--course-line);line-height:1.4}
.course .sides{display:flex;flex-wrap:wrap;gap:4px 16px}.course .sides>div{flex:1 1 320px;min-width:0}
.course summary{cursor:pointer;padding:3px 0}.course details details{margin-left:14px}
.course.course table{border-collapse:collapse;table-layout:auto;font-size:inherit;margin:0}
.course.course table :is(th,td){text-align:left;vertical-align:top;white-space:normal;padding:4px 12px 4px 0}
.course.course table tbody th{font-weight:inherit;overflow-wrap:anywhere;hyphens:auto}
@media (max-width:600px){.course.course table :is(th,td){padding-right:6px}}
.course caption{caption-side:top;text-align:left;padding:2px 0}
.course progress{display:block;width:100%;max-width:150px;height:12px;accent-color:var(--course-accent)}
.course .numbers{overflow-x:auto}
.course.course .numbers table{display:inline-table;margin:4px 24px 4px 0}
.course.course .numbers table td{text-align:right;white-space:nowrap;padding:2px 7px;
border:1px solid var(--course-line)}
.course.course .numbers table td.differs{border:2px solid var(--course-wrong);font-weight:600}
.course .scroll{max-height:320px;overflow-y:scroll;border:1px solid var(--course-line);padding:4px 10px}
.course .scroll thead th{position:sticky;top:-4px;background:var(--jp-layout-color0,Canvas)}
.course .scroll::after{content:"";display:block;position:sticky;bottom:-4px;height:32px;pointer-events:none;
background:linear-gradient(transparent,var(--jp-layout-color0,Canvas))}
"""
CARD_RULES = f".course{{{LIGHT_COLORS}}}{DARK_PAGE} .course{{{DARK_COLORS}}}\n{RULES}"
SHEET = f"<style>{CARD_RULES}</style>"

#: A picture is drawn for a white page. On a dark one its lightness is turned round, white to the very color of the
#: ground, hues are turned back, and all is made brighter; a photograph would become a negative and is dimmed instead.
BRIGHTER = 1.2
INVERTED = 1 - int(DARK_GROUND[1:3], 16) / 255 / BRIGHTER
PICTURE_RULES = (
    f"{DARK_PAGE} .course-picture{{filter:invert({INVERTED:.4f}) hue-rotate(180deg) brightness({BRIGHTER})}}"
    f"{DARK_PAGE} .course-picture.photograph{{filter:brightness(.8)}}"
)
PICTURE_SHEET = f"<style>{PICTURE_RULES}</style>"


def html(*parts: str) -> str:
    """Parts of HTML as one output of a cell, with the style sheet.

    A page that drops the sheet, as JupyterLab does in a notebook it does not trust, shows the parts plainly; `course
    lab` gives JupyterLab the sheet beforehand.
    """
    return f'{SHEET}<div class="course">{"".join(parts)}</div>'
