-- Bulk import: uploads in sealed pieces, jobs with their progress, one result for each row; and the
-- ids that other systems gave records.

-- The id of a record in another system: found by a keyed digest, one record for each.
CREATE TABLE external_ids (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL CHECK (kind IN ('patient', 'relative', 'consent', 'referral', 'volunteer', 'staff', 'organisation', 'measurement')),
    -- What it is the id of: a row of the table that the kind names.
    record_id uuid NOT NULL,
    digest bytea NOT NULL,
    -- System and value: sealed JSON.
    content bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX external_ids_by_digest ON external_ids (controller_id, kind, digest);
CREATE INDEX external_ids_by_record ON external_ids (record_id);

CREATE TABLE imports (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL CHECK (kind IN ('patients', 'relatives', 'consents', 'referrals', 'volunteers', 'staff', 'organisations', 'measurements')),
    mode TEXT NOT NULL CHECK (mode IN ('insert', 'upsert')),
    validate_only boolean NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('receiving', 'queued', 'running', 'completed', 'completedWithRejections', 'cancelled', 'failed')),
    -- How the file is written, and what its columns stand for.
    layout jsonb NOT NULL,
    -- Who sent it, with what rights and for what purpose: sealed JSON. Its rows are written on their behalf.
    requester bytea NOT NULL,
    -- Whose job it is: those who are limited to programmes see their own only.
    requester_id uuid NOT NULL,
    bytes BIGINT NOT NULL,
    rows_total INTEGER NOT NULL,
    rows_done INTEGER NOT NULL,
    created_count INTEGER NOT NULL,
    updated_count INTEGER NOT NULL,
    unchanged_count INTEGER NOT NULL,
    rejected_count INTEGER NOT NULL,
    ignored_count INTEGER NOT NULL,
    cancel_asked boolean NOT NULL,
    failure TEXT,
    -- Who works on it, and until when nobody else may take it over.
    worker_id uuid,
    leased_until timestamptz,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    updated_at timestamptz NOT NULL,
    -- When the last of its file was forgotten, and of its results: after its end, some at a time.
    file_gone_at timestamptz,
    results_gone_at timestamptz
);
CREATE INDEX imports_by_controller ON imports (controller_id, id);
-- Jobs stay for ever: what is to be done with some of them is found without the others.
CREATE INDEX imports_to_do ON imports (id) WHERE finished_at IS NULL;
CREATE INDEX imports_open ON imports (controller_id, id) WHERE finished_at IS NULL;
CREATE INDEX imports_with_file ON imports (id) WHERE finished_at IS NOT NULL AND file_gone_at IS NULL;
CREATE INDEX imports_with_results ON imports (controller_id, id, finished_at) WHERE finished_at IS NOT NULL AND results_gone_at IS NULL;

-- The rows of a file as they came, some together; gone when they are done.
CREATE TABLE import_chunks (
    id uuid PRIMARY KEY NOT NULL,
    import_id uuid NOT NULL REFERENCES imports (id),
    first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    content bytea NOT NULL
);
CREATE UNIQUE INDEX import_chunks_by_row ON import_chunks (import_id, first_row);

-- What became of the rows, some together: sealed JSON.
CREATE TABLE import_results (
    id uuid PRIMARY KEY NOT NULL,
    import_id uuid NOT NULL REFERENCES imports (id),
    first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    content bytea NOT NULL
);
CREATE UNIQUE INDEX import_results_by_row ON import_results (import_id, first_row);

-- While a file is only checked: which of its rows would make what, by keyed digest, so that later
-- rows are checked as if those were there.
CREATE TABLE import_keys (
    import_id uuid NOT NULL REFERENCES imports (id),
    digest bytea NOT NULL,
    row_number INTEGER NOT NULL,
    PRIMARY KEY (import_id, digest, row_number)
);
