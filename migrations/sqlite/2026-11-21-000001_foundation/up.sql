-- The organisations and what they run, the systems that call, and the logs that everything stands on.
-- Words are checked by `=` and `OR` in all of these files: an `IN` of more than two is a table that
-- SQLite builds anew for each row that is written.

CREATE TABLE organisations (
    id BLOB PRIMARY KEY NOT NULL,
    parent_id BLOB REFERENCES organisations (id),
    -- The data controller: the root of the tree. A root is its own.
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL CHECK (kind = 'region' OR kind = 'hospital' OR kind = 'ward' OR kind = 'municipality' OR kind = 'generalPractice' OR kind = 'association' OR kind = 'unit'),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    identifiers TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX organisations_by_controller ON organisations (controller_id, id);
CREATE INDEX organisations_by_parent ON organisations (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE staff (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    title TEXT,
    roles TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX staff_by_controller ON staff (controller_id, id);
CREATE INDEX staff_by_organisation ON staff (organisation_id);

CREATE TABLE clients (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    scopes TEXT NOT NULL,
    programmes TEXT,
    sees_protected BOOLEAN NOT NULL,
    secret_hash BLOB NOT NULL,
    previous_hash BLOB,
    previous_until BIGINT,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX clients_by_organisation ON clients (organisation_id);

CREATE TABLE programmes (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    policy TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (controller_id, code)
);
CREATE INDEX programmes_by_controller ON programmes (controller_id, id);
CREATE INDEX programmes_by_organisation ON programmes (organisation_id);

-- Append-only. No foreign keys: the log outlives what it speaks of.
CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    id BLOB NOT NULL,
    at BIGINT NOT NULL,
    controller_id BLOB NOT NULL,
    programme_id BLOB,
    patient_id BLOB,
    kind TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    actor_id BLOB NOT NULL
);
CREATE INDEX events_by_patient ON events (patient_id, position) WHERE patient_id IS NOT NULL;

-- Append-only, chained (src/platform/audit).
CREATE TABLE audit_rows (
    writer_id BLOB NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    controller_id BLOB NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB NOT NULL,
    actor_name TEXT NOT NULL,
    actor_roles TEXT NOT NULL,
    operation TEXT NOT NULL,
    patient_id BLOB,
    volunteer_id BLOB,
    purpose TEXT,
    outcome TEXT NOT NULL,
    request_id TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (writer_id, seq)
) WITHOUT ROWID;
CREATE INDEX audit_rows_by_patient ON audit_rows (patient_id, at) WHERE patient_id IS NOT NULL;
CREATE INDEX audit_rows_by_volunteer ON audit_rows (volunteer_id, at) WHERE volunteer_id IS NOT NULL;

CREATE TABLE audit_heads (
    writer_id BLOB PRIMARY KEY NOT NULL,
    ordinal BIGINT NOT NULL UNIQUE,
    opening BLOB NOT NULL,
    seq BIGINT NOT NULL,
    hash BLOB NOT NULL,
    tag BLOB NOT NULL
);

-- One row: how many chains there are, so that removing the last one is found too.
CREATE TABLE audit_anchor (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    chains INTEGER NOT NULL,
    tag BLOB NOT NULL
);

CREATE TABLE idempotency_keys (
    id BLOB PRIMARY KEY NOT NULL,
    request_hash BLOB NOT NULL,
    answer BLOB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
