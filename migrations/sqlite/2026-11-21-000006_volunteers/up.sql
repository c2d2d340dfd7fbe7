-- Volunteers (HF-1), their onboarding (HF-2) and the wards they walk on.

CREATE TABLE volunteers (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    state TEXT NOT NULL CHECK (state = 'candidate' OR state = 'onboarding' OR state = 'active' OR state = 'departed'),
    patient_supporter BOOLEAN NOT NULL,
    relative_supporter BOOLEAN NOT NULL,
    parent_supporter BOOLEAN NOT NULL,
    -- Whether there is a public profile.
    published BOOLEAN NOT NULL,
    capacity_per_week INTEGER NOT NULL,
    -- The leave that is running or coming; the second day is the first day back.
    leave_from TEXT,
    leave_until TEXT,
    -- The last day on which every onboarding step that can expire still holds.
    qualified_until TEXT,
    activated_on TEXT,
    departed_on TEXT,
    -- Name, contact, lived experience, conflicts, public profile, leaves: sealed JSON.
    person BLOB NOT NULL,
    -- The revision of the programme's roster that this row was last changed in.
    revision BIGINT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX volunteers_by_controller ON volunteers (controller_id, id);
CREATE INDEX volunteers_by_state ON volunteers (programme_id, state, id);
CREATE UNIQUE INDEX volunteers_by_revision ON volunteers (programme_id, revision);

-- Grows by one with each change of a volunteer of the programme: what is remembered of them in
-- memory is good as long as it stands still.
CREATE TABLE volunteer_rosters (
    programme_id BLOB PRIMARY KEY NOT NULL REFERENCES programmes (id),
    revision BIGINT NOT NULL
);

CREATE TABLE volunteer_wards (
    volunteer_id BLOB NOT NULL REFERENCES volunteers (id),
    ward_id BLOB NOT NULL REFERENCES organisations (id),
    PRIMARY KEY (volunteer_id, ward_id)
);
CREATE INDEX volunteer_wards_by_ward ON volunteer_wards (ward_id, volunteer_id);

CREATE TABLE onboarding_steps (
    id BLOB PRIMARY KEY NOT NULL,
    volunteer_id BLOB NOT NULL REFERENCES volunteers (id),
    step TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome = 'passed' OR outcome = 'notPassed' OR outcome = 'absent'),
    held_on TEXT NOT NULL,
    expires_on TEXT,
    ward_id BLOB REFERENCES organisations (id),
    beside_id BLOB REFERENCES volunteers (id),
    note BLOB,
    recorded_at BIGINT NOT NULL,
    recorded_by BLOB NOT NULL
);
CREATE INDEX onboarding_steps_by_volunteer ON onboarding_steps (volunteer_id, id);
CREATE INDEX onboarding_steps_by_ward ON onboarding_steps (ward_id);
CREATE INDEX onboarding_steps_by_beside ON onboarding_steps (beside_id);
