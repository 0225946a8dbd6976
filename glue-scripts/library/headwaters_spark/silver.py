"""The rows of a derived silver table as Spark SQL, made from the columns of the contract.

The functions give text, so that they are tested without Spark. The rows are those of Athena's statements
(lib/model/study/derivedSilver.ts, lib/model/run/statements/stage.ts): the first copy of an event counts, a row without a
required value is refused, and of rows that claim one key the first keeps it. Identifiers are in backticks, ANSI mode is on
(a value that its type does not take ends the job, it never becomes null), and the session's time zone is UTC.
"""

from __future__ import annotations

from typing import Any

Table = dict[str, Any]

BIGINT_DIGITS = 19
SEQUENCE_DIGITS = 60

#: The first one wins: the order in which rows of one identity compete.
ARRIVAL_ORDER = ["_arrived_at", "_stream", "_shard", "_sequence_number"]

#: Columns of a bronze line that silver is made from; bronze holds texts.
BRONZE_COLUMNS = [
    "shard",
    "sequence_number",
    "arrived_at",
    "source",
    "verdict",
    "event_id",
    "event_source",
    "event_time",
    "data",
]


def quote(name: str) -> str:
    """A name as Spark SQL takes it, whatever it holds."""
    return f"`{name.replace('`', '``')}`"


def text(value: str) -> str:
    """A text literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def names(columns: list[str], qualifier: str = "") -> str:
    """A list of columns, each behind `qualifier` where one is given."""
    return ", ".join((f"{qualifier}." if qualifier else "") + quote(name) for name in columns)


def instant(value: str) -> str:
    """An ISO 8601 text as a UTC timestamp, rounded half up to the microsecond. Spark's own cast would cut the rest off."""
    whole = f"unix_micros(cast(regexp_replace({value}, '[.][0-9]+', '') as timestamp))"
    fraction = f"cast(concat('0.', regexp_extract({value}, '[.]([0-9]+)', 1), '0') as decimal(38, 18))"
    micros = f"cast(round({fraction} * 1000000) as bigint)"
    return f"cast(timestamp_micros({whole} + {micros}) as timestamp_ntz)"


def member_type(column_type: str) -> str:
    """How a member is read from JSON: numbers by their digits, never through a double unless the column is one."""
    if column_type in ("int", "bigint"):
        return "decimal(38,0)"
    if column_type in ("boolean", "float", "double") or column_type.startswith("decimal"):
        return column_type
    return "string"


def payload_schema(table: Table) -> str:
    """The schema of a payload, for `from_json`."""
    return ", ".join(f"{quote(column['member'])} {member_type(column['type'])}" for column in table["columns"])


def value(column: dict[str, str]) -> str:
    """A member of `payload` as a value of the column's type."""
    member = f"payload.{quote(column['member'])}"
    match column["type"]:
        case "int" | "bigint":
            return f"cast({member} as {column['type']})"
        case "date":
            return f"cast({member} as date)"
        case "timestamp":
            return instant(member)
        case "binary":
            return f"unbase64({member})"
        case _:
            return member


def sorted_text(column: dict[str, str], is_integer: bool) -> str:
    """The column's value as text in the order of the rows."""
    written = f"cast({value(column)} as string)"
    padded = f"lpad({written}, {BIGINT_DIGITS}, '0')" if is_integer else written
    return f"coalesce({padded}, '')"


def order_value(table: Table) -> str:
    """What sorts the rows of one instant: the declared order, then as they arrived."""
    columns = {column["name"]: column for column in table["columns"]}
    parts = [sorted_text(columns[one["column"]], one["isInteger"]) for one in table["order"]]
    parts += ["arrived_at", "shard", f"lpad(sequence_number, {SEQUENCE_DIGITS}, '0')"]
    return f"concat_ws('/', {', '.join(parts)})"


def typed(table: Table, run_id: str, lines: str) -> str:
    """SELECT of the table's rows, copies included, over the view `lines` of bronze."""
    selected = [(column["name"], value(column)) for column in table["columns"]]
    if table.get("order"):
        selected.append(("_order", order_value(table)))
    selected += [
        ("_stream", "stream"),
        ("_shard", "shard"),
        ("_sequence_number", "sequence_number"),
        ("_event_source", "event_source"),
        ("_event_id", "event_id"),
        ("_event_time", instant("coalesce(event_time, arrived_at)")),
        ("_arrived_at", instant("arrived_at")),
        ("_run_id", text(run_id)),
    ]
    columns = ",\n    ".join(f"{sql} as {quote(name)}" for name, sql in selected)
    schema = text(payload_schema(table))
    return (
        f"select\n    {columns}\n"
        f"  from (select *, from_json(data, {schema}, map('mode', 'FAILFAST')) as payload from {lines}\n"
        f"    where source = {text(table['source'])} and verdict = 'valid')"
    )


def same(columns: list[str], left: str, right: str) -> str:
    """Rows that agree in these columns."""
    return " and ".join(f"{left}.{quote(name)} = {right}.{quote(name)}" for name in columns)


def with_steps(steps: list[str], select: str) -> str:
    """The SELECT over its named steps."""
    return "with " + ",\n".join(steps) + "\n" + select


def new_rows(table: Table, run_id: str, lines: str, target: str) -> str:
    """SELECT of the rows that `lines` adds to `target`: good ones of events that it does not have.

    What is refused here is left for the pipeline, which puts it into quarantine.
    """
    declared = [column["name"] for column in table["declared"]]
    order = names(ARRIVAL_ORDER)
    missing = " or ".join(f"{quote(name)} is null" for name in table["required"]) or "false"
    steps = [
        f"typed as (\n  {typed(table, run_id, lines)}\n)",
        f"ranked as (\n  select *, row_number() over (partition by {names(table['identity'])} order by {order}) as `_copy` from typed\n)",
        f"good as (\n  select * from ranked where `_copy` = 1 and not ({missing})\n)",
        f"unknown as (\n  select g.* from good as g left anti join {target} as t on {same(table['identity'], 'g', 't')}\n)",
    ]
    if not table.get("key"):
        return with_steps(steps, f"select {names(declared)} from unknown")
    key = table["key"]
    steps.append(
        f"keyed as (\n  select *, row_number() over (partition by {names(key)} order by {order}) as `_holder` from unknown\n)"
    )
    return with_steps(
        steps,
        f"select {names(declared, 'k')} from keyed as k"
        f" left anti join {target} as t on {same(key, 'k', 't')} where k.`_holder` = 1",
    )


def staged_rows(table: Table, stage: str, source: str | None, run_id: str, target: str) -> str:
    """SELECT of the rows that a run staged and `target` does not have.

    :param source: of a stage that holds what arrived of all sources.
    """
    declared = [column["name"] for column in table["declared"]]
    columns = ", ".join(
        f"{text(run_id)} as `_run_id`" if source and name == "_run_id" else f"s.{quote(name)}" for name in declared
    )
    of_source = f" and s.`_source` = {text(source)} and s.`_verdict` = 'valid'" if source else ""
    return (
        f"select {columns} from {stage} as s left anti join {target} as t on {same(table['identity'], 's', 't')}"
        f" where s.`_rule` is null{of_source}"
    )


#: Athena's partition transforms -> Spark's.
TRANSFORMS = {"year": "years", "month": "months", "day": "days", "hour": "hours"}


def transform(declared: str) -> str:
    """`day(order_date)` -> `days(`order_date`)`; a column alone stays a column."""
    name, parenthesis, rest = declared.partition("(")
    if not parenthesis:
        return quote(name)
    *size, column = [part.strip() for part in rest.rstrip(")").split(",")]
    return f"{TRANSFORMS.get(name, name)}({', '.join([*size, quote(column)])})"


def create_table(table: Table, target: str, lake: str) -> str:
    """CREATE TABLE IF NOT EXISTS, as the pipeline makes the table through Athena."""
    columns = ",\n  ".join(
        f"{quote(column['name'])} {'timestamp_ntz' if column['type'] == 'timestamp' else column['type']}"
        + (f" comment {text(column['comment'])}" if column["comment"] else "")
        for column in table["declared"]
    )
    cut = ", ".join(transform(one) for one in table["partitioning"])
    location = f"s3://{lake}/{table['location']}"
    return (
        f"create table if not exists {target} (\n  {columns}\n) using iceberg"
        + (f" partitioned by ({cut})" if cut else "")
        + f" location {text(location)}"
        + " tblproperties ('format-version' = '2', 'write.format.default' = 'parquet', 'write.parquet.compression-codec' = 'zstd')"
    )
