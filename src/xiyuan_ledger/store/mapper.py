"""From a fact to the bytes that are stored, and back. The bytes are written here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from itertools import count
from typing import Any

import orjson
from pydantic import BaseModel

from xiyuan_ledger.aggregates import TOPICS, Event, Fact
from xiyuan_ledger.aggregates.alike import AlikeFacts
from xiyuan_ledger.calendar import instant_text, parse_instant
from xiyuan_ledger.canonical import ordered
from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.store.rows import Row

SCHEMA_VERSION = 1
POSITION_MAX = 2**48 - 1
"""What an event id has room for."""
_NAME_LINES = {fact: fact.__name__.encode() + b"\n" for fact in TOPICS.values()}
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def _part(value: Any) -> Any:
    """A structure inside a fact, what is absent left out."""
    if isinstance(value, BaseModel):
        found = ((info.alias or name, getattr(value, name)) for name, info in type(value).model_fields.items())
        return {name: each for name, each in found if each is not None}
    raise TypeError(type(value).__name__)


def entry_bytes(fact: Fact) -> bytes:
    """The canonical bytes of what the office wrote down."""
    return ordered(orjson.dumps(fact.entry(), _part, orjson.OPT_SORT_KEYS))


def content_digest(fact: Fact, entry: bytes) -> str:
    """The digest of an entry's content: the default idempotency key. Who enters it, and from where, is not content.

    Commitments are not part of it: their salts are random, and the same entry again is to be recognised. Whether the
    personal data behind them are the same is asked of the vault.
    """
    if fact.COMMITS and fact.__dict__["commitments"] is not None:
        entry = entry_bytes(fact.model_copy(update={"commitments": None}))
    return sha256(_NAME_LINES[type(fact)] + entry).hexdigest()


def event_id(position: int, digest: str) -> str:
    """A UUID (version 8) of place and content: ids sort as positions do, and no other content can carry the same."""
    return (
        f"{position >> 16:08x}-{position & 0xFFFF:04x}-8{digest[:3]}-{_VARIANT[digest[3]]}{digest[4:7]}-{digest[7:19]}"
    )


def is_event_id(text: str) -> bool:
    """Whether a text has the form of an event's id."""
    return re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", text) is not None


def position_of(event: str) -> int:
    """The position that an event id carries."""
    return int(event[:8] + event[9:13], 16)


def event_bytes(event: Event, entry: bytes, recorded_at: str) -> bytes:
    """The canonical bytes of an event: keys in order, absent ones left out."""
    fact = event.fact
    key, source = fact.key, fact.source
    key = "" if key is None else f'"key":{orjson.dumps(key).decode()},'
    source = "" if source is None else f'"source":{orjson.dumps(source).decode()},'
    return (
        f'{{"actor":"{event.actor}","entry":{entry.decode()},"event_id":"{event.event_id}",{key}"position":{event.position},'
        f'"recorded_at":"{recorded_at}","schema":1,{source}"stream":"{event.stream}","type":"{type(fact).__name__}",'
        f'"version":{event.version}}}'
    ).encode()


def entries_bytes(facts: Sequence[Fact]) -> list[bytes]:
    """The same as `entry_bytes` of each: facts of one answer share their papers, which are looked into once."""
    papers: dict[int, orjson.Fragment] = {}
    found = []
    for fact in facts:
        entry = fact.entry()
        if fact.evidence is not None:
            shared = id(fact.evidence)
            if shared not in papers:
                papers[shared] = orjson.Fragment(orjson.dumps(fact.evidence, _part, orjson.OPT_SORT_KEYS))
            entry["evidence"] = papers[shared]
        found.append(ordered(orjson.dumps(entry, _part, orjson.OPT_SORT_KEYS)))
    return found


def alike_entries(facts: AlikeFacts) -> list[bytes]:
    """The same as `entry_bytes` of each: what they share is written once, and what stands in columns filled in.

    Nothing of that is escaped: codes and months hold no character that JSON would write in another way.
    """
    told, fields, filled = facts.like.entry(), [], []
    for attribute, name in facts.like.ENTRY_FIELDS:
        if attribute in facts.columns:
            filled.append(facts.columns[attribute])
            fields.append(f'"{name}":%d' if isinstance(filled[-1][0], int) else f'"{name}":"%s"')
        elif name in told:
            shared = ordered(orjson.dumps(told[name], _part, orjson.OPT_SORT_KEYS)).decode()
            fields.append(f'"{name}":{shared.replace("%", "%%")}')
    form = "{" + ",".join(fields) + "}"
    return "\n".join(map(form.__mod__, zip(*filled, strict=True))).encode().split(b"\n")


def content_digests(kind: type[Fact], entries: Sequence[bytes]) -> list[str]:
    """The same as `content_digest` of each, of facts of a kind that commits to nothing."""
    name = _NAME_LINES[kind]
    return [sha256(name + entry).hexdigest() for entry in entries]


def first_events(
    like: Event, streams: Sequence[str], entries: Sequence[bytes], digests: Sequence[str]
) -> list[tuple[str, bytes]]:
    """The ids and bytes of events that begin streams of their own, from the position of `like` on.

    They have its type, its time, its actor and its source, and no key: the same bytes as `event_bytes` makes of each.
    """
    source = "" if like.source is None else f'"source":{orjson.dumps(like.source).decode()},'
    before = f'{{"actor":"{like.actor}","entry":'
    after = f',"recorded_at":"{instant_text(like.recorded_at)}","schema":1,{source}"stream":"'
    last = f'","type":"{like.type}","version":1}}'
    form = "%s".join(each.replace("%", "%%") for each in (before, ',"event_id":"', '","position":', after, last))
    names = list(map(event_id, count(like.position), digests))
    texts = map(form.__mod__, zip(map(bytes.decode, entries), names, count(like.position), streams, strict=False))
    return list(zip(names, "\n".join(texts).encode().split(b"\n"), strict=True))  # A line end is escaped in JSON.


def event_of(row: Row) -> Event:
    """The event that a row holds; StoreError when its topic is not known to this version."""
    fact_type = TOPICS.get(row.topic)
    if fact_type is None:
        raise StoreError("store-newer", where=row.topic, found=row.topic, known=SCHEMA_VERSION)
    body = orjson.loads(row.state)
    outside = {name: body[name] for name in ("actor", "key", "source") if name in body}
    return Event(
        fact_type.from_entry(body["entry"], **outside),
        row.position,
        body["event_id"],
        row.stream,
        row.version,
        parse_instant(body["recorded_at"]),
        body["actor"],
        body.get("source"),
    )
