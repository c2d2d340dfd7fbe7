-- The log in commit order, deadlines that were told, and webhooks.

-- The transaction that wrote the event: what is read is below every transaction that still runs, so
-- that a number taken early and committed late is not passed by. What was there before this
-- migration has been committed.
ALTER TABLE events ADD COLUMN tx BIGINT NOT NULL DEFAULT 0;
CREATE INDEX events_in_order ON events (controller_id, tx, position);

-- One row: what is added to the server's transaction numbers, so that they go on where they were
-- when the database is restored into another server. SQLite has one writer and needs none.
CREATE TABLE event_log_base (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    base BIGINT NOT NULL
);
INSERT INTO event_log_base (id, base) VALUES (1, 0);

-- Which deadlines have been told, so that each is told once.
CREATE TABLE deadline_events (
    kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    due_on TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (kind, subject_id, due_on)
);

CREATE TABLE webhook_endpoints (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    -- The types that are sent; all where it is empty.
    event_types TEXT NOT NULL,
    -- The programmes whose events are sent; all where there is none.
    programmes TEXT,
    state TEXT NOT NULL CHECK (state = 'active' OR state = 'paused' OR state = 'disabled'),
    -- The secrets with the end of each: sealed JSON.
    secrets BLOB NOT NULL,
    secret_rotated_at BIGINT NOT NULL,
    -- The number that the next delivery gets: the order of deliveries.
    next_turn BIGINT NOT NULL,
    -- Until when it has asked to be left alone.
    quiet_until BIGINT,
    -- Grows when it gets another address and when it is resumed: what came of an attempt that began
    -- before says nothing of how it is now.
    course INTEGER NOT NULL,
    -- When it was deleted: it stays until its deliveries are forgotten.
    deleted_at BIGINT,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX webhook_endpoints_by_controller ON webhook_endpoints (controller_id, id);

-- How far the log has been turned into deliveries: for what happens from now on, one for each
-- endpoint, and one for each replay.
CREATE TABLE webhook_feeds (
    id BLOB PRIMARY KEY NOT NULL,
    endpoint_id BLOB NOT NULL REFERENCES webhook_endpoints (id),
    kind TEXT NOT NULL CHECK (kind IN ('live', 'replay')),
    -- Behind which event it goes on.
    after_tx BIGINT NOT NULL,
    after_position BIGINT NOT NULL,
    -- Of a replay: from and until when, and where the log ended when it was asked for.
    from_at BIGINT,
    until_at BIGINT,
    until_tx BIGINT,
    until_position BIGINT,
    deliveries BIGINT NOT NULL,
    finished_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhook_feeds_by_endpoint ON webhook_feeds (endpoint_id, id);
CREATE INDEX webhook_feeds_running ON webhook_feeds (endpoint_id) WHERE finished_at IS NULL;

CREATE TABLE webhook_deliveries (
    id BLOB PRIMARY KEY NOT NULL,
    endpoint_id BLOB NOT NULL REFERENCES webhook_endpoints (id),
    turn BIGINT NOT NULL,
    -- The event, and where it stands in the log; a ping stands nowhere.
    event_id BLOB NOT NULL,
    event_position BIGINT,
    kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state = 'waiting' OR state = 'delivered' OR state = 'failed'),
    attempts INTEGER NOT NULL,
    -- When it may be tried; none while one of the same subject is before it, and in the end.
    due_at BIGINT,
    -- Who tries it now, until `due_at`.
    claim BLOB,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    UNIQUE (endpoint_id, turn)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, subject_id, turn) WHERE finished_at IS NULL;
CREATE INDEX webhook_deliveries_by_end ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    delivery_id BLOB NOT NULL REFERENCES webhook_deliveries (id),
    number INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    outcome TEXT CHECK (outcome = 'delivered' OR outcome = 'refused' OR outcome = 'redirected' OR outcome = 'timedOut' OR outcome = 'connectionFailed' OR outcome = 'addressRefused'),
    status INTEGER,
    PRIMARY KEY (delivery_id, number)
);
