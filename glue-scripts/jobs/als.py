"""Glue job `als`: recommendations by alternating least squares on what users like, compared with the most popular items.

Trained on the rows that are not held out; what it recommends is looked up among the likes that are. The tables are read
and the recommendations replaced as a whole, so the job may be killed and started again.
Hu, Koren and Volinsky, Collaborative Filtering for Implicit Feedback Datasets, ICDM 2008.

--lake BUCKET --run_id ID
--ratings database.table            a row per user and item
--user, --item, --liked, --held_out names of its columns; the last two are true or false
--into database.table               user_id, item_id, rank, score: replaced
--rank, --iterations, --regularization, --alpha, --seed
"""

from __future__ import annotations

import json
import sys
from typing import Any

from headwaters_spark import contracts, ranking
from headwaters_spark.arguments import job_arguments
from headwaters_spark.session import in_catalog, open_session, write_text
from headwaters_spark.silver import quote

DEFAULTS = {"rank": "32", "iterations": "10", "regularization": "0.1", "alpha": "10", "seed": "17"}


def read_ratings(spark: Any, options: dict[str, str]) -> Any:
    """Users and items as texts, with whether they are liked and held out."""
    columns = ", ".join(
        f"cast({quote(options[name])} as {kind}) as `{name}`"
        for name, kind in [("user", "string"), ("item", "string"), ("liked", "boolean"), ("held_out", "boolean")]
    )
    # Items of equal popularity are in their own order: numbers by value, not by their text.
    value = f"{quote(options['item'])} as `item_value`"
    return spark.sql(f"select {columns}, {value} from {in_catalog(*options['ratings'].split('.'))}").persist()


def numbered(rows: Any, column: str) -> Any:
    """A number for each value of the column, in the order of the values: the same at every run."""
    from pyspark.ml.feature import StringIndexer

    indexer = StringIndexer(inputCol=column, outputCol=f"{column}_number", stringOrderType="alphabetAsc")
    return indexer.fit(rows)


def recommend(likes: Any, seen: Any, users: Any, options: dict[str, str]) -> Any:
    """The first items of each user that it has not rated: user, item, score, rank."""
    from pyspark.ml.recommendation import ALS
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    by_user, by_item = numbered(likes, "user"), numbered(likes, "item")
    training = by_item.transform(by_user.transform(likes)).withColumn("weight", f.lit(1.0))
    model = ALS(
        userCol="user_number",
        itemCol="item_number",
        ratingCol="weight",
        implicitPrefs=True,
        rank=int(options["rank"]),
        maxIter=int(options["iterations"]),
        regParam=float(options["regularization"]),
        alpha=float(options["alpha"]),
        seed=int(options["seed"]),
    ).fit(training)
    known = by_user.setHandleInvalid("skip").transform(users)
    most = seen.groupBy("user").count().agg(f.max("count")).first()[0] or 0
    names = training.select("user", "user_number").distinct()
    items = training.select("item", "item_number").distinct()
    scored = (
        model.recommendForUserSubset(known, int(most) + ranking.AT)
        .select("user_number", f.explode("recommendations").alias("one"))
        .select("user_number", f.col("one.item_number").alias("item_number"), f.col("one.rating").alias("score"))
        .join(names, "user_number")
        .join(items, "item_number")
        .join(seen, ["user", "item"], "left_anti")
    )
    place = f.row_number().over(Window.partitionBy("user").orderBy(f.desc("score"), "item"))
    return scored.withColumn("rank", place).where(f.col("rank") <= ranking.AT).select("user", "item", "rank", "score")


def lists_of(rows: Any) -> dict[str, list[str]]:
    """User -> items by rank."""
    lists: dict[str, list[str]] = {}
    for row in rows.orderBy("user", "rank").collect():
        lists.setdefault(row.user, []).append(row.item)
    return lists


def main(argv: list[str]) -> None:
    """Runs the job."""
    from pyspark.sql import functions as f

    options = job_arguments(
        argv, ["lake", "run_id", "ratings", "user", "item", "liked", "held_out", "into"], DEFAULTS
    )
    study = contracts.load()["study"]
    spark = open_session("als", options["lake"])
    ratings = read_ratings(spark, options)
    training, held_out = ratings.where("not held_out"), ratings.where("held_out and liked")
    likes, seen = training.where("liked").select("user", "item"), training.select("user", "item")
    users = held_out.select("user").distinct()
    recommended = recommend(likes, seen, likes.select("user").distinct(), options).persist()
    recommended.select(
        f.col("user").alias("user_id"), f.col("item").alias("item_id"), "rank", f.col("score").cast("double").alias("score")
    ).writeTo(in_catalog(*options["into"].split("."))).using("iceberg").tableProperty(
        "format-version", "2"
    ).tableProperty(
        "location", f"s3://{options['lake']}/marts/study={study}/{options['into'].split('.')[1]}"
    ).createOrReplace()

    liked_later = {row.user: set(row["items"]) for row in held_out.groupBy("user").agg(f.collect_set("item").alias("items")).collect()}
    popular = [
        row.item
        for row in training.where("liked")
        .groupBy("item", "item_value")
        .count()
        .orderBy(f.desc("count"), "item_value")
        .collect()
    ]
    seen_by = {
        row.user: set(row["items"])
        for row in seen.join(users, "user").groupBy("user").agg(f.collect_set("item").alias("items")).collect()
    }
    evaluation = [
        ranking.judged(lists_of(recommended.join(users, "user")), liked_later, "als"),
        ranking.judged(
            {user: ranking.unseen(popular, seen_by.get(user, set())) for user in liked_later},
            liked_later,
            "popularity",
        ),
    ]
    body = json.dumps({"evaluation": evaluation})
    write_text(spark, f"s3://{options['lake']}/runs/study={study}/run={options['run_id']}/spark/als.json", body)
    print(body, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
