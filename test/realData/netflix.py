"""Computes the Netflix study's answers from the raw files, by another way than its models, and compares them with a run's.

    npx headwaters run netflix --input DIR --once --json --state .headwaters/movielens > answers.json
    python3 test/realData/netflix.py DIR answers.json

DIR holds ml-latest-small.zip (https://grouplens.org/datasets/movielens/latest/) and netflix_titles.csv
(https://www.kaggle.com/datasets/shivamb/netflix-shows). Their licences forbid us to hand them out, so this is not part of
`npm test`. It needs Python 3.9 and nothing else. It ends with exit code 1 when anything differs.
"""

import csv
import io
import json
import re
import sys
import zipfile
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from math import ceil, sqrt


def rows_of(stream):
    return list(csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8", newline="")))


def read(folder):
    with zipfile.ZipFile(f"{folder}/ml-latest-small.zip") as archive:
        tables = {
            name: rows_of(archive.open(f"ml-latest-small/{name}.csv"))
            for name in ("ratings", "movies", "links", "tags")
        }
    with open(f"{folder}/netflix_titles.csv", "rb") as stream:
        tables["titles"] = rows_of(stream)
    return tables


def rounded(value, digits):
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def elements(cell):
    return {part.strip() for part in cell.split(",") if part.strip()}


def key_of(title):
    return "".join(letter for letter in title.lower() if letter.isalpha() or letter.isdecimal())


def name_and_year(title):
    found = re.fullmatch(r"(.*)\((\d{4})\)", title.strip(), re.DOTALL)
    return (found[1].strip(), int(found[2])) if found else (title.strip(), None)


def catalogue(tables):
    titles, movies = tables["titles"], tables["movies"]
    shifted = [row for row in titles if row["duration"] == "" and row["rating"].endswith(" min")]
    minutes = [row for row in titles if row["duration"].endswith(" min")]
    keys = {(key_of(row["title"]), int(row["release_year"])) for row in titles}
    named = 0
    for movie in movies:
        name, year = name_and_year(movie["title"])
        for article in ("The", "An", "A"):
            if name.endswith(f", {article}"):
                name = f"{article} {name[: -len(article) - 2]}"
                break
        named += (key_of(name), year) in keys
    return [
        {
            "titles": len(titles),
            "movies": sum(row["type"] == "Movie" for row in titles),
            "with_minutes": len(shifted) + len(minutes),
            "durations_mended": len(shifted),
            "dates_mended": sum(row["date_added"] != row["date_added"].strip() for row in titles),
            "genre_links": sum(len(elements(row["listed_in"])) for row in titles),
            "creator_links": sum(len(elements(row["director"])) for row in titles),
            "cast_links": sum(len(elements(row["cast"])) for row in titles),
            "country_links": sum(len(elements(row["country"])) for row in titles),
            "films": len(movies),
            "films_in_catalogue": named,
        }
    ]


def similarities(likes):
    """Film -> its hundred nearest films as (similarity, common likes, film), nearest first."""
    counts = Counter(film for films in likes.values() for film in films)
    common = defaultdict(Counter)
    for films in likes.values():
        kept = [film for film in films if counts[film] >= 10]
        for film in kept:
            common[film].update(kept)
    near = {}
    for film, row in common.items():
        found = [
            (Decimal(rounded(shared / sqrt(counts[film] * counts[other]), 6)), shared, other)
            for other, shared in row.items()
            if other != film and shared >= 3
        ]
        near[film] = sorted(found, key=lambda one: (-one[0], -one[1], one[2]))[:100]
    return near


def ten_best(liked, known, near):
    scores = defaultdict(Decimal)
    for film in liked:
        for similarity, _, other in near.get(film, ()):
            if other not in known:
                scores[other] += similarity
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))[:10]


def liked_by(ratings):
    likes = defaultdict(set)
    for user, film, rating, _ in ratings:
        if rating >= 4:
            likes[user].add(film)
    return likes


def ratings_of(tables):
    return [
        (row["userId"], int(row["movieId"]), Decimal(row["rating"]), int(row["timestamp"]))
        for row in tables["ratings"]
    ]


def recommendation_quality(tables):
    by_user = defaultdict(list)
    for rating in ratings_of(tables):
        by_user[rating[0]].append(rating)
    training, later = [], {}
    for user, own in by_user.items():
        own.sort(key=lambda rating: (rating[3], rating[1]))
        kept = ceil(len(own) * 4 / 5)
        training += own[:kept]
        liked = {film for _, film, rating, _ in own[kept:] if rating >= 4}
        if liked:
            later[user] = liked
    known = defaultdict(set)
    for user, film, _, _ in training:
        known[user].add(film)
    likes = liked_by(training)
    near = similarities(likes)
    counts = Counter(film for films in likes.values() for film in films)
    popular = sorted(counts, key=lambda film: (-counts[film], film))
    lists = {
        "item-item": lambda user: [film for film, _ in ten_best(likes.get(user, ()), known[user], near)],
        "popularity": lambda user: [film for film in popular if film not in known[user]][:10],
    }
    answers = []
    for method, recommend in lists.items():
        made = {user: recommend(user) for user in later}
        hits = sum(film in later[user] for user, films in made.items() for film in films)
        answers.append(
            {
                "method": method,
                "users": len(later),
                "recommended": sum(map(len, made.values())),
                "hits": hits,
                "precision_at_10": rounded(Decimal(hits) / (len(later) * 10), 6),
            }
        )
    return answers


def because_you_watched(tables):
    ratings = ratings_of(tables)
    names = {int(row["movieId"]): name_and_year(row["title"])[0] for row in tables["movies"]}
    likes = liked_by(ratings)
    near = similarities(likes)
    user = min(likes, key=lambda one: (-len(likes[one]), one))
    known = {film for rater, film, _, _ in ratings if rater == user}
    answers = []
    for rank, (film, score) in enumerate(ten_best(likes[user], known, near), 1):
        votes = [
            (-similarity, liked)
            for liked in likes[user]
            for similarity, _, other in near.get(liked, ())
            if other == film
        ]
        answers.append(
            {
                "user_id": user,
                "rank": rank,
                "film": names[film],
                "because_you_liked": names[min(votes)[1]],
                "score": rounded(score, 6),
            }
        )
    return answers


def cold_start(tables):
    films = {int(row["movieId"]): row for row in tables["movies"]}
    counts = Counter(film for films_of in liked_by(ratings_of(tables)).values() for film in films_of)
    best = {}
    for film, likes in counts.items():
        for genre in films[film]["genres"].split("|"):
            if genre != "(no genres listed)":
                best[genre] = min(best.get(genre, (0, 0)), (-likes, film))
    return [
        {
            "genre": genre,
            "film_id": film,
            "title": name_and_year(films[film]["title"])[0],
            "likes": -likes,
        }
        for genre, (likes, film) in sorted(best.items())
    ]


def main(folder, answers_file):
    tables = read(folder)
    with open(answers_file, encoding="utf-8") as stream:
        run = json.load(stream)
    expected = {
        "catalogue": catalogue(tables),
        "recommendation_quality": recommendation_quality(tables),
        "because_you_watched": because_you_watched(tables),
        "cold_start": cold_start(tables),
    }
    rows = sum(map(len, tables.values()))
    total = run["pipeline"]["sheet"]["total"]
    differing = 0
    for name, ours, theirs in [
        ("verdict", "Balanced", run["pipeline"]["verdict"]),
        ("records in bronze", rows, total["inBronze"]),
        ("records in silver", rows, total["silver"]),
        *[
            (name, [{column: str(value) for column, value in row.items()} for row in answer], run["answers"][name])
            for name, answer in expected.items()
        ],
    ]:
        if ours == theirs:
            print(f"equal    {name}: {json.dumps(ours, ensure_ascii=False)[:300]}")
        else:
            differing += 1
            print(f"DIFFERS  {name}\n  computed {json.dumps(ours, ensure_ascii=False)}\n  run      {json.dumps(theirs, ensure_ascii=False)}")
    return 1 if differing else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
