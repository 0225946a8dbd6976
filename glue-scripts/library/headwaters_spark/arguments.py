"""A Glue job's arguments, which Glue passes on the command line as `--name value`.

Glue adds arguments of its own (`--JOB_NAME`, `--TempDir`, ...), so what is not asked for is passed over.
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta


class ArgumentError(ValueError):
    """An argument that is missing or not one of the allowed ones."""


def job_arguments(
    argv: Sequence[str], required: Sequence[str], optional: dict[str, str] | None = None
) -> dict[str, str]:
    """Name -> text of the arguments asked for. The last of several with one name counts, as in Glue.

    :raises ArgumentError: naming the arguments that are missing.
    """
    given: dict[str, str] = {}
    position = 0
    while position < len(argv):
        word = argv[position]
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if not equals and position + 1 < len(argv):
                position += 1
                value = argv[position]
            given[name] = value
        position += 1
    missing = [name for name in required if not given.get(name)]
    if missing:
        raise ArgumentError(
            f"The job needs {', '.join('--' + name for name in missing)}: give each as `--name value`."
        )
    wanted = {**(optional or {}), **given}
    return {name: wanted[name] for name in [*required, *(optional or {})]}


def day(name: str, text: str) -> date:
    """A day as `yyyy-MM-dd`.

    :raises ArgumentError: for any other text.
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ArgumentError(f"--{name} is '{text}'; it must be a day such as 2024-12-01.")


def day_groups(first: date, last: date, size: int) -> list[tuple[date, date]]:
    """The days from `first` to `last`, both included, as groups of at most `size` days in their order.

    :raises ArgumentError: when the range is empty or the size is not positive.
    """
    if first > last:
        raise ArgumentError(f"--from {first} is after --to {last}.")
    if size < 1:
        raise ArgumentError(f"--days_a_commit is {size}; it must be 1 or more.")
    groups = []
    start = first
    while start <= last:
        end = min(start + timedelta(days=size - 1), last)
        groups.append((start, end))
        start = end + timedelta(days=1)
    return groups
