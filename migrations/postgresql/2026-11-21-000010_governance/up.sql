-- Health agreements with indicators and measurements (HA-1, HA-2), delegations (HA-6), governing
-- documents (HAL-6), evaluations (CPS-7), working groups (CPS-5),
-- units and staff shares (CPS-1), support offers (CPS-4).

CREATE TABLE health_agreements (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    agreement_type TEXT NOT NULL,
    title TEXT NOT NULL,
    region_code TEXT NOT NULL,
    period_from date NOT NULL,
    period_to date NOT NULL,
    -- Parties, vision and objectives.
    content jsonb NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX health_agreements_by_controller ON health_agreements (controller_id, period_from, id);
CREATE INDEX health_agreements_by_programme ON health_agreements (programme_id, period_from, id);

CREATE TABLE indicators (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    agreement_id uuid NOT NULL REFERENCES health_agreements (id),
    number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 999),
    name TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('agreement', 'national')),
    measure TEXT NOT NULL CHECK (measure IN ('quality', 'quantity')),
    unit TEXT NOT NULL CHECK (unit IN ('percent', 'perThousand', 'count', 'days', 'hours', 'points', 'kroner')),
    direction TEXT NOT NULL CHECK (direction IN ('increase', 'decrease', 'hold')),
    -- Description, baseline, target, tolerance and source.
    content jsonb NOT NULL,
    measured_every_months INTEGER,
    next_due_on date,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX indicators_by_controller ON indicators (controller_id, next_due_on, id);
CREATE INDEX indicators_by_programme ON indicators (programme_id, next_due_on, id);
CREATE UNIQUE INDEX indicators_number ON indicators (agreement_id, number);

-- One figure of one area in one period.
CREATE TABLE measurements (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    indicator_id uuid NOT NULL REFERENCES indicators (id),
    area_kind TEXT NOT NULL CHECK (area_kind IN ('region', 'municipality', 'country')),
    area_code TEXT NOT NULL,
    period_from date NOT NULL,
    period_to date NOT NULL,
    numerator BIGINT,
    denominator BIGINT,
    -- Ten-thousandths of the indicator's unit.
    value_parts BIGINT NOT NULL,
    note TEXT,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX measurements_by_controller ON measurements (controller_id, period_to, id);
CREATE INDEX measurements_by_programme ON measurements (programme_id, period_to, id);
CREATE UNIQUE INDEX measurements_of_area ON measurements (indicator_id, area_kind, area_code, period_to);
CREATE INDEX measurements_by_period ON measurements (indicator_id, period_to, id);

CREATE TABLE delegations (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    agreement_id uuid REFERENCES health_agreements (id),
    -- The delegation that this one goes on with, and the one that goes on with this.
    continues_id uuid REFERENCES delegations (id),
    continued_by_id uuid REFERENCES delegations (id),
    state TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'ended')),
    reserved_practice BOOLEAN NOT NULL,
    from_sector TEXT NOT NULL CHECK (from_sector IN ('hospital', 'psychiatry', 'generalPractice', 'municipality', 'specialisedSector', 'region', 'voluntary')),
    to_sector TEXT NOT NULL CHECK (to_sector IN ('hospital', 'psychiatry', 'generalPractice', 'municipality', 'specialisedSector', 'region', 'voluntary')),
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    approved_at timestamptz,
    ended_on date,
    -- Task, parties, principles, who is responsible, who approved, why it ended.
    content jsonb NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX delegations_by_controller ON delegations (controller_id, valid_to, id);
CREATE INDEX delegations_by_programme ON delegations (programme_id, valid_to, id);
CREATE INDEX delegations_by_agreement ON delegations (agreement_id, id);
CREATE INDEX delegations_continuing ON delegations (continues_id, id);
CREATE INDEX delegations_continued ON delegations (continued_by_id, id);

CREATE TABLE governing_documents (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    kind TEXT NOT NULL CHECK (kind IN ('routine', 'form', 'guideline')),
    state TEXT NOT NULL CHECK (state IN ('draft', 'valid', 'withdrawn')),
    -- Of the valid version; of the first draft before there is one.
    title TEXT NOT NULL,
    -- When the valid version is to be looked through again.
    review_on date,
    -- Who has decided that it is valid no longer.
    withdrawn_by TEXT,
    withdrawn_at timestamptz,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX governing_documents_by_controller ON governing_documents (controller_id, id);
CREATE INDEX governing_documents_by_programme ON governing_documents (programme_id, id);
CREATE INDEX governing_documents_by_review ON governing_documents (controller_id, review_on, id);

CREATE TABLE governing_document_versions (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    document_id uuid NOT NULL REFERENCES governing_documents (id),
    number INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'valid', 'superseded', 'withdrawn')),
    -- Title, text, author, editor, whom it applies to, key words, what changed.
    content jsonb NOT NULL,
    approver TEXT,
    valid_from timestamptz,
    valid_to timestamptz,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX governing_document_versions_by_controller ON governing_document_versions (controller_id, id);
CREATE UNIQUE INDEX governing_document_versions_number ON governing_document_versions (document_id, number);
-- One valid version and one draft at a time, whatever runs at once (HAL-6).
CREATE UNIQUE INDEX governing_document_versions_valid ON governing_document_versions (document_id) WHERE state = 'valid';
CREATE UNIQUE INDEX governing_document_versions_draft ON governing_document_versions (document_id) WHERE state = 'draft';

-- What was approved is neither changed nor lost (HAL-6): a correction is a new version.
CREATE FUNCTION governing_document_versions_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an approved version is neither changed nor deleted';
END $$;
CREATE TRIGGER governing_document_versions_unchanged BEFORE UPDATE ON governing_document_versions
    FOR EACH ROW WHEN (OLD.state <> 'draft' AND (NEW.content IS DISTINCT FROM OLD.content
        OR NEW.number IS DISTINCT FROM OLD.number OR NEW.document_id IS DISTINCT FROM OLD.document_id
        OR NEW.approver IS DISTINCT FROM OLD.approver OR NEW.valid_from IS DISTINCT FROM OLD.valid_from
        OR NEW.state = 'draft'))
    EXECUTE FUNCTION governing_document_versions_keep();
CREATE TRIGGER governing_document_versions_undeleted BEFORE DELETE ON governing_document_versions
    FOR EACH ROW WHEN (OLD.state <> 'draft')
    EXECUTE FUNCTION governing_document_versions_keep();

-- A group set up by a steering group with a mandate and an end (CPS-5).
CREATE TABLE working_groups (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid REFERENCES programmes (id),
    steering_group_id uuid NOT NULL REFERENCES steering_groups (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('working', 'reported', 'closed')),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    reported_on date,
    -- Mandate, report, why it was closed.
    content jsonb NOT NULL,
    -- Who takes part: sealed JSON.
    people bytea NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX working_groups_by_controller ON working_groups (controller_id, ends_on, id);
CREATE INDEX working_groups_by_programme ON working_groups (programme_id, ends_on, id);
CREATE INDEX working_groups_by_group ON working_groups (steering_group_id, ends_on, id);

CREATE TABLE evaluations (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid REFERENCES programmes (id),
    -- What is evaluated: one of these.
    agreement_id uuid REFERENCES health_agreements (id),
    steering_group_id uuid REFERENCES steering_groups (id),
    working_group_id uuid REFERENCES working_groups (id),
    kind TEXT NOT NULL CHECK (kind IN ('cooperation', 'midway', 'final')),
    state TEXT NOT NULL CHECK (state IN ('planned', 'completed', 'cancelled')),
    due_on date NOT NULL,
    -- The rule's last day, where it has one.
    latest_on date,
    held_on date,
    -- Title, conclusion, follow-up, and the indicators as they stood.
    content jsonb NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX evaluations_by_controller ON evaluations (controller_id, due_on, id);
CREATE INDEX evaluations_by_programme ON evaluations (programme_id, due_on, id);
CREATE INDEX evaluations_by_agreement ON evaluations (agreement_id, due_on, id);
CREATE INDEX evaluations_by_steering_group ON evaluations (steering_group_id, due_on, id);
CREATE INDEX evaluations_by_working_group ON evaluations (working_group_id, due_on, id);

CREATE TABLE units (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    organisation_id uuid REFERENCES organisations (id),
    name TEXT NOT NULL,
    trial BOOLEAN NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX units_by_controller ON units (controller_id, id);
CREATE INDEX units_by_programme ON units (programme_id, id);
CREATE INDEX units_by_organisation ON units (organisation_id, id);

-- Who belongs to a unit, when, with which share of full time.
CREATE TABLE staff_shares (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    unit_id uuid NOT NULL REFERENCES units (id),
    staff_id uuid NOT NULL REFERENCES staff (id),
    percent INTEGER NOT NULL CHECK (percent BETWEEN 1 AND 100),
    valid_from date NOT NULL,
    valid_to date,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX staff_shares_by_controller ON staff_shares (controller_id, id);
CREATE INDEX staff_shares_by_programme ON staff_shares (programme_id, id);
CREATE INDEX staff_shares_by_unit ON staff_shares (unit_id, id);
CREATE INDEX staff_shares_by_staff ON staff_shares (staff_id, valid_from);

CREATE TABLE support_offers (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    unit_id uuid REFERENCES units (id),
    sector TEXT NOT NULL CHECK (sector IN ('hospital', 'psychiatry', 'generalPractice', 'municipality', 'specialisedSector', 'region', 'voluntary')),
    municipality_code TEXT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    -- What it is, for whom, how one gets there, how to reach it.
    content jsonb NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX support_offers_by_controller ON support_offers (controller_id, id);
CREATE INDEX support_offers_by_programme ON support_offers (programme_id, id);
CREATE INDEX support_offers_by_unit ON support_offers (unit_id, id);
CREATE INDEX support_offers_by_change ON support_offers (controller_id, updated_at, id);
