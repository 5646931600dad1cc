"""What was merged with what: a tree of contacts, so that each merge can be taken back.

A leaf is a contact's id. A node is a merge: `{"at", "by", "kept", "joined", "before"}`; kept and
joined are trees, before says by contact id (as text) what each of their contacts was. Nothing here
touches the database.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

Node = dict[str, Any]
Tree = Node | int


@dataclass(frozen=True)
class Parting:
    """What becomes of a tree when a merge is taken back.

    Attributes:
        kept: the contacts that stay together on one side, with the others of the person.
        joined: the contacts that leave.
        before: what contacts were before that merge, by id; of those to restore.
        rest: the tree of those that stay.
        leaving: the tree of those that leave.
        merged_at: when that merge was made, as the tree has it.
    """

    kept: list[int]
    joined: list[int]
    before: dict[int, dict[str, Any]]
    rest: Tree
    leaving: Tree
    merged_at: str


def merged(
    kept: Tree, joined: Tree, *, before: dict[int, dict[str, Any]], by: int, at: datetime
) -> Node:
    """Return the tree of two people who turned out to be one.

    Args:
        kept: whose name and fields are kept.
        joined: the other.
        before: what each contact was, by id; values of JSON.
        by: id of the person who merges.
        at: when, aware UTC.
    """
    known = {str(pk): values for pk, values in before.items()}
    return {"at": at.isoformat(), "by": by, "kept": kept, "joined": joined, "before": known}


def contacts_in(tree: Tree) -> list[int]:
    """Return the ids of a tree's contacts, those whose name was kept first."""
    if isinstance(tree, int):
        return [tree]
    return contacts_in(tree["kept"]) + contacts_in(tree["joined"])


def part(tree: Tree, *, known: Collection[int]) -> Parting | None:
    """Return what taking back the newest merge would do that a reader knows of.

    Args:
        tree: a person's.
        known: the contacts that the reader knows. A merge that has known contacts on one side only
            stays: its reader must not find out that there is another side.

    Returns:
        What becomes of it; None where no two known contacts are merged. Under a merge that the
        reader does not know of, those that stay keep what the person has now.
    """
    if isinstance(tree, int):
        return None
    kept, joined = contacts_in(tree["kept"]), contacts_in(tree["joined"])
    if set(kept) & set(known) and set(joined) & set(known):
        before = {int(pk): values for pk, values in tree["before"].items()}
        return Parting(kept, joined, before, tree["kept"], tree["joined"], tree["at"])
    for side in ("kept", "joined"):
        found = part(tree[side], known=known)
        if found is not None:
            before = {pk: found.before[pk] for pk in found.joined if pk in found.before}
            rest: Node = {**tree, side: found.rest}
            rest["before"] = {
                pk: values for pk, values in rest["before"].items() if int(pk) not in found.joined
            }
            return replace(found, before=before, rest=rest)
    return None


def without(tree: Tree, contact_id: int) -> Tree | None:
    """Return a tree without one contact and without what it was; None when nobody is left."""
    if isinstance(tree, int):
        return None if tree == contact_id else tree
    kept, joined = without(tree["kept"], contact_id), without(tree["joined"], contact_id)
    if kept is None or joined is None:
        return joined if kept is None else kept
    before = {pk: values for pk, values in tree["before"].items() if int(pk) != contact_id}
    return {**tree, "kept": kept, "joined": joined, "before": before}
