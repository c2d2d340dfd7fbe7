-- Courses, the talks in them and the attempts to reach the patient.

CREATE TABLE courses (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    patient_id BLOB NOT NULL REFERENCES patients (id),
    referral_id BLOB NOT NULL UNIQUE REFERENCES referrals (id),
    -- The fixed nurse (APS-6).
    supporter_id BLOB NOT NULL REFERENCES staff (id),
    state TEXT NOT NULL CHECK (state = 'active' OR state = 'paused' OR state = 'closed'),
    opened_at BIGINT NOT NULL,
    opened_on TEXT NOT NULL,
    -- The zone that its days are meant in.
    time_zone TEXT NOT NULL,
    -- The typical length (APS-6) as the policy stood at opening: a course that is closed before
    -- the first day is short, one that runs at the instant is long.
    typical_from TEXT NOT NULL,
    typical_to TEXT NOT NULL,
    long_from BIGINT NOT NULL,
    closed_at BIGINT,
    closed_on TEXT,
    closing_reason TEXT CHECK (closing_reason = 'goalsReached' OR closing_reason = 'patientWish' OR closing_reason = 'consentWithdrawn' OR closing_reason = 'notReached' OR closing_reason = 'movedAway' OR closing_reason = 'deceased' OR closing_reason = 'otherOffer' OR closing_reason = 'other'),
    -- Who holds treatment responsibility (APS-8), pauses, closing note: sealed JSON.
    content BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX courses_by_controller ON courses (controller_id, opened_at, id);
CREATE INDEX courses_by_change ON courses (controller_id, updated_at, id);
CREATE INDEX courses_by_patient ON courses (patient_id, id);
CREATE INDEX courses_by_programme ON courses (programme_id);
CREATE INDEX courses_by_supporter ON courses (supporter_id, state);
-- One running course of a patient in a programme.
CREATE UNIQUE INDEX courses_open ON courses (programme_id, patient_id) WHERE state IN ('active', 'paused');

-- Who carried the course when, and why it changed (APS-6). Append-only but for `until_at`.
CREATE TABLE course_supporters (
    id BLOB PRIMARY KEY NOT NULL,
    course_id BLOB NOT NULL REFERENCES courses (id),
    staff_id BLOB NOT NULL REFERENCES staff (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    -- Why the supporter changed: sealed text.
    reason BLOB
);
CREATE INDEX course_supporters_by_course ON course_supporters (course_id, from_at);
CREATE INDEX course_supporters_by_staff ON course_supporters (staff_id);

CREATE TABLE call_sessions (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    patient_id BLOB NOT NULL REFERENCES patients (id),
    referral_id BLOB NOT NULL REFERENCES referrals (id),
    course_id BLOB REFERENCES courses (id),
    supporter_id BLOB NOT NULL REFERENCES staff (id),
    kind TEXT NOT NULL CHECK (kind IN ('firstConversation', 'followUp')),
    state TEXT NOT NULL CHECK (state = 'planned' OR state = 'completed' OR state = 'cancelled'),
    planned_at BIGINT NOT NULL,
    planned_minutes INTEGER NOT NULL CHECK (planned_minutes BETWEEN 5 AND 480),
    -- The zone that the planned time is meant in.
    time_zone TEXT NOT NULL,
    -- What the attempts come to, so that a session is one row to read.
    attempts INTEGER NOT NULL,
    last_attempt_at BIGINT,
    reached_at BIGINT,
    completed_at BIGINT,
    actual_minutes INTEGER,
    cancelled_at BIGINT,
    cancellation_reason TEXT CHECK (cancellation_reason = 'patientWish' OR cancellation_reason = 'patientUnavailable' OR cancellation_reason = 'supporterUnavailable' OR cancellation_reason = 'referralWithdrawn' OR cancellation_reason = 'referralForwarded' OR cancellation_reason = 'referralRejected' OR cancellation_reason = 'consentWithdrawn' OR cancellation_reason = 'coursePaused' OR cancellation_reason = 'courseClosed' OR cancellation_reason = 'other'),
    topics TEXT NOT NULL,
    suitability TEXT CHECK (suitability IN ('enrol', 'notSuitable')),
    -- Agenda, note, why not suitable, note of the cancellation: sealed JSON.
    content BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX call_sessions_by_controller ON call_sessions (controller_id, planned_at, id);
CREATE INDEX call_sessions_by_patient ON call_sessions (patient_id, id);
CREATE INDEX call_sessions_by_referral ON call_sessions (referral_id, state);
CREATE INDEX call_sessions_by_course ON call_sessions (course_id, planned_at);
CREATE INDEX call_sessions_by_supporter ON call_sessions (supporter_id, state, planned_at);
CREATE INDEX call_sessions_by_change ON call_sessions (controller_id, updated_at, id);
CREATE INDEX call_sessions_by_programme ON call_sessions (programme_id, state, planned_at);
-- One planned first conversation of a referral, whatever runs at once.
CREATE UNIQUE INDEX call_sessions_first ON call_sessions (referral_id) WHERE kind = 'firstConversation' AND state = 'planned';

CREATE TABLE call_attempts (
    id BLOB PRIMARY KEY NOT NULL,
    session_id BLOB NOT NULL REFERENCES call_sessions (id),
    at BIGINT NOT NULL,
    -- Which of the patient's numbers, by its label; never the number.
    number_label TEXT NOT NULL CHECK (number_label = 'home' OR number_label = 'mobile' OR number_label = 'work' OR number_label = 'relative' OR number_label = 'other'),
    outcome TEXT NOT NULL CHECK (outcome = 'reached' OR outcome = 'notReached' OR outcome = 'busy' OR outcome = 'voicemail' OR outcome = 'wrongNumber' OR outcome = 'declined'),
    note BLOB,
    recorded_at BIGINT NOT NULL,
    recorded_by BLOB NOT NULL
);
CREATE INDEX call_attempts_by_session ON call_attempts (session_id, at);
