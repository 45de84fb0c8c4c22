"""Plain HTML for the pages that a run leaves behind: no script, nothing from another host, light and dark.

All style is in report.css, which is copied beside each page, so a strict content security policy lets it through.
"""

import csv
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

STYLE = Path(__file__).with_name("report.css")
NUMBER = re.compile(r"[\d.,%±+− ]*")  # what is aligned to the right in a table


def write(folder: Path, title: str, *body: str) -> Path:
    """Write `folder`/index.html with its stylesheet; `body` is HTML. Returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(STYLE, folder / STYLE.name)
    file = folder / "index.html"
    head = f'<meta charset="utf-8">\n<title>{escape(title)}</title>'
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    style = f'<link rel="icon" href="data:,">\n<link rel="stylesheet" href="{STYLE.name}">'
    main = "\n".join(body)
    file.write_text(
        f'<!doctype html>\n<html lang="en">\n{head}\n{viewport}\n{style}\n<main>\n{main}\n</main>\n</html>\n'
    )
    return file


def section(title: str, *parts: str) -> str:
    return "\n".join(["<section>", f"<h2>{escape(title)}</h2>", *filter(None, parts), "</section>"])


def paragraph(text: str, kind: str = "") -> str:
    return f"<p{_class(kind)}>{escape(text)}</p>"


def figure(picture: str, caption: str, kind: str = "") -> str:
    """A picture, as HTML, with a caption."""
    return f"<figure{_class(kind)}>{picture}<figcaption>{escape(caption)}</figcaption></figure>"


def side_by_side(*parts: str) -> str:
    """Parts beside each other where there is room, else under each other."""
    return "\n".join(['<div class="beside">', *parts, "</div>"])


def in_a_row(*parts: str) -> str:
    """As `side_by_side`, but each part keeps its own width, and scrolls where that is more than there is."""
    return "\n".join(['<div class="row">', *(f"<div>{part}</div>" for part in parts), "</div>"])


def facts(values: Mapping[str, str]) -> str:
    """Names and what they stand for, one to a line."""
    return "\n".join(
        ["<dl>", *(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in values.items()), "</dl>"]
    )


def headline(values: Mapping[str, str]) -> str:
    """The few figures that matter most, large."""
    items = (f"<li><b>{escape(value)}</b> {escape(name)}</li>" for name, value in values.items())
    return "\n".join(['<ul class="headline">', *items, "</ul>"])


def code(*lines: str) -> str:
    return f"<pre><code>{escape(chr(10).join(lines))}</code></pre>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts; columns that hold numbers alone are aligned to the right."""
    rows = list(rows)
    numeric = [all(NUMBER.fullmatch(row[column]) for row in rows) for column in range(len(head))]

    def line(tag: str, cells: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{_class('number' if right else '')}>{escape(cell)}</{tag}>"
            for cell, right in zip(cells, numeric, strict=True)
        )

    body = "\n".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    rows_of_html = f"<thead><tr>{line('th', head)}</tr></thead>\n<tbody>\n{body}\n</tbody>"
    return f'<div class="wide"><table>\n{rows_of_html}\n</table></div>'


def read_tsv(file: Path) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of a file of tab-separated values. Raises ValueError for a row of another length."""
    with file.open(encoding="utf-8", newline="") as lines:
        head, *rows = [row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"{file}: {len(row)} values in the row {row}, where the head has {len(head)}")
    return head, rows


def write_tsv(file: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    file.write_text("".join("\t".join(row) + "\n" for row in (head, *rows)), encoding="utf-8")


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
