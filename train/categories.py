"""Categories by name: the 345 official ones, those that a source holds, and those that a person means."""

import difflib
from collections.abc import Sequence
from pathlib import Path

from train import synthetic
from train.bucket import BUCKET, SYNTHETIC, DatasetError, bitmap_file, is_url, stroke_file

OFFICIAL = tuple(Path(__file__).with_name("categories.txt").read_text(encoding="utf-8").splitlines())
TEN = tuple(synthetic.CATEGORIES)


def resolve_categories(names: str | Sequence[str], source: str = BUCKET) -> tuple[str, ...]:
    """Categories as a person names them: "ten" (the built-in ones), "all" (that the source holds), "a,b,c" or a list.

    Raises DatasetError, with the nearest real names, for a name that is none of the 345.
    """
    if names == "ten":
        return TEN
    if names == "all":
        return held_categories(source)
    asked = names.split(",") if isinstance(names, str) else names
    categories = tuple(dict.fromkeys(name.strip() for name in asked if name.strip()))
    if not categories:
        raise DatasetError('no category is named: give "ten", "all", or names with commas between them')
    check_names(categories)
    return categories


def held_categories(source: str) -> tuple[str, ...]:
    """The categories that a source has; a server can't be asked, and is taken to have all."""
    if source == SYNTHETIC:
        return TEN
    if is_url(source):
        return OFFICIAL
    files = [file for door in (stroke_file, bitmap_file) for file in Path(source).glob(door("*"))]
    if held := tuple(sorted({file.stem for file in files if not file.name.startswith(".")})):
        return held
    raise DatasetError(
        f"{source} holds no drawings: they are looked for as {source}/{stroke_file('<category>')} and as"
        f" {source}/{bitmap_file('<category>')}"
    )


def check_names(categories: Sequence[str]) -> None:
    """Raise DatasetError, with the nearest real names, where one of the categories is not an official one."""
    for category in categories:
        if category not in OFFICIAL:
            by_lower = {official.lower(): official for official in OFFICIAL}
            nearest = [by_lower[match] for match in difflib.get_close_matches(category.lower(), by_lower, cutoff=0.5)]
            hint = f"did you mean {' or '.join(nearest)}?" if nearest else "train/categories.txt has all 345"
            raise DatasetError(f'there is no category "{category}": {hint}')
