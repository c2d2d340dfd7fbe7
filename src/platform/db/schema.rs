//! The tables as diesel sees them: the same for both engines. The migrations are what makes
//! them; a test compares the three.
#![allow(
    missing_docs,
    unused_imports,
    reason = "the macro makes public items for every column"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    organisations (id) {
        id -> Uid,
        parent_id -> Nullable<Uid>,
        controller_id -> Uid,
        kind -> Text,
        name -> Text,
        name_key -> Text,
        identifiers -> Document,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    staff (id) {
        id -> Uid,
        controller_id -> Uid,
        organisation_id -> Uid,
        name -> Text,
        name_key -> Text,
        title -> Nullable<Text>,
        roles -> Document,
        active -> Bool,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    clients (id) {
        id -> Uid,
        name -> Text,
        organisation_id -> Uid,
        scopes -> Document,
        programmes -> Nullable<Document>,
        sees_protected -> Bool,
        secret_hash -> Binary,
        previous_hash -> Nullable<Binary>,
        previous_until -> Nullable<Moment>,
        created_at -> Moment,
        revoked_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    programmes (id) {
        id -> Uid,
        controller_id -> Uid,
        organisation_id -> Uid,
        code -> Text,
        name -> Text,
        policy -> Document,
        active -> Bool,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    events (position) {
        position -> BigInt,
        id -> Uid,
        at -> Moment,
        controller_id -> Uid,
        programme_id -> Nullable<Uid>,
        patient_id -> Nullable<Uid>,
        kind -> Text,
        subject_type -> Text,
        subject_id -> Uid,
        actor_id -> Uid,
        // The transaction that wrote it (PostgreSQL); see `platform::events::log`.
        tx -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    audit_rows (writer_id, seq) {
        writer_id -> Uid,
        seq -> BigInt,
        at -> Moment,
        controller_id -> Uid,
        actor_kind -> Text,
        actor_id -> Uid,
        actor_name -> Text,
        actor_roles -> Text,
        operation -> Text,
        patient_id -> Nullable<Uid>,
        volunteer_id -> Nullable<Uid>,
        purpose -> Nullable<Text>,
        outcome -> Text,
        request_id -> Text,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    audit_anchor (id) {
        id -> BigInt,
        chains -> BigInt,
        tag -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    audit_heads (writer_id) {
        writer_id -> Uid,
        ordinal -> BigInt,
        opening -> Binary,
        seq -> BigInt,
        hash -> Binary,
        tag -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    idempotency_keys (id) {
        id -> Uid,
        request_hash -> Binary,
        answer -> Binary,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    patients (id) {
        id -> Uid,
        controller_id -> Uid,
        person -> Binary,
        protected -> Bool,
        municipality_code -> Nullable<Text>,
        state -> Text,
        merged_into -> Nullable<Uid>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    patient_lookups (patient_id, digest) {
        patient_id -> Uid,
        kind -> Text,
        digest -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    relatives (id) {
        id -> Uid,
        patient_id -> Uid,
        controller_id -> Uid,
        relation -> Text,
        person -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    consents (id) {
        id -> Uid,
        controller_id -> Uid,
        patient_id -> Uid,
        programme_id -> Nullable<Uid>,
        purpose -> Text,
        form -> Text,
        decision -> Text,
        given_at -> Moment,
        expires_on -> Nullable<Date>,
        given_to_id -> Nullable<Uid>,
        details -> Binary,
        recorded_at -> Moment,
        recorded_by -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    consent_withdrawals (consent_id) {
        consent_id -> Uid,
        withdrawn_at -> Moment,
        withdrawn_by -> Text,
        ended -> Document,
        recorded_at -> Moment,
        recorded_by -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    referrals (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        patient_id -> Uid,
        consent_id -> Uid,
        channel -> Text,
        state -> Text,
        sent_at -> Moment,
        received_at -> Moment,
        received_on -> Date,
        due_on -> Nullable<Date>,
        due_at -> Nullable<Moment>,
        referring_organisation_id -> Nullable<Uid>,
        eligibility -> Text,
        clock -> Document,
        content -> Binary,
        assigned_to -> Nullable<Uid>,
        decided_at -> Nullable<Moment>,
        decision_reason -> Nullable<Text>,
        first_called_at -> Nullable<Moment>,
        reached_at -> Nullable<Moment>,
        replaces_id -> Nullable<Uid>,
        replaced_by_id -> Nullable<Uid>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    courses (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        patient_id -> Uid,
        referral_id -> Uid,
        supporter_id -> Uid,
        state -> Text,
        opened_at -> Moment,
        opened_on -> Date,
        time_zone -> Text,
        typical_from -> Date,
        typical_to -> Date,
        long_from -> Moment,
        closed_at -> Nullable<Moment>,
        closed_on -> Nullable<Date>,
        closing_reason -> Nullable<Text>,
        content -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    course_supporters (id) {
        id -> Uid,
        course_id -> Uid,
        staff_id -> Uid,
        from_at -> Moment,
        until_at -> Nullable<Moment>,
        reason -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    call_sessions (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        patient_id -> Uid,
        referral_id -> Uid,
        course_id -> Nullable<Uid>,
        supporter_id -> Uid,
        kind -> Text,
        state -> Text,
        planned_at -> Moment,
        planned_minutes -> Integer,
        time_zone -> Text,
        attempts -> Integer,
        last_attempt_at -> Nullable<Moment>,
        reached_at -> Nullable<Moment>,
        completed_at -> Nullable<Moment>,
        actual_minutes -> Nullable<Integer>,
        cancelled_at -> Nullable<Moment>,
        cancellation_reason -> Nullable<Text>,
        topics -> Document,
        suitability -> Nullable<Text>,
        content -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    call_attempts (id) {
        id -> Uid,
        session_id -> Uid,
        at -> Moment,
        number_label -> Text,
        outcome -> Text,
        note -> Nullable<Binary>,
        recorded_at -> Moment,
        recorded_by -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    enquiries (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        patient_id -> Nullable<Uid>,
        kind -> Text,
        state -> Text,
        received_at -> Moment,
        received_on -> Date,
        due_on -> Date,
        due_at -> Moment,
        answered_at -> Nullable<Moment>,
        answered_on -> Nullable<Date>,
        answered_by -> Nullable<Uid>,
        content -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

// Volunteers (migration 000006).
diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    volunteers (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        state -> Text,
        patient_supporter -> Bool,
        relative_supporter -> Bool,
        parent_supporter -> Bool,
        published -> Bool,
        capacity_per_week -> Integer,
        leave_from -> Nullable<Date>,
        leave_until -> Nullable<Date>,
        qualified_until -> Nullable<Date>,
        activated_on -> Nullable<Date>,
        departed_on -> Nullable<Date>,
        person -> Binary,
        revision -> BigInt,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    volunteer_rosters (programme_id) {
        programme_id -> Uid,
        revision -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    volunteer_wards (volunteer_id, ward_id) {
        volunteer_id -> Uid,
        ward_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    onboarding_steps (id) {
        id -> Uid,
        volunteer_id -> Uid,
        step -> Text,
        outcome -> Text,
        held_on -> Date,
        expires_on -> Nullable<Date>,
        ward_id -> Nullable<Uid>,
        beside_id -> Nullable<Uid>,
        note -> Nullable<Binary>,
        recorded_at -> Moment,
        recorded_by -> Uid,
    }
}

// Time books, bookings and the waiting list.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    time_types (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        organisation_id -> Nullable<Uid>,
        name -> Text,
        public_name -> Text,
        minutes -> Integer,
        channel -> Text,
        web_visible -> Bool,
        book_before_minutes -> Integer,
        move_before_minutes -> Integer,
        cancel_before_minutes -> Integer,
        active -> Bool,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    schedules (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        volunteer_id -> Nullable<Uid>,
        staff_id -> Nullable<Uid>,
        organisation_id -> Nullable<Uid>,
        name -> Text,
        time_zone -> Text,
        active -> Bool,
        availability -> Document,
        away -> Document,
        slots_until -> Date,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    slots (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        schedule_id -> Uid,
        time_type_id -> Uid,
        volunteer_id -> Nullable<Uid>,
        starts_at -> Moment,
        ends_at -> Moment,
        seats -> Integer,
        origin -> Text,
        state -> Text,
        outside_availability -> Bool,
        web_visible -> Nullable<Bool>,
        public_name -> Nullable<Text>,
        free_from -> Nullable<Moment>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    bookings (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        slot_id -> Uid,
        seat -> Integer,
        schedule_id -> Uid,
        time_type_id -> Uid,
        volunteer_id -> Nullable<Uid>,
        starts_at -> Moment,
        ends_at -> Moment,
        state -> Text,
        hold_expires_at -> Nullable<Moment>,
        patient_id -> Nullable<Uid>,
        consent_id -> Nullable<Uid>,
        booker -> Nullable<Text>,
        phase -> Nullable<Text>,
        booked_by -> Text,
        made_by -> Uid,
        moves -> Integer,
        ended_at -> Nullable<Moment>,
        cancellation_reason -> Nullable<Text>,
        acted_as -> Nullable<Text>,
        content -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    waiting_list_entries (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        time_type_id -> Nullable<Uid>,
        patient_id -> Uid,
        consent_id -> Uid,
        booking_id -> Nullable<Uid>,
        booker -> Text,
        phase -> Nullable<Text>,
        not_before -> Moment,
        not_after -> Nullable<Moment>,
        state -> Text,
        made_by -> Uid,
        content -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    waiting_list_offers (entry_id, slot_id) {
        entry_id -> Uid,
        slot_id -> Uid,
        booking_id -> Uid,
        outcome -> Text,
        offered_at -> Moment,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    ward_shifts (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        ward_id -> Uid,
        state -> Text,
        starts_at -> Moment,
        ends_at -> Moment,
        time_zone -> Text,
        held_on -> Date,
        month -> Date,
        places -> Integer,
        trial_places -> Integer,
        regular_people -> Integer,
        trial_people -> Integer,
        cancelled_at -> Nullable<Moment>,
        cancellation_reason -> Nullable<Text>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    ward_shift_sign_ups (id) {
        id -> Uid,
        shift_id -> Uid,
        volunteer_id -> Uid,
        kind -> Text,
        subtype -> Text,
        seat -> Integer,
        offered_at -> Nullable<Moment>,
        signed_up_at -> Moment,
        released_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    ward_talks (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        ward_id -> Uid,
        shift_id -> Uid,
        held_on -> Date,
        month -> Date,
        met -> Text,
        phase -> Text,
        subtype -> Text,
        minutes -> Integer,
        version -> Integer,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    feedback (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        ward_id -> Nullable<Uid>,
        patient_id -> Nullable<Uid>,
        source -> Text,
        rating -> Nullable<Integer>,
        has_text -> Bool,
        received_at -> Moment,
        quotation_form -> Nullable<Text>,
        quotation_agreed_at -> Nullable<Moment>,
        quotation_until -> Nullable<Date>,
        quotation_withdrawn_at -> Nullable<Moment>,
        content -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

// Steering groups and their meetings (000009).
diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    steering_groups (id) {
        id -> Uid,
        controller_id -> Uid,
        organisation_id -> Uid,
        programme_id -> Nullable<Uid>,
        name -> Text,
        name_key -> Text,
        purpose -> Nullable<Text>,
        starts_on -> Date,
        ends_on -> Nullable<Date>,
        policy -> Document,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    steering_members (id) {
        id -> Uid,
        controller_id -> Uid,
        steering_group_id -> Uid,
        role -> Text,
        seat -> Text,
        sector -> Text,
        organisation_id -> Nullable<Uid>,
        staff_id -> Nullable<Uid>,
        from_on -> Date,
        until_on -> Nullable<Date>,
        person -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

// Governance: agreements, delegations, documents, evaluations, units, offers, working groups.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    health_agreements (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        agreement_type -> Text,
        title -> Text,
        region_code -> Text,
        period_from -> Date,
        period_to -> Date,
        content -> Document,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    indicators (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        agreement_id -> Uid,
        number -> Integer,
        name -> Text,
        level -> Text,
        measure -> Text,
        unit -> Text,
        direction -> Text,
        content -> Document,
        measured_every_months -> Nullable<Integer>,
        next_due_on -> Nullable<Date>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    measurements (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        indicator_id -> Uid,
        area_kind -> Text,
        area_code -> Text,
        period_from -> Date,
        period_to -> Date,
        numerator -> Nullable<BigInt>,
        denominator -> Nullable<BigInt>,
        value_parts -> BigInt,
        note -> Nullable<Text>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    delegations (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        agreement_id -> Nullable<Uid>,
        continues_id -> Nullable<Uid>,
        continued_by_id -> Nullable<Uid>,
        state -> Text,
        reserved_practice -> Bool,
        from_sector -> Text,
        to_sector -> Text,
        valid_from -> Date,
        valid_to -> Date,
        approved_at -> Nullable<Moment>,
        ended_on -> Nullable<Date>,
        content -> Document,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    governing_documents (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        kind -> Text,
        state -> Text,
        title -> Text,
        review_on -> Nullable<Date>,
        withdrawn_by -> Nullable<Text>,
        withdrawn_at -> Nullable<Moment>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    governing_document_versions (id) {
        id -> Uid,
        controller_id -> Uid,
        document_id -> Uid,
        number -> Integer,
        state -> Text,
        content -> Document,
        approver -> Nullable<Text>,
        valid_from -> Nullable<Moment>,
        valid_to -> Nullable<Moment>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    working_groups (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Nullable<Uid>,
        steering_group_id -> Uid,
        name -> Text,
        state -> Text,
        starts_on -> Date,
        ends_on -> Date,
        reported_on -> Nullable<Date>,
        content -> Document,
        people -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    evaluations (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Nullable<Uid>,
        agreement_id -> Nullable<Uid>,
        steering_group_id -> Nullable<Uid>,
        working_group_id -> Nullable<Uid>,
        kind -> Text,
        state -> Text,
        due_on -> Date,
        latest_on -> Nullable<Date>,
        held_on -> Nullable<Date>,
        content -> Document,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    units (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        organisation_id -> Nullable<Uid>,
        name -> Text,
        trial -> Bool,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    staff_shares (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        unit_id -> Uid,
        staff_id -> Uid,
        percent -> Integer,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    support_offers (id) {
        id -> Uid,
        controller_id -> Uid,
        programme_id -> Uid,
        unit_id -> Nullable<Uid>,
        sector -> Text,
        municipality_code -> Nullable<Text>,
        name -> Text,
        name_key -> Text,
        active -> Bool,
        content -> Document,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}
// Governance ends.

// Bulk import, and ids of other systems.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    external_ids (id) {
        id -> Uid,
        controller_id -> Uid,
        kind -> Text,
        record_id -> Uid,
        digest -> Binary,
        content -> Binary,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    imports (id) {
        id -> Uid,
        controller_id -> Uid,
        kind -> Text,
        mode -> Text,
        validate_only -> Bool,
        state -> Text,
        layout -> Document,
        requester -> Binary,
        requester_id -> Uid,
        bytes -> BigInt,
        rows_total -> Integer,
        rows_done -> Integer,
        created_count -> Integer,
        updated_count -> Integer,
        unchanged_count -> Integer,
        rejected_count -> Integer,
        ignored_count -> Integer,
        cancel_asked -> Bool,
        failure -> Nullable<Text>,
        worker_id -> Nullable<Uid>,
        leased_until -> Nullable<Moment>,
        version -> Integer,
        created_at -> Moment,
        started_at -> Nullable<Moment>,
        finished_at -> Nullable<Moment>,
        updated_at -> Moment,
        file_gone_at -> Nullable<Moment>,
        results_gone_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    import_chunks (id) {
        id -> Uid,
        import_id -> Uid,
        first_row -> Integer,
        row_count -> Integer,
        content -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    import_results (id) {
        id -> Uid,
        import_id -> Uid,
        first_row -> Integer,
        row_count -> Integer,
        content -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    import_keys (import_id, digest, row_number) {
        import_id -> Uid,
        digest -> Binary,
        row_number -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    meetings (id) {
        id -> Uid,
        controller_id -> Uid,
        steering_group_id -> Uid,
        kind -> Text,
        title -> Text,
        place -> Nullable<Text>,
        starts_at -> Moment,
        ends_at -> Moment,
        held_on -> Date,
        terms -> Document,
        agenda_due_on -> Date,
        agenda_due_at -> Moment,
        agenda_done_at -> Nullable<Moment>,
        agenda_sent_at -> Nullable<Moment>,
        agenda_version -> Integer,
        agenda_changed -> Bool,
        minutes_due_at -> Moment,
        minutes_sent_at -> Nullable<Moment>,
        minutes_version -> Integer,
        minutes_changed -> Bool,
        remarks_until -> Nullable<Moment>,
        open_remarks -> Integer,
        revision_due_at -> Nullable<Moment>,
        revised_at -> Nullable<Moment>,
        overlooked_at -> Nullable<Moment>,
        approves_at -> Nullable<Moment>,
        approval_told_at -> Nullable<Moment>,
        cancelled_at -> Nullable<Moment>,
        content -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    agenda_items (id) {
        id -> Uid,
        controller_id -> Uid,
        meeting_id -> Uid,
        position -> Integer,
        kind -> Text,
        confidential -> Bool,
        planned_minutes -> Nullable<Integer>,
        proposer_id -> Nullable<Uid>,
        late -> Bool,
        content -> Binary,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    decisions (id) {
        id -> Uid,
        controller_id -> Uid,
        steering_group_id -> Uid,
        meeting_id -> Uid,
        agenda_item_id -> Uid,
        decided_on -> Date,
        content -> Binary,
        minutes_version -> Nullable<Integer>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    action_items (id) {
        id -> Uid,
        controller_id -> Uid,
        steering_group_id -> Uid,
        meeting_id -> Uid,
        agenda_item_id -> Uid,
        owner_id -> Uid,
        due_on -> Date,
        completed_at -> Nullable<Moment>,
        content -> Binary,
        minutes_version -> Nullable<Integer>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    minutes_remarks (id) {
        id -> Uid,
        controller_id -> Uid,
        meeting_id -> Uid,
        member_id -> Uid,
        on_version -> Integer,
        received_at -> Moment,
        timing -> Text,
        outcome -> Nullable<Text>,
        answered_at -> Nullable<Moment>,
        answered_in -> Nullable<Integer>,
        content -> Binary,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    meeting_papers (id) {
        id -> Uid,
        controller_id -> Uid,
        meeting_id -> Uid,
        paper -> Text,
        number -> Integer,
        kind -> Text,
        made_at -> Moment,
        late -> Bool,
        public_changed_at -> Moment,
        content -> Binary,
        public_content -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    function_descriptions (id) {
        id -> Uid,
        controller_id -> Uid,
        steering_group_id -> Uid,
        kind -> Text,
        title -> Text,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    function_description_versions (id) {
        id -> Uid,
        controller_id -> Uid,
        function_description_id -> Uid,
        number -> Integer,
        state -> Text,
        agenda_item_id -> Nullable<Uid>,
        decision_id -> Nullable<Uid>,
        valid_from -> Nullable<Date>,
        decided_at -> Nullable<Moment>,
        content -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    event_log_base (id) {
        id -> BigInt,
        base -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    deadline_events (kind, subject_id, due_on) {
        kind -> Text,
        subject_id -> Uid,
        due_on -> Date,
        told_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    webhook_endpoints (id) {
        id -> Uid,
        controller_id -> Uid,
        name -> Text,
        url -> Text,
        event_types -> Document,
        programmes -> Nullable<Document>,
        state -> Text,
        secrets -> Binary,
        secret_rotated_at -> Moment,
        next_turn -> BigInt,
        quiet_until -> Nullable<Moment>,
        course -> Integer,
        deleted_at -> Nullable<Moment>,
        version -> Integer,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    webhook_feeds (id) {
        id -> Uid,
        endpoint_id -> Uid,
        kind -> Text,
        after_tx -> BigInt,
        after_position -> BigInt,
        from_at -> Nullable<Moment>,
        until_at -> Nullable<Moment>,
        until_tx -> Nullable<BigInt>,
        until_position -> Nullable<BigInt>,
        deliveries -> BigInt,
        finished_at -> Nullable<Moment>,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    webhook_deliveries (id) {
        id -> Uid,
        endpoint_id -> Uid,
        turn -> BigInt,
        event_id -> Uid,
        event_position -> Nullable<BigInt>,
        kind -> Text,
        subject_id -> Uid,
        state -> Text,
        attempts -> Integer,
        due_at -> Nullable<Moment>,
        claim -> Nullable<Uid>,
        created_at -> Moment,
        finished_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;

    webhook_attempts (delivery_id, number) {
        delivery_id -> Uid,
        number -> Integer,
        started_at -> Moment,
        finished_at -> Nullable<Moment>,
        outcome -> Nullable<Text>,
        status -> Nullable<Integer>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    action_items,
    agenda_items,
    audit_anchor,
    audit_heads,
    audit_rows,
    bookings,
    call_attempts,
    call_sessions,
    clients,
    consent_withdrawals,
    consents,
    course_supporters,
    courses,
    deadline_events,
    decisions,
    delegations,
    enquiries,
    evaluations,
    events,
    external_ids,
    feedback,
    function_description_versions,
    function_descriptions,
    governing_document_versions,
    governing_documents,
    health_agreements,
    idempotency_keys,
    import_chunks,
    import_keys,
    import_results,
    imports,
    indicators,
    measurements,
    meeting_papers,
    meetings,
    minutes_remarks,
    onboarding_steps,
    organisations,
    patient_lookups,
    patients,
    programmes,
    referrals,
    relatives,
    schedules,
    slots,
    staff,
    staff_shares,
    steering_groups,
    steering_members,
    support_offers,
    time_types,
    units,
    volunteer_rosters,
    volunteer_wards,
    volunteers,
    waiting_list_entries,
    waiting_list_offers,
    ward_shift_sign_ups,
    ward_shifts,
    ward_talks,
    working_groups,
);
