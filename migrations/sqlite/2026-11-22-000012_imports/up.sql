-- Bulk import: uploads in sealed pieces, jobs with their progress, one result for each row; and the
-- ids that other systems gave records.

-- The id of a record in another system: found by a keyed digest, one record for each.
CREATE TABLE external_ids (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL CHECK (kind = 'patient' OR kind = 'relative' OR kind = 'consent' OR kind = 'referral' OR kind = 'volunteer' OR kind = 'staff' OR kind = 'organisation' OR kind = 'measurement'),
    -- What it is the id of: a row of the table that the kind names.
    record_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    -- System and value: sealed JSON.
    content BLOB NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX external_ids_by_digest ON external_ids (controller_id, kind, digest);
CREATE INDEX external_ids_by_record ON external_ids (record_id);

CREATE TABLE imports (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL CHECK (kind = 'patients' OR kind = 'relatives' OR kind = 'consents' OR kind = 'referrals' OR kind = 'volunteers' OR kind = 'staff' OR kind = 'organisations' OR kind = 'measurements'),
    mode TEXT NOT NULL CHECK (mode IN ('insert', 'upsert')),
    validate_only BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state = 'receiving' OR state = 'queued' OR state = 'running' OR state = 'completed' OR state = 'completedWithRejections' OR state = 'cancelled' OR state = 'failed'),
    -- How the file is written, and what its columns stand for.
    layout TEXT NOT NULL,
    -- Who sent it, with what rights and for what purpose: sealed JSON. Its rows are written on their behalf.
    requester BLOB NOT NULL,
    -- Whose job it is: those who are limited to programmes see their own only.
    requester_id BLOB NOT NULL,
    bytes BIGINT NOT NULL,
    rows_total INTEGER NOT NULL,
    rows_done INTEGER NOT NULL,
    created_count INTEGER NOT NULL,
    updated_count INTEGER NOT NULL,
    unchanged_count INTEGER NOT NULL,
    rejected_count INTEGER NOT NULL,
    ignored_count INTEGER NOT NULL,
    cancel_asked BOOLEAN NOT NULL,
    failure TEXT,
    -- Who works on it, and until when nobody else may take it over.
    worker_id BLOB,
    leased_until BIGINT,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    updated_at BIGINT NOT NULL,
    -- When the last of its file was forgotten, and of its results: after its end, some at a time.
    file_gone_at BIGINT,
    results_gone_at BIGINT
) WITHOUT ROWID;
CREATE INDEX imports_by_controller ON imports (controller_id, id);
-- Jobs stay for ever: what is to be done with some of them is found without the others.
CREATE INDEX imports_to_do ON imports (id) WHERE finished_at IS NULL;
CREATE INDEX imports_open ON imports (controller_id, id) WHERE finished_at IS NULL;
CREATE INDEX imports_with_file ON imports (id) WHERE finished_at IS NOT NULL AND file_gone_at IS NULL;
CREATE INDEX imports_with_results ON imports (controller_id, id, finished_at) WHERE finished_at IS NOT NULL AND results_gone_at IS NULL;

-- The rows of a file as they came, some together; gone when they are done.
CREATE TABLE import_chunks (
    id BLOB PRIMARY KEY NOT NULL,
    import_id BLOB NOT NULL REFERENCES imports (id),
    first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    content BLOB NOT NULL
);
CREATE UNIQUE INDEX import_chunks_by_row ON import_chunks (import_id, first_row);

-- What became of the rows, some together: sealed JSON.
CREATE TABLE import_results (
    id BLOB PRIMARY KEY NOT NULL,
    import_id BLOB NOT NULL REFERENCES imports (id),
    first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    content BLOB NOT NULL
);
CREATE UNIQUE INDEX import_results_by_row ON import_results (import_id, first_row);

-- While a file is only checked: which of its rows would make what, by keyed digest, so that later
-- rows are checked as if those were there.
CREATE TABLE import_keys (
    import_id BLOB NOT NULL REFERENCES imports (id),
    digest BLOB NOT NULL,
    row_number INTEGER NOT NULL,
    PRIMARY KEY (import_id, digest, row_number)
) WITHOUT ROWID;
