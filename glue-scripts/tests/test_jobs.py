"""The pure functions of the jobs: `PYTHONPATH=glue-scripts/library python3 -m unittest discover glue-scripts/tests`."""

import unittest
from datetime import date

from headwaters_spark import contracts, maintenance, ranking, silver
from headwaters_spark.arguments import ArgumentError, day, day_groups, job_arguments

TABLE = {
    "source": "orders",
    "model": "orders",
    "database": "shop_silver",
    "table": "orders",
    "columns": [
        {"name": "order_id", "member": "orderId", "type": "string"},
        {"name": "lines", "member": "lines", "type": "int"},
        {"name": "price", "member": "pri`ce'", "type": "decimal(18,2)"},
        {"name": "at", "member": "at", "type": "timestamp"},
    ],
    "declared": [
        {"name": "order_id", "type": "string", "comment": "the shop's own"},
        {"name": "at", "type": "timestamp", "comment": ""},
    ],
    "order": [{"column": "lines", "isInteger": True}],
    "required": ["order_id"],
    "identity": ["_event_source", "_event_id"],
    "partitioning": ["day(at)", "bucket(16, order_id)", "truncate(2, order_id)", "order_id"],
    "location": "silver/study=shop/orders",
}


class Arguments(unittest.TestCase):
    def test_what_glue_adds_is_passed_over_and_the_last_of_two_counts(self):
        found = job_arguments(
            ["--JOB_NAME", "x", "--lake", "a", "--lake=b", "--flag"], ["lake"], {"sources": "all"}
        )

        self.assertEqual(found, {"lake": "b", "sources": "all"})

    def test_a_missing_argument_is_named(self):
        with self.assertRaisesRegex(ArgumentError, "--run_id"):
            job_arguments(["--lake", "a"], ["lake", "run_id"])

    def test_a_day_is_a_day_of_the_calendar(self):
        self.assertEqual(day("from", "2024-02-29"), date(2024, 2, 29))
        for wrong in ["2023-02-29", "20240229", "2024-2-9", ""]:
            with self.assertRaisesRegex(ArgumentError, "--from is"):
                day("from", wrong)

    def test_days_are_cut_into_groups_that_leave_none_out(self):
        groups = day_groups(date(2024, 1, 1), date(2024, 1, 7), 3)

        self.assertEqual([(str(a), str(b)) for a, b in groups][-1], ("2024-01-07", "2024-01-07"))
        self.assertEqual(sum((b - a).days + 1 for a, b in groups), 7)
        for first, last, size in [(date(2024, 1, 2), date(2024, 1, 1), 1), (date(2024, 1, 1), date(2024, 1, 1), 0)]:
            with self.assertRaises(ArgumentError):
                day_groups(first, last, size)


class Silver(unittest.TestCase):
    def test_numbers_are_read_by_their_digits(self):
        schema = silver.payload_schema(TABLE)

        self.assertEqual(schema, "`orderId` string, `lines` decimal(38,0), `pri``ce'` decimal(18,2), `at` string")

    def test_texts_and_names_are_quoted_whatever_they_hold(self):
        self.assertEqual(silver.text("it's \\ so"), "'it\\'s \\\\ so'")
        self.assertEqual(silver.quote("a`b"), "`a``b`")

    def test_a_row_has_its_columns_its_order_and_its_lineage(self):
        select = silver.typed(TABLE, "run-1", "lines")

        for part in [
            "cast(payload.`lines` as int) as `lines`",
            "payload.`pri``ce'` as `price`",
            "coalesce(lpad(cast(cast(payload.`lines` as int) as string), 19, '0'), ''), arrived_at, shard, ",
            "'run-1' as `_run_id`",
            "where source = 'orders' and verdict = 'valid'",
        ]:
            self.assertIn(part, select)

    def test_a_key_is_only_held_where_it_refuses(self):
        self.assertNotIn("_holder", silver.new_rows(TABLE, "r", "lines", "t"))
        self.assertIn("_holder", silver.new_rows({**TABLE, "key": ["order_id"]}, "r", "lines", "t"))

    def test_the_table_is_made_as_athena_makes_it(self):
        sql = silver.create_table(TABLE, "lake.`a`.`b`", "bucket")

        self.assertIn("`at` timestamp_ntz", sql)
        self.assertIn("comment 'the shop\\'s own'", sql)
        self.assertIn("partitioned by (days(`at`), bucket(16, `order_id`), truncate(2, `order_id`), `order_id`)", sql)
        self.assertIn("location 's3://bucket/silver/study=shop/orders'", sql)

    def test_rows_of_a_stage_of_all_sources_are_those_of_one(self):
        select = silver.staged_rows(TABLE, "stage", "orders", "r", "t")

        self.assertIn("s.`_source` = 'orders' and s.`_verdict` = 'valid'", select)
        self.assertNotIn("s.`_source`", silver.staged_rows(TABLE, "stage", None, "r", "t"))


class Contracts(unittest.TestCase):
    DOCUMENT = {"study": "shop", "tables": [TABLE], "athenaOnly": {"titles": "its SELECT is written by hand"}}

    def test_no_name_means_every_table_and_a_wrong_one_is_refused_with_its_reason(self):
        self.assertEqual(contracts.tables_of(self.DOCUMENT, ""), [TABLE])
        self.assertEqual(contracts.tables_of(self.DOCUMENT, "orders"), [TABLE])
        for wrong, why in [("titles", "written by hand"), ("nobody", "it has: orders")]:
            with self.assertRaisesRegex(ArgumentError, why):
                contracts.tables_of(self.DOCUMENT, wrong)

    def test_without_the_document_the_remedy_is_said(self):
        with self.assertRaisesRegex(ArgumentError, "--extra-py-files"):
            contracts.load()


class Maintenance(unittest.TestCase):
    def test_only_tables_of_the_study_are_compacted(self):
        self.assertEqual(maintenance.chosen_tables(["a.b", "a.c"], ""), ["a.b", "a.c"])
        with self.assertRaisesRegex(ArgumentError, "'a.d'"):
            maintenance.chosen_tables(["a.b"], "a.d")

    def test_a_rewrite_commits_group_by_group(self):
        self.assertIn("'partial-progress.enabled', 'true'", maintenance.rewrite("a.b", 512))
        self.assertIn("'target-file-size-bytes', '536870912'", maintenance.rewrite("a.b", 512))


class Ranking(unittest.TestCase):
    def test_what_a_user_has_seen_is_not_recommended(self):
        self.assertEqual(ranking.unseen(["a", "b", "c", "d"], {"b"}, 2), ["a", "c"])

    def test_hits_are_counted_over_all_places_of_those_who_liked_something_later(self):
        line = ranking.judged({"u": ["a", "b"], "other": ["a"]}, {"u": {"b", "z"}, "v": {"a"}}, "als")

        self.assertEqual((line["users"], line["recommended"], line["hits"]), (2, 2, 1))
        self.assertEqual(line["precision_at_10"], 0.05)
        self.assertIsNone(ranking.precision(0, 0))


if __name__ == "__main__":
    unittest.main()
