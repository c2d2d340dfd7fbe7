-- Referrals and their clock.

CREATE TABLE referrals (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    patient_id uuid NOT NULL REFERENCES patients (id),
    consent_id uuid NOT NULL REFERENCES consents (id),
    channel TEXT NOT NULL CHECK (channel IN ('hospital', 'generalPractice', 'municipality', 'selfReferral', 'internal')),
    state TEXT NOT NULL CHECK (state IN ('received', 'awaitingSupplement', 'accepted', 'rejected', 'forwarded', 'withdrawn', 'enrolled', 'notSuitable')),
    sent_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    received_on date NOT NULL,
    -- The last day for the first call; none while a supplement is awaited.
    due_on date,
    -- The end of that day in the programme's time zone.
    due_at timestamptz,
    referring_organisation_id uuid REFERENCES organisations (id),
    -- What follows from the criteria (APS-1); the answers are in the content.
    eligibility TEXT NOT NULL CHECK (eligibility IN ('eligible', 'notEligible', 'undetermined')),
    -- How the deadline is counted, as it was on receipt, and when it stood still (APS-4).
    clock jsonb NOT NULL,
    -- Referrer, reason, criteria answered, supplements, decision notes: sealed JSON.
    content bytea NOT NULL,
    assigned_to uuid REFERENCES staff (id),
    decided_at timestamptz,
    decision_reason TEXT,
    first_called_at timestamptz,
    reached_at timestamptz,
    replaces_id uuid REFERENCES referrals (id),
    replaced_by_id uuid REFERENCES referrals (id),
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX referrals_by_controller ON referrals (controller_id, received_at, id);
CREATE INDEX referrals_by_change ON referrals (controller_id, updated_at, id);
CREATE INDEX referrals_by_due_day ON referrals (controller_id, due_on, id);
-- Whose deadline may have to be told: walked by the clock job, some at a time.
CREATE INDEX referrals_uncalled ON referrals (controller_id, id) WHERE first_called_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX referrals_by_patient ON referrals (patient_id, id);
CREATE INDEX referrals_by_due ON referrals (programme_id, state, due_on, id);
CREATE INDEX referrals_by_consent ON referrals (consent_id);
CREATE INDEX referrals_by_referring_organisation ON referrals (referring_organisation_id) WHERE referring_organisation_id IS NOT NULL;
CREATE INDEX referrals_by_assignee ON referrals (assigned_to) WHERE assigned_to IS NOT NULL;
CREATE INDEX referrals_by_replaced ON referrals (replaces_id) WHERE replaces_id IS NOT NULL;
CREATE INDEX referrals_by_replacement ON referrals (replaced_by_id) WHERE replaced_by_id IS NOT NULL;
-- One open referral of a patient to a programme, whatever runs at once.
CREATE UNIQUE INDEX referrals_open ON referrals (programme_id, patient_id) WHERE state = 'received' OR state = 'awaitingSupplement' OR state = 'accepted';
