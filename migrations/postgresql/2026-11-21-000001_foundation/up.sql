-- The organisations and what they run, the systems that call, and the logs that everything stands on.

CREATE TABLE organisations (
    id uuid PRIMARY KEY NOT NULL,
    parent_id uuid REFERENCES organisations (id),
    -- The data controller: the root of the tree. A root is its own.
    controller_id uuid NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL CHECK (kind IN ('region', 'hospital', 'ward', 'municipality', 'generalPractice', 'association', 'unit')),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    identifiers jsonb NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX organisations_by_controller ON organisations (controller_id, id);
CREATE INDEX organisations_by_parent ON organisations (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE staff (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    title TEXT,
    roles jsonb NOT NULL,
    active boolean NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX staff_by_controller ON staff (controller_id, id);
CREATE INDEX staff_by_organisation ON staff (organisation_id);

CREATE TABLE clients (
    id uuid PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    scopes jsonb NOT NULL,
    programmes jsonb,
    sees_protected boolean NOT NULL,
    secret_hash bytea NOT NULL,
    previous_hash bytea,
    previous_until timestamptz,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX clients_by_organisation ON clients (organisation_id);

CREATE TABLE programmes (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    policy jsonb NOT NULL,
    active boolean NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (controller_id, code)
);
CREATE INDEX programmes_by_controller ON programmes (controller_id, id);
CREATE INDEX programmes_by_organisation ON programmes (organisation_id);

-- Append-only. No foreign keys: the log outlives what it speaks of.
CREATE TABLE events (
    position bigserial PRIMARY KEY,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    controller_id uuid NOT NULL,
    programme_id uuid,
    patient_id uuid,
    kind TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id uuid NOT NULL,
    actor_id uuid NOT NULL
);
CREATE INDEX events_by_patient ON events (patient_id, position) WHERE patient_id IS NOT NULL;

-- Append-only, chained (src/platform/audit).
CREATE TABLE audit_rows (
    writer_id uuid NOT NULL,
    seq BIGINT NOT NULL,
    at timestamptz NOT NULL,
    controller_id uuid NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id uuid NOT NULL,
    actor_name TEXT NOT NULL,
    actor_roles TEXT NOT NULL,
    operation TEXT NOT NULL,
    patient_id uuid,
    volunteer_id uuid,
    purpose TEXT,
    outcome TEXT NOT NULL,
    request_id TEXT NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (writer_id, seq)
);
CREATE INDEX audit_rows_by_patient ON audit_rows (patient_id, at) WHERE patient_id IS NOT NULL;
CREATE INDEX audit_rows_by_volunteer ON audit_rows (volunteer_id, at) WHERE volunteer_id IS NOT NULL;

CREATE TABLE audit_heads (
    writer_id uuid PRIMARY KEY NOT NULL,
    ordinal BIGINT NOT NULL UNIQUE,
    opening bytea NOT NULL,
    seq BIGINT NOT NULL,
    hash bytea NOT NULL,
    tag bytea NOT NULL
);

-- One row: how many chains there are, so that removing the last one is found too.
CREATE TABLE audit_anchor (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    chains BIGINT NOT NULL,
    tag bytea NOT NULL
);

CREATE TABLE idempotency_keys (
    id uuid PRIMARY KEY NOT NULL,
    request_hash bytea NOT NULL,
    answer bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
