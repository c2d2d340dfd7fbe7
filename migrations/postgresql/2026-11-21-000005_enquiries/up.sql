-- Enquiries and their clock (APS-10).

CREATE TABLE enquiries (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    patient_id uuid REFERENCES patients (id),
    kind TEXT NOT NULL CHECK (kind IN ('question', 'leafletOrder', 'visitRequest')),
    state TEXT NOT NULL CHECK (state IN ('open', 'answered')),
    received_at timestamptz NOT NULL,
    received_on date NOT NULL,
    due_on date NOT NULL,
    -- The end of that day in the programme's time zone: overdue from here on.
    due_at timestamptz NOT NULL,
    answered_at timestamptz,
    answered_on date,
    answered_by uuid,
    -- Who asks, how to reach them, the question and the answer: sealed JSON.
    content bytea NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX enquiries_by_controller ON enquiries (controller_id, received_at, id);
CREATE INDEX enquiries_by_due ON enquiries (programme_id, state, due_on, id);
CREATE INDEX enquiries_by_patient ON enquiries (patient_id);
