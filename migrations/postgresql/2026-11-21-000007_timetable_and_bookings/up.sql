-- Time types, schedules, slots, bookings and the waiting list (HF-4, HF-6, HAL-2).

CREATE TABLE time_types (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    -- The clinic whose type it is; none where the whole programme uses it.
    organisation_id uuid REFERENCES organisations (id),
    name TEXT NOT NULL,
    public_name TEXT NOT NULL,
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 5 AND 480),
    channel TEXT NOT NULL CHECK (channel IN ('telephone', 'video', 'physical')),
    web_visible BOOLEAN NOT NULL,
    -- How long before a time it may still be booked, moved, cancelled.
    book_before_minutes INTEGER NOT NULL,
    move_before_minutes INTEGER NOT NULL,
    cancel_before_minutes INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX time_types_by_controller ON time_types (controller_id, id);
CREATE INDEX time_types_by_programme ON time_types (programme_id, id);
CREATE INDEX time_types_by_organisation ON time_types (organisation_id);

CREATE TABLE schedules (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    -- Exactly one owner.
    volunteer_id uuid REFERENCES volunteers (id),
    staff_id uuid REFERENCES staff (id),
    organisation_id uuid REFERENCES organisations (id),
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    availability jsonb NOT NULL,
    -- When the owner is away: leave and departure of a volunteer.
    away jsonb NOT NULL,
    -- The first local day that has no slots yet.
    slots_until date NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT schedules_one_owner CHECK ((volunteer_id IS NOT NULL AND staff_id IS NULL AND organisation_id IS NULL) OR (volunteer_id IS NULL AND staff_id IS NOT NULL AND organisation_id IS NULL) OR (volunteer_id IS NULL AND staff_id IS NULL AND organisation_id IS NOT NULL))
);
CREATE INDEX schedules_by_controller ON schedules (controller_id, id);
CREATE INDEX schedules_by_programme ON schedules (programme_id, id);
CREATE UNIQUE INDEX schedules_by_volunteer ON schedules (volunteer_id, programme_id);
CREATE UNIQUE INDEX schedules_by_staff ON schedules (staff_id, programme_id);
CREATE INDEX schedules_by_organisation ON schedules (organisation_id);
CREATE INDEX schedules_by_horizon ON schedules (active, slots_until);

CREATE TABLE slots (
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    schedule_id uuid NOT NULL REFERENCES schedules (id),
    time_type_id uuid NOT NULL REFERENCES time_types (id),
    volunteer_id uuid REFERENCES volunteers (id),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    seats INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 100),
    origin TEXT NOT NULL CHECK (origin IN ('availability', 'manual')),
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'dropped')),
    -- Booked, and no longer in the availability.
    outside_availability BOOLEAN NOT NULL,
    -- As the time type says where nothing is said.
    web_visible BOOLEAN,
    public_name TEXT,
    -- From when on a seat is free: long ago, the end of a hold, or never.
    free_from timestamptz,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
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
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    slot_id uuid NOT NULL REFERENCES slots (id),
    seat INTEGER NOT NULL CHECK (seat BETWEEN 1 AND 100),
    -- Of the slot, so that a list is one table to read.
    schedule_id uuid NOT NULL REFERENCES schedules (id),
    time_type_id uuid NOT NULL REFERENCES time_types (id),
    volunteer_id uuid REFERENCES volunteers (id),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'confirmed', 'cancelled', 'expired', 'attended', 'noShow')),
    hold_expires_at timestamptz,
    patient_id uuid REFERENCES patients (id),
    consent_id uuid REFERENCES consents (id),
    booker TEXT CHECK (booker IN ('patient', 'relative')),
    phase TEXT CHECK (phase IN ('before', 'during', 'after')),
    booked_by TEXT NOT NULL CHECK (booked_by IN ('system', 'staff', 'patient', 'waitingList')),
    made_by uuid NOT NULL,
    moves INTEGER NOT NULL,
    ended_at timestamptz,
    cancellation_reason TEXT CHECK (cancellation_reason IN ('personWish', 'personUnavailable', 'supporterUnavailable', 'consentWithdrawn', 'offerPassed', 'other')),
    -- As which kind of supporter the volunteer talked: later changes of the record change no figure.
    acted_as TEXT CHECK (acted_as IN ('patientSupporter', 'relativeSupporter', 'parentSupporter')),
    -- The relative who booked, what the talk is about, remarks: sealed JSON.
    content bytea NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
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
    id uuid PRIMARY KEY NOT NULL,
    controller_id uuid NOT NULL REFERENCES organisations (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    -- Any type of the programme where none is named.
    time_type_id uuid REFERENCES time_types (id),
    patient_id uuid NOT NULL REFERENCES patients (id),
    consent_id uuid NOT NULL REFERENCES consents (id),
    -- The booking that lost its supporter, where it began with one.
    booking_id uuid REFERENCES bookings (id),
    booker TEXT NOT NULL CHECK (booker IN ('patient', 'relative')),
    phase TEXT CHECK (phase IN ('before', 'during', 'after')),
    not_before timestamptz NOT NULL,
    not_after timestamptz,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'offered', 'booked', 'left')),
    made_by uuid NOT NULL,
    -- The relative who asked, remarks: sealed JSON.
    content bytea NOT NULL,
    version INTEGER NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
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
    entry_id uuid NOT NULL REFERENCES waiting_list_entries (id),
    slot_id uuid NOT NULL REFERENCES slots (id),
    -- The hold that keeps the time.
    booking_id uuid NOT NULL REFERENCES bookings (id),
    outcome TEXT NOT NULL CHECK (outcome IN ('open', 'accepted', 'passed', 'expired')),
    offered_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (entry_id, slot_id)
);
CREATE INDEX waiting_list_offers_by_slot ON waiting_list_offers (slot_id);
CREATE UNIQUE INDEX waiting_list_offers_by_booking ON waiting_list_offers (booking_id);
