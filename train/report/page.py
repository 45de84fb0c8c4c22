"""Pages of a run: sections of text, pictures and tables, put into one template beside a copy of its stylesheet.

No script and no style in the page, so a strict content security policy takes nothing from it, and it opens from a
folder as from a server.
"""

import csv
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
NUMBER = re.compile(r"[\d.,%±+− -]*")  # what is aligned to the right in a table


class Category(NamedTuple):
    """A table's cell: a name beside its mean bitmap, number `number` of the `total` below each other in means.png."""

    name: str
    number: int
    total: int


@dataclass(frozen=True)
class Table:
    head: Sequence[str]
    rows: Sequence[Sequence[str | Category]]
    fold: str = ""  # the line behind which it is folded away

    def is_number(self, column: int) -> bool:
        cells = [row[column] for row in self.rows]
        return all(isinstance(cell, str) and NUMBER.fullmatch(cell) for cell in cells)


@dataclass(frozen=True)
class Picture:
    file: str
    caption: str
    pixels: bool = False  # enlarged as squares, in the colour of ink


@dataclass(frozen=True)
class Section:
    """Shown in this order: text, pictures, tables, commands."""

    title: str
    text: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    commands: Sequence[str] = ()


def write(
    folder: Path,
    title: str,
    text: Sequence[str],
    sections: Iterable[Section],
    headline: Mapping[str, str] | None = None,
    notices: Sequence[str] = (),
) -> Path:
    """Write `folder`/index.html and its stylesheet. Returns the page's path."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    html = environment.get_template("page.html").render(
        title=title, text=text, sections=list(sections), headline=headline or {}, notices=notices
    )
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "report.css", folder / "report.css")
    file = folder / "index.html"
    file.write_text(html + "\n", encoding="utf-8")
    return file


def read_tsv(file: Path) -> Table:
    """A file of tab-separated values. Raises ValueError for a row that is not as long as the head."""
    with file.open(encoding="utf-8", newline="") as lines:
        head, *rows = [row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"{file}: {len(row)} values in the row {row}, where the head has {len(head)}")
    return Table(head, rows)


def write_tsv(file: Path, table: Table) -> None:
    lines = ("\t".join(map(str, row)) + "\n" for row in (table.head, *table.rows))
    file.write_text("".join(lines), encoding="utf-8")
