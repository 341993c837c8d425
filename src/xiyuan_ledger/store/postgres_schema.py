"""The tables of a ledger in PostgreSQL, and the function that appends in one round trip."""

from __future__ import annotations

SCHEMA_DEFAULT = "xiyuan"

_ONLY_ADDED = """
CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

# A function of ours and not the library's: its own one makes events visible out of order. The lock is taken first, and
# the last position is read by a later statement, which sees what the one who held the lock has committed.
_APPEND = """
CREATE FUNCTION {schema}.append_events(
    expected bigint, streams text[], versions bigint[], topics text[], states bytea[], leaves bytea[],
    new_keys text[], key_positions bigint[], new_tags text[], tag_streams text[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext({lock}));
    SELECT coalesce(max(position), 0) INTO found FROM {schema}.events;
    IF found <> expected THEN
        RETURN false;
    END IF;
    INSERT INTO {schema}.events
    SELECT expected + n, stream, version, topic, state, leaf
    FROM unnest(streams, versions, topics, states, leaves)
        WITH ORDINALITY AS row(stream, version, topic, state, leaf, n);
    IF new_keys IS NOT NULL THEN
        INSERT INTO {schema}.keys SELECT * FROM unnest(new_keys, key_positions);
    END IF;
    IF new_tags IS NOT NULL THEN
        INSERT INTO {schema}.tags SELECT * FROM unnest(new_tags, tag_streams) ON CONFLICT DO NOTHING;
    END IF;
    NOTIFY events;
    RETURN true;
END $$
"""

# The same for one event without keys and tags, which most are: arrays would cost more than the event.
_APPEND_ONE = """
CREATE FUNCTION {schema}.append_event(
    expected bigint, stream text, version bigint, topic text, state bytea, leaf bytea
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext({lock}));
    SELECT coalesce(max(position), 0) INTO found FROM {schema}.events;
    IF found <> expected THEN
        RETURN false;
    END IF;
    INSERT INTO {schema}.events VALUES (expected + 1, stream, version, topic, state, leaf);
    NOTIFY events;
    RETURN true;
END $$
"""

GUARDED = ("events", "keys", "tags", "ledger_meta")
"""The tables of which nothing is changed or taken out."""
CREATE = (
    'CREATE TABLE {schema}.events (position bigint PRIMARY KEY, originator_id text NOT NULL COLLATE "C",'
    " originator_version bigint NOT NULL, topic text NOT NULL, state bytea NOT NULL, leaf bytea NOT NULL)",
    "CREATE UNIQUE INDEX events_of_stream ON {schema}.events (originator_id, originator_version)",
    'CREATE TABLE {schema}.keys (key text COLLATE "C" PRIMARY KEY, position bigint NOT NULL)',
    'CREATE TABLE {schema}.tags (tag text COLLATE "C" NOT NULL, stream text COLLATE "C" NOT NULL,'
    " PRIMARY KEY (tag, stream))",
    "CREATE TABLE {schema}.ledger_meta (name text NOT NULL, simulated boolean NOT NULL, format integer NOT NULL)",
    "CREATE UNIQUE INDEX one_ledger ON {schema}.ledger_meta ((true))",
    _ONLY_ADDED,
    *(
        f"CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {{schema}}.{table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change()"
        for table in GUARDED
    ),
    _APPEND,
    _APPEND_ONE,
)
