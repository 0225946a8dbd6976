"""How recommendations are judged: by what users liked among the ratings that training did not see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: Recommendations of a user that are looked at.
AT = 10


def precision(hits: int, users: int, at: int = AT) -> float | None:
    """Hits among all the places that the users' lists have; None where there is no user."""
    return hits / (users * at) if users else None


def unseen(ranked: Iterable[str], seen: frozenset[str] | set[str], at: int = AT) -> list[str]:
    """The first items that the user has not seen."""
    found: list[str] = []
    for item in ranked:
        if item not in seen:
            found.append(item)
            if len(found) == at:
                break
    return found


def judged(
    lists: Mapping[str, list[str]], liked_later: Mapping[str, set[str]], method: str
) -> dict[str, object]:
    """One line of an evaluation: users, recommendations, how many were liked later, and their share of all places."""
    hits = sum(len(set(lists.get(user, [])) & liked) for user, liked in liked_later.items())
    return {
        "method": method,
        "users": len(liked_later),
        "recommended": sum(len(lists.get(user, [])) for user in liked_later),
        "hits": hits,
        "precision_at_10": precision(hits, len(liked_later)),
    }
