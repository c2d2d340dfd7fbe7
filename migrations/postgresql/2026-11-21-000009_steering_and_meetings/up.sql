-- Steering groups, their seats, meetings with agenda and minutes, documents for approval (CPS-5 to CPS-7).

CREATE TABLE steering_groups (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid REFERENCES programmes (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    purpose TEXT,
    starts_on date NOT NULL,
    ends_on date,
    -- Days counts, time zone, country and what it publishes: what the group has decided for itself.
    policy jsonb NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX steering_groups_by_controller ON steering_groups (controller_id, id);
CREATE INDEX steering_groups_by_organisation ON steering_groups (organisation_id);
CREATE INDEX steering_groups_by_programme ON steering_groups (programme_id);

-- One person on one seat for a period. Days are the group's own, both ends inclusive.
CREATE TABLE steering_members (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    steering_group_id uuid NOT NULL REFERENCES steering_groups (id),
    role TEXT NOT NULL CHECK (role IN ('chair', 'member', 'secretary')),
    seat TEXT NOT NULL,
    sector TEXT NOT NULL CHECK (sector IN ('municipality', 'psychiatry', 'generalPractice', 'hospital', 'specialisedSector', 'region', 'other')),
    organisation_id uuid REFERENCES organisations (id),
    staff_id uuid REFERENCES staff (id),
    from_on date NOT NULL,
    until_on date,
    -- Who it is and how to reach them: sealed JSON.
    person bytea NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX steering_members_by_group ON steering_members (steering_group_id, id);
CREATE INDEX steering_members_by_controller ON steering_members (controller_id, id);
CREATE INDEX steering_members_by_organisation ON steering_members (organisation_id);
CREATE INDEX steering_members_by_staff ON steering_members (staff_id, steering_group_id);
