-- Ward shifts (HF-3), ward talks as anonymous counts, feedback (HF-7).

CREATE TABLE ward_shifts (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    ward_id BLOB NOT NULL REFERENCES organisations (id),
    state TEXT NOT NULL CHECK (state IN ('planned', 'cancelled')),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- The zone that its times are meant in, and the day and the first of the month there.
    time_zone TEXT NOT NULL,
    held_on TEXT NOT NULL,
    month TEXT NOT NULL,
    places INTEGER NOT NULL CHECK (places BETWEEN 1 AND 20),
    trial_places INTEGER NOT NULL CHECK (trial_places BETWEEN 0 AND 20),
    -- How many of them are taken.
    regular_people INTEGER NOT NULL CHECK (regular_people <= places),
    trial_people INTEGER NOT NULL CHECK (trial_people <= trial_places),
    cancelled_at BIGINT,
    cancellation_reason TEXT CHECK (cancellation_reason = 'noVolunteers' OR cancellation_reason = 'wardClosed' OR cancellation_reason = 'infection' OR cancellation_reason = 'holiday' OR cancellation_reason = 'other'),
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX ward_shifts_by_controller ON ward_shifts (controller_id, starts_at, id);
CREATE INDEX ward_shifts_by_programme ON ward_shifts (programme_id, starts_at, id);
CREATE INDEX ward_shifts_by_month ON ward_shifts (programme_id, month);
CREATE INDEX ward_shifts_by_ward ON ward_shifts (ward_id, starts_at, id);
CREATE INDEX ward_shifts_by_change ON ward_shifts (controller_id, updated_at, id);

-- One volunteer on one place of a shift. Who signed off stays, released.
CREATE TABLE ward_shift_sign_ups (
    id BLOB PRIMARY KEY NOT NULL,
    shift_id BLOB NOT NULL REFERENCES ward_shifts (id),
    volunteer_id BLOB NOT NULL REFERENCES volunteers (id),
    kind TEXT NOT NULL CHECK (kind IN ('regular', 'trial')),
    subtype TEXT NOT NULL CHECK (subtype = 'patientSupporter' OR subtype = 'relativeSupporter' OR subtype = 'parentSupporter'),
    seat INTEGER NOT NULL,
    offered_at BIGINT,
    signed_up_at BIGINT NOT NULL,
    released_at BIGINT
);
CREATE INDEX ward_shift_sign_ups_by_shift ON ward_shift_sign_ups (shift_id, id);
CREATE INDEX ward_shift_sign_ups_by_volunteer ON ward_shift_sign_ups (volunteer_id, shift_id);
-- A place is taken once and a volunteer takes one place, whatever runs at once.
CREATE UNIQUE INDEX ward_shift_sign_ups_seat ON ward_shift_sign_ups (shift_id, kind, seat) WHERE released_at IS NULL;
CREATE UNIQUE INDEX ward_shift_sign_ups_person ON ward_shift_sign_ups (shift_id, volunteer_id) WHERE released_at IS NULL;

-- One talk on a ward: counted, never named. There is no column for a person or for text.
CREATE TABLE ward_talks (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    ward_id BLOB NOT NULL REFERENCES organisations (id),
    shift_id BLOB NOT NULL REFERENCES ward_shifts (id),
    held_on TEXT NOT NULL,
    month TEXT NOT NULL,
    met TEXT NOT NULL CHECK (met IN ('patient', 'relative')),
    phase TEXT NOT NULL CHECK (phase = 'before' OR phase = 'during' OR phase = 'after'),
    subtype TEXT NOT NULL CHECK (subtype = 'patientSupporter' OR subtype = 'relativeSupporter' OR subtype = 'parentSupporter'),
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 240),
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX ward_talks_by_controller ON ward_talks (controller_id, id);
CREATE INDEX ward_talks_by_month ON ward_talks (programme_id, month);
CREATE INDEX ward_talks_by_ward ON ward_talks (ward_id);
CREATE INDEX ward_talks_by_shift ON ward_talks (shift_id, id);

CREATE TABLE feedback (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    ward_id BLOB REFERENCES organisations (id),
    -- Whose record it belongs to, where the one who gave it is known there.
    patient_id BLOB REFERENCES patients (id),
    source TEXT NOT NULL CHECK (source = 'patient' OR source = 'relative' OR source = 'staff'),
    rating INTEGER CHECK (rating BETWEEN 1 AND 5),
    has_text BOOLEAN NOT NULL,
    received_at BIGINT NOT NULL,
    -- The agreement to be quoted that came with it. On a patient's record a consent is needed too.
    quotation_form TEXT CHECK (quotation_form = 'oral' OR quotation_form = 'written' OR quotation_form = 'digital'),
    quotation_agreed_at BIGINT,
    quotation_until TEXT,
    quotation_withdrawn_at BIGINT,
    -- What was said: sealed JSON.
    content BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX feedback_by_controller ON feedback (controller_id, received_at, id);
CREATE INDEX feedback_by_programme ON feedback (programme_id, received_at, id);
CREATE INDEX feedback_by_ward ON feedback (ward_id);
CREATE INDEX feedback_by_patient ON feedback (patient_id, id);
CREATE INDEX feedback_by_change ON feedback (controller_id, updated_at, id);
