-- Enquiries and their clock (APS-10).

CREATE TABLE enquiries (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    patient_id BLOB REFERENCES patients (id),
    kind TEXT NOT NULL CHECK (kind = 'question' OR kind = 'leafletOrder' OR kind = 'visitRequest'),
    state TEXT NOT NULL CHECK (state IN ('open', 'answered')),
    received_at BIGINT NOT NULL,
    received_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    -- The end of that day in the programme's time zone: overdue from here on.
    due_at BIGINT NOT NULL,
    answered_at BIGINT,
    answered_on TEXT,
    answered_by BLOB,
    -- Who asks, how to reach them, the question and the answer: sealed JSON.
    content BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX enquiries_by_controller ON enquiries (controller_id, received_at, id);
CREATE INDEX enquiries_by_due ON enquiries (programme_id, state, due_on, id);
CREATE INDEX enquiries_by_patient ON enquiries (patient_id);
