"""The study's contracts, in the JSON document that the deployment puts next to these modules (`contracts.json`)."""

from __future__ import annotations

import json
import pkgutil
from typing import Any

from headwaters_spark.arguments import ArgumentError

Document = dict[str, Any]
Table = dict[str, Any]


def load() -> Document:
    """The document of the study that the job was deployed for.

    :raises ArgumentError: when the modules were started without it.
    """
    text = None
    try:
        text = pkgutil.get_data("headwaters_spark", "contracts.json")
    except OSError:
        pass
    if text is None:
        raise ArgumentError(
            "There is no contracts.json next to headwaters_spark: the job's --extra-py-files must name the deployed archive."
        )
    return json.loads(text)


def tables_of(document: Document, sources: str) -> list[Table]:
    """The silver tables of these sources, comma separated; all that Spark can fill when the text is empty.

    :raises ArgumentError: for a source that Spark does not fill, saying why.
    """
    tables = {table["source"]: table for table in document["tables"]}
    if not sources:
        return list(tables.values())
    wanted = [name.strip() for name in sources.split(",")]
    for name in wanted:
        if name in tables:
            continue
        why = document["athenaOnly"].get(name)
        raise ArgumentError(
            f"Only Athena fills the silver table of '{name}': {why}. Leave it out of --sources; `headwaters run` makes it."
            if why
            else f"{document['study']} has no source '{name}'; it has: {', '.join(tables)}."
        )
    return [tables[name] for name in wanted]
