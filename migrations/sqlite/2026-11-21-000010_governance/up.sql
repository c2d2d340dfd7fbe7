-- Health agreements with indicators and measurements (HA-1, HA-2), delegations (HA-6), governing
-- documents (HAL-6), evaluations (CPS-7), working groups (CPS-5),
-- units and staff shares (CPS-1), support offers (CPS-4).

CREATE TABLE health_agreements (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    agreement_type TEXT NOT NULL,
    title TEXT NOT NULL,
    region_code TEXT NOT NULL,
    period_from TEXT NOT NULL,
    period_to TEXT NOT NULL,
    -- Parties, vision and objectives.
    content TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX health_agreements_by_controller ON health_agreements (controller_id, period_from, id);
CREATE INDEX health_agreements_by_programme ON health_agreements (programme_id, period_from, id);

CREATE TABLE indicators (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    agreement_id BLOB NOT NULL REFERENCES health_agreements (id),
    number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 999),
    name TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('agreement', 'national')),
    measure TEXT NOT NULL CHECK (measure IN ('quality', 'quantity')),
    unit TEXT NOT NULL CHECK (unit = 'percent' OR unit = 'perThousand' OR unit = 'count' OR unit = 'days' OR unit = 'hours' OR unit = 'points' OR unit = 'kroner'),
    direction TEXT NOT NULL CHECK (direction = 'increase' OR direction = 'decrease' OR direction = 'hold'),
    -- Description, baseline, target, tolerance and source.
    content TEXT NOT NULL,
    measured_every_months INTEGER,
    next_due_on TEXT,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX indicators_by_controller ON indicators (controller_id, next_due_on, id);
CREATE INDEX indicators_by_programme ON indicators (programme_id, next_due_on, id);
CREATE UNIQUE INDEX indicators_number ON indicators (agreement_id, number);

-- One figure of one area in one period.
CREATE TABLE measurements (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    indicator_id BLOB NOT NULL REFERENCES indicators (id),
    area_kind TEXT NOT NULL CHECK (area_kind = 'region' OR area_kind = 'municipality' OR area_kind = 'country'),
    area_code TEXT NOT NULL,
    period_from TEXT NOT NULL,
    period_to TEXT NOT NULL,
    numerator BIGINT,
    denominator BIGINT,
    -- Ten-thousandths of the indicator's unit.
    value_parts BIGINT NOT NULL,
    note TEXT,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX measurements_by_controller ON measurements (controller_id, period_to, id);
CREATE INDEX measurements_by_programme ON measurements (programme_id, period_to, id);
CREATE UNIQUE INDEX measurements_of_area ON measurements (indicator_id, area_kind, area_code, period_to);
CREATE INDEX measurements_by_period ON measurements (indicator_id, period_to, id);

CREATE TABLE delegations (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    agreement_id BLOB REFERENCES health_agreements (id),
    -- The delegation that this one goes on with, and the one that goes on with this.
    continues_id BLOB REFERENCES delegations (id),
    continued_by_id BLOB REFERENCES delegations (id),
    state TEXT NOT NULL CHECK (state = 'proposed' OR state = 'approved' OR state = 'ended'),
    reserved_practice BOOLEAN NOT NULL,
    from_sector TEXT NOT NULL CHECK (from_sector = 'hospital' OR from_sector = 'psychiatry' OR from_sector = 'generalPractice' OR from_sector = 'municipality' OR from_sector = 'specialisedSector' OR from_sector = 'region' OR from_sector = 'voluntary'),
    to_sector TEXT NOT NULL CHECK (to_sector = 'hospital' OR to_sector = 'psychiatry' OR to_sector = 'generalPractice' OR to_sector = 'municipality' OR to_sector = 'specialisedSector' OR to_sector = 'region' OR to_sector = 'voluntary'),
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    approved_at BIGINT,
    ended_on TEXT,
    -- Task, parties, principles, who is responsible, who approved, why it ended.
    content TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX delegations_by_controller ON delegations (controller_id, valid_to, id);
CREATE INDEX delegations_by_programme ON delegations (programme_id, valid_to, id);
CREATE INDEX delegations_by_agreement ON delegations (agreement_id, id);
CREATE INDEX delegations_continuing ON delegations (continues_id, id);
CREATE INDEX delegations_continued ON delegations (continued_by_id, id);

CREATE TABLE governing_documents (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    kind TEXT NOT NULL CHECK (kind = 'routine' OR kind = 'form' OR kind = 'guideline'),
    state TEXT NOT NULL CHECK (state = 'draft' OR state = 'valid' OR state = 'withdrawn'),
    -- Of the valid version; of the first draft before there is one.
    title TEXT NOT NULL,
    -- When the valid version is to be looked through again.
    review_on TEXT,
    -- Who has decided that it is valid no longer.
    withdrawn_by TEXT,
    withdrawn_at BIGINT,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX governing_documents_by_controller ON governing_documents (controller_id, id);
CREATE INDEX governing_documents_by_programme ON governing_documents (programme_id, id);
CREATE INDEX governing_documents_by_review ON governing_documents (controller_id, review_on, id);

CREATE TABLE governing_document_versions (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    document_id BLOB NOT NULL REFERENCES governing_documents (id),
    number INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state = 'draft' OR state = 'valid' OR state = 'superseded' OR state = 'withdrawn'),
    -- Title, text, author, editor, whom it applies to, key words, what changed.
    content TEXT NOT NULL,
    approver TEXT,
    valid_from BIGINT,
    valid_to BIGINT,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX governing_document_versions_by_controller ON governing_document_versions (controller_id, id);
CREATE UNIQUE INDEX governing_document_versions_number ON governing_document_versions (document_id, number);
-- One valid version and one draft at a time, whatever runs at once (HAL-6).
CREATE UNIQUE INDEX governing_document_versions_valid ON governing_document_versions (document_id) WHERE state = 'valid';
CREATE UNIQUE INDEX governing_document_versions_draft ON governing_document_versions (document_id) WHERE state = 'draft';

-- What was approved is neither changed nor lost (HAL-6): a correction is a new version.
CREATE TRIGGER governing_document_versions_unchanged BEFORE UPDATE ON governing_document_versions
    FOR EACH ROW WHEN OLD.state <> 'draft' AND (NEW.content IS NOT OLD.content
        OR NEW.number IS NOT OLD.number OR NEW.document_id IS NOT OLD.document_id
        OR NEW.approver IS NOT OLD.approver OR NEW.valid_from IS NOT OLD.valid_from
        OR NEW.state = 'draft')
    BEGIN SELECT RAISE(ABORT, 'an approved version is neither changed nor deleted'); END;
CREATE TRIGGER governing_document_versions_undeleted BEFORE DELETE ON governing_document_versions
    FOR EACH ROW WHEN OLD.state <> 'draft'
    BEGIN SELECT RAISE(ABORT, 'an approved version is neither changed nor deleted'); END;

-- A group set up by a steering group with a mandate and an end (CPS-5).
CREATE TABLE working_groups (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB REFERENCES programmes (id),
    steering_group_id BLOB NOT NULL REFERENCES steering_groups (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state = 'working' OR state = 'reported' OR state = 'closed'),
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    reported_on TEXT,
    -- Mandate, report, why it was closed.
    content TEXT NOT NULL,
    -- Who takes part: sealed JSON.
    people BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX working_groups_by_controller ON working_groups (controller_id, ends_on, id);
CREATE INDEX working_groups_by_programme ON working_groups (programme_id, ends_on, id);
CREATE INDEX working_groups_by_group ON working_groups (steering_group_id, ends_on, id);

CREATE TABLE evaluations (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB REFERENCES programmes (id),
    -- What is evaluated: one of these.
    agreement_id BLOB REFERENCES health_agreements (id),
    steering_group_id BLOB REFERENCES steering_groups (id),
    working_group_id BLOB REFERENCES working_groups (id),
    kind TEXT NOT NULL CHECK (kind = 'cooperation' OR kind = 'midway' OR kind = 'final'),
    state TEXT NOT NULL CHECK (state = 'planned' OR state = 'completed' OR state = 'cancelled'),
    due_on TEXT NOT NULL,
    -- The rule's last day, where it has one.
    latest_on TEXT,
    held_on TEXT,
    -- Title, conclusion, follow-up, and the indicators as they stood.
    content TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX evaluations_by_controller ON evaluations (controller_id, due_on, id);
CREATE INDEX evaluations_by_programme ON evaluations (programme_id, due_on, id);
CREATE INDEX evaluations_by_agreement ON evaluations (agreement_id, due_on, id);
CREATE INDEX evaluations_by_steering_group ON evaluations (steering_group_id, due_on, id);
CREATE INDEX evaluations_by_working_group ON evaluations (working_group_id, due_on, id);

CREATE TABLE units (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    organisation_id BLOB REFERENCES organisations (id),
    name TEXT NOT NULL,
    trial BOOLEAN NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX units_by_controller ON units (controller_id, id);
CREATE INDEX units_by_programme ON units (programme_id, id);
CREATE INDEX units_by_organisation ON units (organisation_id, id);

-- Who belongs to a unit, when, with which share of full time.
CREATE TABLE staff_shares (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    staff_id BLOB NOT NULL REFERENCES staff (id),
    percent INTEGER NOT NULL CHECK (percent BETWEEN 1 AND 100),
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX staff_shares_by_controller ON staff_shares (controller_id, id);
CREATE INDEX staff_shares_by_programme ON staff_shares (programme_id, id);
CREATE INDEX staff_shares_by_unit ON staff_shares (unit_id, id);
CREATE INDEX staff_shares_by_staff ON staff_shares (staff_id, valid_from);

CREATE TABLE support_offers (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    unit_id BLOB REFERENCES units (id),
    sector TEXT NOT NULL CHECK (sector = 'hospital' OR sector = 'psychiatry' OR sector = 'generalPractice' OR sector = 'municipality' OR sector = 'specialisedSector' OR sector = 'region' OR sector = 'voluntary'),
    municipality_code TEXT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    -- What it is, for whom, how one gets there, how to reach it.
    content TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX support_offers_by_controller ON support_offers (controller_id, id);
CREATE INDEX support_offers_by_programme ON support_offers (programme_id, id);
CREATE INDEX support_offers_by_unit ON support_offers (unit_id, id);
CREATE INDEX support_offers_by_change ON support_offers (controller_id, updated_at, id);
