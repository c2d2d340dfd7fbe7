-- Patients and what they agreed to. Everything personal is sealed; look-up goes by keyed digests.

CREATE TABLE patients (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    -- Names, identifiers, address, telephone numbers, birth date: sealed JSON.
    person BLOB NOT NULL,
    protected BOOLEAN NOT NULL,
    municipality_code TEXT,
    state TEXT NOT NULL CHECK (state IN ('active', 'merged')),
    merged_into BLOB REFERENCES patients (id),
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX patients_by_controller ON patients (controller_id, id);
CREATE INDEX patients_by_change ON patients (controller_id, updated_at, id);
CREATE INDEX patients_by_municipality ON patients (controller_id, municipality_code, id) WHERE municipality_code IS NOT NULL;
CREATE INDEX patients_by_survivor ON patients (merged_into) WHERE merged_into IS NOT NULL;

-- A digest is of a controller, a kind and a text, so that it needs neither beside it to be found.
CREATE TABLE patient_lookups (
    patient_id BLOB NOT NULL REFERENCES patients (id),
    kind TEXT NOT NULL CHECK (kind = 'identifier' OR kind = 'nameAndBirthDate' OR kind = 'phone' OR kind = 'nameAndPhoneAndMunicipality'),
    digest BLOB NOT NULL,
    PRIMARY KEY (patient_id, digest)
) WITHOUT ROWID;
CREATE INDEX patient_lookups_by_digest ON patient_lookups (digest, patient_id);
-- One identifier, one record within a controller, whatever runs at once.
CREATE UNIQUE INDEX patient_lookups_identifier ON patient_lookups (digest) WHERE kind = 'identifier';

CREATE TABLE relatives (
    id BLOB PRIMARY KEY NOT NULL,
    patient_id BLOB NOT NULL REFERENCES patients (id),
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    relation TEXT NOT NULL CHECK (relation = 'spouseOrPartner' OR relation = 'parent' OR relation = 'child' OR relation = 'sibling' OR relation = 'otherFamily' OR relation = 'friend' OR relation = 'guardian' OR relation = 'other'),
    -- Name, telephone, what the relative takes part in: sealed JSON.
    person BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX relatives_by_patient ON relatives (patient_id, id);
CREATE INDEX relatives_by_controller ON relatives (controller_id);

-- Append-only: a withdrawal is a row of its own.
CREATE TABLE consents (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    patient_id BLOB NOT NULL REFERENCES patients (id),
    programme_id BLOB REFERENCES programmes (id),
    purpose TEXT NOT NULL CHECK (purpose = 'referral' OR purpose = 'participation' OR purpose = 'informationSharing' OR purpose = 'volunteerContact' OR purpose = 'recording' OR purpose = 'quotation' OR purpose = 'qualityData'),
    form TEXT NOT NULL CHECK (form = 'oral' OR form = 'written' OR form = 'digital'),
    decision TEXT NOT NULL CHECK (decision IN ('given', 'refused')),
    given_at BIGINT NOT NULL,
    expires_on TEXT,
    given_to_id BLOB REFERENCES organisations (id),
    -- Who gave it and with which authority, who took it, the legal basis, a note: sealed JSON.
    details BLOB NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by BLOB NOT NULL
);
CREATE INDEX consents_by_patient ON consents (patient_id, id);
CREATE INDEX consents_by_controller ON consents (controller_id, id);
CREATE INDEX consents_by_programme ON consents (programme_id) WHERE programme_id IS NOT NULL;
CREATE INDEX consents_by_recipient ON consents (given_to_id) WHERE given_to_id IS NOT NULL;

CREATE TABLE consent_withdrawals (
    consent_id BLOB PRIMARY KEY NOT NULL REFERENCES consents (id),
    withdrawn_at BIGINT NOT NULL,
    withdrawn_by TEXT NOT NULL CHECK (withdrawn_by = 'patient' OR withdrawn_by = 'relative' OR withdrawn_by = 'controller'),
    -- What the withdrawal ended: kinds and ids.
    ended TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by BLOB NOT NULL
);
