-- Steering groups, their seats, meetings with agenda and minutes, documents for approval (CPS-5 to CPS-7).

CREATE TABLE steering_groups (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB REFERENCES programmes (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    purpose TEXT,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    -- Days counts, time zone, country and what it publishes: what the group has decided for itself.
    policy TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX steering_groups_by_controller ON steering_groups (controller_id, id);
CREATE INDEX steering_groups_by_organisation ON steering_groups (organisation_id);
CREATE INDEX steering_groups_by_programme ON steering_groups (programme_id);

-- One person on one seat for a period. Days are the group's own, both ends inclusive.
CREATE TABLE steering_members (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    steering_group_id BLOB NOT NULL REFERENCES steering_groups (id),
    role TEXT NOT NULL CHECK (role = 'chair' OR role = 'member' OR role = 'secretary'),
    seat TEXT NOT NULL,
    sector TEXT NOT NULL CHECK (sector = 'municipality' OR sector = 'psychiatry' OR sector = 'generalPractice' OR sector = 'hospital' OR sector = 'specialisedSector' OR sector = 'region' OR sector = 'other'),
    organisation_id BLOB REFERENCES organisations (id),
    staff_id BLOB REFERENCES staff (id),
    from_on TEXT NOT NULL,
    until_on TEXT,
    -- Who it is and how to reach them: sealed JSON.
    person BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX steering_members_by_group ON steering_members (steering_group_id, id);
CREATE INDEX steering_members_by_controller ON steering_members (controller_id, id);
CREATE INDEX steering_members_by_organisation ON steering_members (organisation_id);
CREATE INDEX steering_members_by_staff ON steering_members (staff_id, steering_group_id);

-- A meeting. What is typed into it stands sealed; its clock stands in the open, so that lists and
-- worklists need no key.
CREATE TABLE meetings (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    steering_group_id BLOB NOT NULL REFERENCES steering_groups (id),
    kind TEXT NOT NULL CHECK (kind = 'ordinary' OR kind = 'extended' OR kind = 'theme'),
    title TEXT NOT NULL,
    place TEXT,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- The day it begins on in the group's time zone, and the group's days counts when it was planned.
    held_on TEXT NOT NULL,
    terms TEXT NOT NULL,
    -- The last day to send the agenda, its end, and when the agenda was sent for the day it is now
    -- held on: a meeting that moves to another day is to be told again.
    agenda_due_on TEXT NOT NULL,
    agenda_due_at BIGINT NOT NULL,
    agenda_done_at BIGINT,
    agenda_sent_at BIGINT,
    agenda_version INTEGER NOT NULL,
    agenda_changed BOOLEAN NOT NULL,
    minutes_due_at BIGINT NOT NULL,
    minutes_sent_at BIGINT,
    minutes_version INTEGER NOT NULL,
    minutes_changed BOOLEAN NOT NULL,
    remarks_until BIGINT,
    -- Remarks in time that are not answered yet: while there are any, nothing is approved.
    open_remarks INTEGER NOT NULL CHECK (open_remarks >= 0),
    revision_due_at BIGINT,
    revised_at BIGINT,
    -- When the first of the remarks was registered that came in time, were registered after the
    -- approval and are not answered yet.
    overlooked_at BIGINT,
    -- From when on the minutes are approved, as things stand. True by time, whoever has noticed.
    approves_at BIGINT,
    approval_told_at BIGINT,
    cancelled_at BIGINT,
    -- Attendance, and why it was cancelled: sealed JSON.
    content BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX meetings_by_controller ON meetings (controller_id, starts_at, id);
CREATE INDEX meetings_by_group ON meetings (steering_group_id, starts_at, id);
CREATE INDEX meetings_by_change ON meetings (controller_id, updated_at, id);
-- What is to be sent: few at any time.
CREATE INDEX meetings_unminuted ON meetings (controller_id, id) WHERE minutes_sent_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX meetings_untold ON meetings (controller_id, id) WHERE approval_told_at IS NULL;

CREATE TABLE agenda_items (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    meeting_id BLOB NOT NULL REFERENCES meetings (id),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind = 'information' OR kind = 'discussion' OR kind = 'decision'),
    confidential BOOLEAN NOT NULL,
    planned_minutes INTEGER CHECK (planned_minutes BETWEEN 1 AND 480),
    proposer_id BLOB REFERENCES steering_members (id),
    late BOOLEAN NOT NULL,
    -- Title, text, attachments and minutes: sealed JSON.
    content BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX agenda_items_by_controller ON agenda_items (controller_id, id);
CREATE INDEX agenda_items_by_meeting ON agenda_items (meeting_id, position, id);
CREATE INDEX agenda_items_by_proposer ON agenda_items (proposer_id);

CREATE TABLE decisions (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    steering_group_id BLOB NOT NULL REFERENCES steering_groups (id),
    meeting_id BLOB NOT NULL REFERENCES meetings (id),
    agenda_item_id BLOB NOT NULL REFERENCES agenda_items (id),
    decided_on TEXT NOT NULL,
    content BLOB NOT NULL,
    -- The newest minutes that were sent and say it; members see nothing else.
    minutes_version INTEGER,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX decisions_by_controller ON decisions (controller_id, decided_on, id);
CREATE INDEX decisions_by_group ON decisions (steering_group_id, decided_on, id);
CREATE INDEX decisions_by_meeting ON decisions (meeting_id, id);
CREATE INDEX decisions_by_item ON decisions (agenda_item_id, id);

CREATE TABLE action_items (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    steering_group_id BLOB NOT NULL REFERENCES steering_groups (id),
    meeting_id BLOB NOT NULL REFERENCES meetings (id),
    agenda_item_id BLOB NOT NULL REFERENCES agenda_items (id),
    owner_id BLOB NOT NULL REFERENCES steering_members (id),
    due_on TEXT NOT NULL,
    completed_at BIGINT,
    -- The task as it was agreed, and what came of it: sealed JSON.
    content BLOB NOT NULL,
    -- The newest minutes that were sent and say it; members see nothing else.
    minutes_version INTEGER,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX action_items_by_controller ON action_items (controller_id, due_on, id);
CREATE INDEX action_items_by_group ON action_items (steering_group_id, due_on, id);
CREATE INDEX action_items_by_meeting ON action_items (meeting_id, id);
CREATE INDEX action_items_by_item ON action_items (agenda_item_id, id);
CREATE INDEX action_items_by_owner ON action_items (owner_id, due_on, id);

CREATE TABLE minutes_remarks (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    meeting_id BLOB NOT NULL REFERENCES meetings (id),
    member_id BLOB NOT NULL REFERENCES steering_members (id),
    on_version INTEGER NOT NULL,
    received_at BIGINT NOT NULL,
    timing TEXT NOT NULL CHECK (timing = 'inTime' OR timing = 'overlooked' OR timing = 'late'),
    outcome TEXT CHECK (outcome = 'adopted' OR outcome = 'partlyAdopted' OR outcome = 'notAdopted'),
    answered_at BIGINT,
    answered_in INTEGER,
    -- The remark and its answer: sealed JSON.
    content BLOB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX minutes_remarks_by_controller ON minutes_remarks (controller_id, id);
CREATE INDEX minutes_remarks_by_meeting ON minutes_remarks (meeting_id, received_at, id);
CREATE INDEX minutes_remarks_by_member ON minutes_remarks (member_id);

-- Every agenda and every version of minutes as it was sent. No row is ever changed or removed but
-- for sealing it again with a newer key: triggers below hold that.
CREATE TABLE meeting_papers (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    meeting_id BLOB NOT NULL REFERENCES meetings (id),
    paper TEXT NOT NULL CHECK (paper IN ('agenda', 'minutes')),
    number INTEGER NOT NULL CHECK (number >= 1),
    kind TEXT NOT NULL CHECK (kind = 'sent' OR kind = 'revised' OR kind = 'corrected'),
    made_at BIGINT NOT NULL,
    late BOOLEAN NOT NULL,
    -- When what the public may read of it was last another.
    public_changed_at BIGINT NOT NULL,
    -- The whole paper, and what of it the public may read: sealed JSON.
    content BLOB NOT NULL,
    public_content BLOB
);
CREATE INDEX meeting_papers_by_controller ON meeting_papers (controller_id, id);
CREATE UNIQUE INDEX meeting_papers_number ON meeting_papers (meeting_id, paper, number);

-- Documents for approval by a group (CPS-7). A version that was approved stays: triggers below.
CREATE TABLE function_descriptions (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    steering_group_id BLOB NOT NULL REFERENCES steering_groups (id),
    kind TEXT NOT NULL CHECK (kind = 'functionDescription' OR kind = 'taskDescription' OR kind = 'rulesOfProcedure' OR kind = 'other'),
    title TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX function_descriptions_by_controller ON function_descriptions (controller_id, id);
CREATE INDEX function_descriptions_by_group ON function_descriptions (steering_group_id, id);

CREATE TABLE function_description_versions (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    function_description_id BLOB NOT NULL REFERENCES function_descriptions (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    state TEXT NOT NULL CHECK (state = 'draft' OR state = 'submitted' OR state = 'approved' OR state = 'rejected'),
    agenda_item_id BLOB REFERENCES agenda_items (id),
    decision_id BLOB REFERENCES decisions (id),
    valid_from TEXT,
    decided_at BIGINT,
    content BLOB NOT NULL
);
CREATE INDEX function_description_versions_by_controller ON function_description_versions (controller_id, id);
CREATE UNIQUE INDEX function_description_versions_number ON function_description_versions (function_description_id, number);
CREATE INDEX function_description_versions_by_item ON function_description_versions (agenda_item_id);
CREATE INDEX function_description_versions_by_decision ON function_description_versions (decision_id);

CREATE TRIGGER meeting_papers_unchanged
    BEFORE UPDATE OF id, controller_id, meeting_id, paper, number, kind, made_at, late, public_changed_at ON meeting_papers
BEGIN
    SELECT RAISE(ABORT, 'a paper that was sent stays as it is');
END;
CREATE TRIGGER meeting_papers_kept
    BEFORE DELETE ON meeting_papers
BEGIN
    SELECT RAISE(ABORT, 'a paper that was sent stays as it is');
END;

CREATE TRIGGER function_description_versions_unchanged
    BEFORE UPDATE OF id, controller_id, function_description_id, number, state, agenda_item_id, decision_id, valid_from, decided_at ON function_description_versions
    WHEN OLD.state = 'approved'
BEGIN
    SELECT RAISE(ABORT, 'a version that was approved stays as it is');
END;
CREATE TRIGGER function_description_versions_kept
    BEFORE DELETE ON function_description_versions
BEGIN
    SELECT RAISE(ABORT, 'a version that was approved stays as it is');
END;
