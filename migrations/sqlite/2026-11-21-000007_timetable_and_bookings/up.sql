-- Time types, schedules, slots, bookings and the waiting list (HF-4, HF-6, HAL-2).

CREATE TABLE time_types (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    -- The clinic whose type it is; none where the whole programme uses it.
    organisation_id BLOB REFERENCES organisations (id),
    name TEXT NOT NULL,
    public_name TEXT NOT NULL,
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 5 AND 480),
    channel TEXT NOT NULL CHECK (channel = 'telephone' OR channel = 'video' OR channel = 'physical'),
    web_visible BOOLEAN NOT NULL,
    -- How long before a time it may still be booked, moved, cancelled.
    book_before_minutes INTEGER NOT NULL,
    move_before_minutes INTEGER NOT NULL,
    cancel_before_minutes INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX time_types_by_controller ON time_types (controller_id, id);
CREATE INDEX time_types_by_programme ON time_types (programme_id, id);
CREATE INDEX time_types_by_organisation ON time_types (organisation_id);

CREATE TABLE schedules (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    -- Exactly one owner.
    volunteer_id BLOB REFERENCES volunteers (id),
    staff_id BLOB REFERENCES staff (id),
    organisation_id BLOB REFERENCES organisations (id),
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    availability TEXT NOT NULL,
    -- When the owner is away: leave and departure of a volunteer.
    away TEXT NOT NULL,
    -- The first local day that has no slots yet.
    slots_until TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT schedules_one_owner CHECK ((volunteer_id IS NOT NULL AND staff_id IS NULL AND organisation_id IS NULL) OR (volunteer_id IS NULL AND staff_id IS NOT NULL AND organisation_id IS NULL) OR (volunteer_id IS NULL AND staff_id IS NULL AND organisation_id IS NOT NULL))
);
CREATE INDEX schedules_by_controller ON schedules (controller_id, id);
CREATE INDEX schedules_by_programme ON schedules (programme_id, id);
CREATE UNIQUE INDEX schedules_by_volunteer ON schedules (volunteer_id, programme_id);
CREATE UNIQUE INDEX schedules_by_staff ON schedules (staff_id, programme_id);
CREATE INDEX schedules_by_organisation ON schedules (organisation_id);
CREATE INDEX schedules_by_horizon ON schedules (active, slots_until);

CREATE TABLE slots (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    schedule_id BLOB NOT NULL REFERENCES schedules (id),
    time_type_id BLOB NOT NULL REFERENCES time_types (id),
    volunteer_id BLOB REFERENCES volunteers (id),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    seats INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 100),
    origin TEXT NOT NULL CHECK (origin IN ('availability', 'manual')),
    state TEXT NOT NULL CHECK (state = 'open' OR state = 'closed' OR state = 'dropped'),
    -- Booked, and no longer in the availability.
    outside_availability BOOLEAN NOT NULL,
    -- As the time type says where nothing is said.
    web_visible BOOLEAN,
    public_name TEXT,
    -- From when on a seat is free: long ago, the end of a hold, or never.
    free_from BIGINT,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- A time stands once in a time book, whatever runs at once.
CREATE UNIQUE INDEX slots_once ON slots (schedule_id, starts_at) WHERE state <> 'dropped';
CREATE INDEX slots_by_schedule ON slots (schedule_id, starts_at, id);
CREATE INDEX slots_by_programme ON slots (programme_id, starts_at, id);
-- The free ones, for the search of booking sites.
CREATE INDEX slots_free ON slots (programme_id, starts_at, id) WHERE free_from IS NOT NULL;
CREATE INDEX slots_by_controller ON slots (controller_id, starts_at, id);
CREATE INDEX slots_by_time_type ON slots (time_type_id, starts_at);
CREATE INDEX slots_by_volunteer ON slots (volunteer_id, starts_at);

CREATE TABLE bookings (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    slot_id BLOB NOT NULL REFERENCES slots (id),
    seat INTEGER NOT NULL CHECK (seat BETWEEN 1 AND 100),
    -- Of the slot, so that a list is one table to read.
    schedule_id BLOB NOT NULL REFERENCES schedules (id),
    time_type_id BLOB NOT NULL REFERENCES time_types (id),
    volunteer_id BLOB REFERENCES volunteers (id),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state = 'held' OR state = 'confirmed' OR state = 'cancelled' OR state = 'expired' OR state = 'attended' OR state = 'noShow'),
    hold_expires_at BIGINT,
    patient_id BLOB REFERENCES patients (id),
    consent_id BLOB REFERENCES consents (id),
    booker TEXT CHECK (booker IN ('patient', 'relative')),
    phase TEXT CHECK (phase = 'before' OR phase = 'during' OR phase = 'after'),
    booked_by TEXT NOT NULL CHECK (booked_by = 'system' OR booked_by = 'staff' OR booked_by = 'patient' OR booked_by = 'waitingList'),
    made_by BLOB NOT NULL,
    moves INTEGER NOT NULL,
    ended_at BIGINT,
    cancellation_reason TEXT CHECK (cancellation_reason = 'personWish' OR cancellation_reason = 'personUnavailable' OR cancellation_reason = 'supporterUnavailable' OR cancellation_reason = 'consentWithdrawn' OR cancellation_reason = 'offerPassed' OR cancellation_reason = 'other'),
    -- As which kind of supporter the volunteer talked: later changes of the record change no figure.
    acted_as TEXT CHECK (acted_as = 'patientSupporter' OR acted_as = 'relativeSupporter' OR acted_as = 'parentSupporter'),
    -- The relative who booked, what the talk is about, remarks: sealed JSON.
    content BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- A seat is given once, whatever runs at once.
CREATE UNIQUE INDEX bookings_seat ON bookings (slot_id, seat) WHERE state = 'held' OR state = 'confirmed' OR state = 'attended' OR state = 'noShow';
CREATE INDEX bookings_by_slot ON bookings (slot_id, state);
CREATE INDEX bookings_by_controller ON bookings (controller_id, starts_at, id);
CREATE INDEX bookings_by_change ON bookings (controller_id, updated_at, id);
CREATE INDEX bookings_by_programme ON bookings (programme_id, starts_at, id);
CREATE INDEX bookings_by_schedule ON bookings (schedule_id, starts_at, id);
CREATE INDEX bookings_by_time_type ON bookings (time_type_id);
CREATE INDEX bookings_by_volunteer ON bookings (volunteer_id, starts_at, id);
CREATE INDEX bookings_by_patient ON bookings (patient_id, starts_at, id);
CREATE INDEX bookings_by_consent ON bookings (consent_id);
CREATE INDEX bookings_by_maker ON bookings (made_by, starts_at, id);
CREATE INDEX bookings_holds ON bookings (state, hold_expires_at);

CREATE TABLE waiting_list_entries (
    id BLOB PRIMARY KEY NOT NULL,
    controller_id BLOB NOT NULL REFERENCES organisations (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    -- Any type of the programme where none is named.
    time_type_id BLOB REFERENCES time_types (id),
    patient_id BLOB NOT NULL REFERENCES patients (id),
    consent_id BLOB NOT NULL REFERENCES consents (id),
    -- The booking that lost its supporter, where it began with one.
    booking_id BLOB REFERENCES bookings (id),
    booker TEXT NOT NULL CHECK (booker IN ('patient', 'relative')),
    phase TEXT CHECK (phase = 'before' OR phase = 'during' OR phase = 'after'),
    not_before BIGINT NOT NULL,
    not_after BIGINT,
    state TEXT NOT NULL CHECK (state = 'waiting' OR state = 'offered' OR state = 'booked' OR state = 'left'),
    made_by BLOB NOT NULL,
    -- The relative who asked, remarks: sealed JSON.
    content BLOB NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX waiting_list_entries_by_controller ON waiting_list_entries (controller_id, id);
CREATE INDEX waiting_list_entries_by_programme ON waiting_list_entries (programme_id, state, id);
CREATE INDEX waiting_list_entries_by_time_type ON waiting_list_entries (time_type_id);
CREATE INDEX waiting_list_entries_by_patient ON waiting_list_entries (patient_id, id);
CREATE INDEX waiting_list_entries_by_consent ON waiting_list_entries (consent_id);
CREATE INDEX waiting_list_entries_by_booking ON waiting_list_entries (booking_id);
CREATE INDEX waiting_list_entries_by_change ON waiting_list_entries (controller_id, updated_at, id);

-- A freed time, held for somebody on the list for a limited while. Once for each person and time.
CREATE TABLE waiting_list_offers (
    entry_id BLOB NOT NULL REFERENCES waiting_list_entries (id),
    slot_id BLOB NOT NULL REFERENCES slots (id),
    -- The hold that keeps the time.
    booking_id BLOB NOT NULL REFERENCES bookings (id),
    outcome TEXT NOT NULL CHECK (outcome = 'open' OR outcome = 'accepted' OR outcome = 'passed' OR outcome = 'expired'),
    offered_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (entry_id, slot_id)
);
CREATE INDEX waiting_list_offers_by_slot ON waiting_list_offers (slot_id);
CREATE UNIQUE INDEX waiting_list_offers_by_booking ON waiting_list_offers (booking_id);
