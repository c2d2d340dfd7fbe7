//! What the engine does for each operation, by itself: typed diesel statements on one connection
//! of the engine's own type, with the service's settings (`DatabaseUrl::connect`).
//!
//! Taken from what the store functions do, in their order. To the engine's favour: nothing is
//! encrypted, parsed, checked or decided, and PostgreSQL runs READ COMMITTED where the service
//! runs SERIALIZABLE.
//!
//! | operation | statements |
//! |---|---|
//! | read | patient by id |
//! | list | 21 patients of a controller in the order of their ids |
//! | search | patient by the digest of an identifier, one join |
//! | create | look up idempotency key, programme, identifier; insert patient and its look-ups; patient by id; insert consent, referral, events, idempotency key, audit rows; move the end of the audit chain; commit |
//! | attempt | look up idempotency key, session, patient, referral; insert attempt; change session; insert events, idempotency key, audit rows; move the end of the audit chain; commit |
//!
//! Rows are those of a request that the service has just answered, with new ids, so they are as
//! long as the service's. How many audit rows, events and look-ups there are is not assumed but
//! read.

use std::cell::Cell;

use brobygger::platform::db::connection::{AnyConnection, Purpose};
use brobygger::platform::db::schema::{
    audit_heads, audit_rows, call_attempts, call_sessions, consents, events, idempotency_keys,
    patient_lookups, patients, programmes, referrals,
};
use brobygger::platform::db::{DatabaseUrl, Instant, Json};
use brobygger::platform::id::Id;
use chrono::NaiveDate;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use crate::Outcome;
use crate::driver::Dice;
use crate::operations::{Operation, World};
use crate::seed::said;

/// An id, of whatever.
type Any = Id<()>;

macro_rules! row {
    ($(#[$meta:meta])* $name:ident of $table:ident { $($column:ident: $kind:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Queryable, Selectable, Insertable)]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        struct $name { $($column: $kind),+ }
    };
}

row!(Patient of patients {
    id: Any, controller_id: Any, person: Vec<u8>, protected: bool,
    municipality_code: Option<String>, state: String, merged_into: Option<Any>, version: i32,
    created_at: Instant, updated_at: Instant,
});
row!(Lookup of patient_lookups {
    patient_id: Any, kind: String, digest: Vec<u8>,
});
row!(Consent of consents {
    id: Any, controller_id: Any, patient_id: Any, programme_id: Option<Any>, purpose: String,
    form: String, decision: String, given_at: Instant, expires_on: Option<NaiveDate>,
    given_to_id: Option<Any>, details: Vec<u8>, recorded_at: Instant, recorded_by: Any,
});
row!(Referral of referrals {
    id: Any, controller_id: Any, programme_id: Any, patient_id: Any, consent_id: Any,
    channel: String, state: String, sent_at: Instant, received_at: Instant,
    received_on: NaiveDate, due_on: Option<NaiveDate>, due_at: Option<Instant>,
    referring_organisation_id: Option<Any>, eligibility: String, clock: Json<Value>, content: Vec<u8>,
    assigned_to: Option<Any>, decided_at: Option<Instant>, decision_reason: Option<String>,
    first_called_at: Option<Instant>, reached_at: Option<Instant>, replaces_id: Option<Any>,
    replaced_by_id: Option<Any>, version: i32, created_at: Instant, updated_at: Instant,
});
row!(Event of events {
    id: Any, at: Instant, controller_id: Any, programme_id: Option<Any>, patient_id: Option<Any>,
    kind: String, subject_type: String, subject_id: Any, actor_id: Any,
});
row!(Audit of audit_rows {
    writer_id: Any, seq: i64, at: Instant, controller_id: Any, actor_kind: String, actor_id: Any,
    actor_name: String, actor_roles: String, operation: String, patient_id: Option<Any>, volunteer_id: Option<Any>,
    purpose: Option<String>, outcome: String, request_id: String, hash: Vec<u8>,
});
row!(Head of audit_heads {
    writer_id: Any, ordinal: i64, opening: Vec<u8>, seq: i64, hash: Vec<u8>, tag: Vec<u8>,
});
row!(Key of idempotency_keys {
    id: Any, request_hash: Vec<u8>, answer: Vec<u8>, created_at: Instant,
});
row!(Attempt of call_attempts {
    id: Any, session_id: Any, at: Instant, number_label: String, outcome: String,
    note: Option<Vec<u8>>, recorded_at: Instant, recorded_by: Any,
});

/// What the statements are made from.
#[derive(Debug)]
pub(super) struct Sample {
    operation: Operation,
    controller: Any,
    people: Vec<Any>,
    digests: Vec<Vec<u8>>,
    sessions: Vec<Any>,
    written: Option<Written>,
}

/// The rows that one request has written.
#[derive(Debug)]
struct Written {
    patient: Patient,
    lookups: Vec<Lookup>,
    consent: Consent,
    referral: Referral,
    attempt: Option<Attempt>,
    events: Vec<Event>,
    audit: Vec<Audit>,
    key: Key,
}

impl Sample {
    /// Reads what the request wrote that was answered with `body`, the latest one.
    pub(super) fn read(
        url: &DatabaseUrl,
        operation: Operation,
        body: &[u8],
        world: &World,
    ) -> Outcome<Self> {
        let answer: Value = serde_json::from_slice(body)?;
        match url.connect(Purpose::Read).map_err(said)? {
            AnyConnection::Sqlite(mut conn) => sqlite::sample(&mut conn, operation, &answer, world),
            AnyConnection::Postgres(mut conn) => {
                postgresql::sample(&mut conn, operation, &answer, world)
            }
        }
    }
}

/// One connection, and the chain of audit rows that its writes extend.
pub(super) struct Session {
    conn: AnyConnection,
    chain: Any,
    seq: i64,
    dice: Dice,
}

impl Session {
    /// The `n`th connection.
    pub(super) fn open(url: &DatabaseUrl, n: usize) -> Outcome<Self> {
        Ok(Self {
            conn: url.connect(Purpose::Write).map_err(said)?,
            chain: Id::new(),
            seq: 0,
            dice: Dice::new(n as u64),
        })
    }

    /// What the engine does for one request, or for so many together: writes share a commit.
    pub(super) fn request(&mut self, sample: &Sample, together: usize) -> Outcome {
        let (chain, seq, dice) = (self.chain, &mut self.seq, &mut self.dice);
        match &mut self.conn {
            AnyConnection::Sqlite(conn) => {
                sqlite::request(conn, sample, together, chain, seq, dice)
            }
            AnyConnection::Postgres(conn) => {
                postgresql::request(conn, sample, together, chain, seq, dice)
            }
        }
    }
}

fn id_at(answer: &Value, pointer: &str) -> Outcome<Any> {
    let id = answer.pointer(pointer).and_then(Value::as_str);
    Ok(id
        .ok_or_else(|| format!("no {pointer} was answered"))?
        .parse()?)
}

/// As random as a digest, and never the same one twice.
fn new_digest(length: usize) -> Vec<u8> {
    thread_local! {
        static SEED: Cell<[u8; 16]> = Cell::new(*Uuid::now_v7().as_bytes());
    }
    let mut next =
        u128::from_be_bytes(SEED.get()).wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645);
    next = next.wrapping_add(0x5851_F42D_4C95_7F2D_1405_7B7E_F767_814F);
    SEED.set(next.to_be_bytes());
    next.to_be_bytes()
        .iter()
        .copied()
        .cycle()
        .take(length)
        .collect()
}

/// The same functions for each engine's own connection.
macro_rules! on_engine {
    ($engine:ident, $connection:ty, $begin:literal) => {
        mod $engine {
            use super::*;

            pub(super) fn sample(
                conn: &mut $connection,
                operation: Operation,
                answer: &Value,
                world: &World,
            ) -> Outcome<Sample> {
                let people: Vec<Any> = world
                    .people()
                    .iter()
                    .map(|person| Id::from_uuid(person.id.uuid()))
                    .collect();
                let some = *people.first().ok_or("there is nobody in the database")?;
                let controller = patients::table
                    .find(some)
                    .select(patients::controller_id)
                    .first(conn)?;
                let digests = patient_lookups::table
                    .filter(patient_lookups::kind.eq("identifier"))
                    .select(patient_lookups::digest)
                    .limit(20_000)
                    .load(conn)?;
                let sessions = call_sessions::table
                    .filter(call_sessions::state.eq("planned"))
                    .select(call_sessions::id)
                    .load(conn)?;
                let written = match operation {
                    Operation::Read | Operation::List | Operation::Search => None,
                    Operation::Create => Some(written(conn, id_at(answer, "/id")?, None)?),
                    Operation::Attempt => {
                        let attempt: Attempt = call_attempts::table
                            .find(id_at(answer, "/id")?)
                            .select(Attempt::as_select())
                            .first(conn)?;
                        let referral = call_sessions::table
                            .find(attempt.session_id)
                            .select(call_sessions::referral_id)
                            .first(conn)?;
                        Some(written(conn, referral, Some(attempt))?)
                    }
                };
                Ok(Sample {
                    operation,
                    controller,
                    people,
                    digests,
                    sessions,
                    written,
                })
            }

            fn written(
                conn: &mut $connection,
                referral: Any,
                attempt: Option<Attempt>,
            ) -> Outcome<Written> {
                let referral: Referral = referrals::table
                    .find(referral)
                    .select(Referral::as_select())
                    .first(conn)?;
                let patient: Patient = patients::table
                    .find(referral.patient_id)
                    .select(Patient::as_select())
                    .first(conn)?;
                let mut events: Vec<Event> = events::table
                    .filter(events::patient_id.eq(patient.id))
                    .order(events::position.desc())
                    .select(Event::as_select())
                    .load(conn)?;
                let mut audit: Vec<Audit> = audit_rows::table
                    .filter(audit_rows::patient_id.eq(patient.id))
                    .order(audit_rows::at.desc())
                    .select(Audit::as_select())
                    .load(conn)?;
                // Those of the last request: the same request id, the same instant.
                let last = audit.first().map(|row| row.request_id.clone());
                audit.retain(|row| Some(&row.request_id) == last.as_ref());
                let last = events.first().map(|row| row.at);
                events.retain(|row| Some(row.at) == last);
                Ok(Written {
                    lookups: patient_lookups::table
                        .filter(patient_lookups::patient_id.eq(patient.id))
                        .select(Lookup::as_select())
                        .load(conn)?,
                    consent: consents::table
                        .find(referral.consent_id)
                        .select(Consent::as_select())
                        .first(conn)?,
                    key: idempotency_keys::table
                        .order(idempotency_keys::created_at.desc())
                        .select(Key::as_select())
                        .first(conn)?,
                    patient,
                    referral,
                    attempt,
                    events,
                    audit,
                })
            }

            pub(super) fn request(
                conn: &mut $connection,
                sample: &Sample,
                together: usize,
                chain: Any,
                seq: &mut i64,
                dice: &mut Dice,
            ) -> Outcome {
                match (sample.operation, &sample.written) {
                    (Operation::Read, _) => {
                        let id = dice.pick(&sample.people).copied().unwrap_or_default();
                        find_patient(conn, sample.controller, id)?;
                    }
                    (Operation::List, _) => {
                        let _page: Vec<Patient> = patients::table
                            .filter(patients::controller_id.eq(sample.controller))
                            .filter(patients::state.eq("active"))
                            .order(patients::id.asc())
                            .limit(21)
                            .select(Patient::as_select())
                            .load(conn)?;
                    }
                    (Operation::Search, _) => {
                        let digest = dice.pick(&sample.digests).ok_or("no digests")?;
                        if find_digest(conn, digest)?.is_none() {
                            return Err("a known digest is not known".into());
                        }
                    }
                    (Operation::Create, Some(written)) => {
                        conn.batch_execute($begin)?;
                        for _ in 0..together {
                            create(conn, written)?;
                            audited(conn, written, chain, seq)?;
                        }
                        conn.batch_execute("COMMIT")?;
                    }
                    (Operation::Attempt, Some(written)) => {
                        conn.batch_execute($begin)?;
                        for _ in 0..together {
                            let session = dice.pick(&sample.sessions).ok_or("no sessions")?;
                            attempt(conn, written, *session)?;
                            audited(conn, written, chain, seq)?;
                        }
                        conn.batch_execute("COMMIT")?;
                    }
                    (_, None) => return Err("nothing was written before".into()),
                }
                Ok(())
            }

            fn find_patient(conn: &mut $connection, controller: Any, id: Any) -> Outcome {
                let _row: Patient = patients::table
                    .find(id)
                    .filter(patients::controller_id.eq(controller))
                    .select(Patient::as_select())
                    .first(conn)?;
                Ok(())
            }

            fn find_digest(conn: &mut $connection, digest: &[u8]) -> Outcome<Option<Patient>> {
                Ok(patients::table
                    .inner_join(
                        patient_lookups::table.on(patient_lookups::patient_id.eq(patients::id)),
                    )
                    .filter(patient_lookups::digest.eq(digest))
                    .filter(patients::state.eq("active"))
                    .order((patients::created_at.asc(), patients::id.asc()))
                    .select(Patient::as_select())
                    .first(conn)
                    .optional()?)
            }

            fn create(conn: &mut $connection, written: &Written) -> Outcome {
                let patient = Patient {
                    id: Id::new(),
                    ..written.patient.clone()
                };
                let consent = Consent {
                    id: Id::new(),
                    patient_id: patient.id,
                    ..written.consent.clone()
                };
                let referral = Referral {
                    id: Id::new(),
                    patient_id: patient.id,
                    consent_id: consent.id,
                    ..written.referral.clone()
                };
                look_up_key(conn)?;
                let _policy: Json<Value> = programmes::table
                    .find(referral.programme_id)
                    .select(programmes::policy)
                    .first(conn)?;
                let digest = new_digest(32);
                if find_digest(conn, &digest)?.is_some() {
                    return Err("a new digest is not new".into());
                }
                diesel::insert_into(patients::table)
                    .values(&patient)
                    .execute(conn)?;
                for lookup in &written.lookups {
                    let lookup = Lookup {
                        patient_id: patient.id,
                        digest: new_digest(lookup.digest.len()),
                        ..lookup.clone()
                    };
                    diesel::insert_into(patient_lookups::table)
                        .values(&lookup)
                        .execute(conn)?;
                }
                find_patient(conn, patient.controller_id, patient.id)?;
                diesel::insert_into(consents::table)
                    .values(&consent)
                    .execute(conn)?;
                diesel::insert_into(referrals::table)
                    .values(&referral)
                    .execute(conn)?;
                Ok(())
            }

            fn attempt(conn: &mut $connection, written: &Written, session: Any) -> Outcome {
                look_up_key(conn)?;
                let (patient, referral, attempts): (Any, Any, i32) = call_sessions::table
                    .find(session)
                    .select((
                        call_sessions::patient_id,
                        call_sessions::referral_id,
                        call_sessions::attempts,
                    ))
                    .first(conn)?;
                find_patient(conn, written.patient.controller_id, patient)?;
                let _referral: Referral = referrals::table
                    .find(referral)
                    .select(Referral::as_select())
                    .first(conn)?;
                if let Some(attempt) = &written.attempt {
                    diesel::insert_into(call_attempts::table)
                        .values(&Attempt {
                            id: Id::new(),
                            session_id: session,
                            ..attempt.clone()
                        })
                        .execute(conn)?;
                }
                diesel::update(call_sessions::table.find(session))
                    .set((
                        call_sessions::attempts.eq(attempts + 1),
                        call_sessions::last_attempt_at.eq(written.key.created_at),
                        call_sessions::reached_at.eq(None::<Instant>),
                        call_sessions::version.eq(call_sessions::version + 1),
                        call_sessions::updated_at.eq(written.key.created_at),
                    ))
                    .execute(conn)?;
                Ok(())
            }

            fn look_up_key(conn: &mut $connection) -> Outcome {
                let _key: Option<Key> = idempotency_keys::table
                    .find(Any::new())
                    .select(Key::as_select())
                    .first(conn)
                    .optional()?;
                Ok(())
            }

            /// What every write leaves: events, the idempotency key, audit rows.
            fn audited(
                conn: &mut $connection,
                written: &Written,
                chain: Any,
                seq: &mut i64,
            ) -> Outcome {
                for event in &written.events {
                    diesel::insert_into(events::table)
                        .values(&Event {
                            id: Id::new(),
                            ..event.clone()
                        })
                        .execute(conn)?;
                }
                diesel::insert_into(idempotency_keys::table)
                    .values(&Key {
                        id: Id::from_uuid(Uuid::from_slice(&new_digest(16))?),
                        ..written.key.clone()
                    })
                    .execute(conn)?;
                // Connections are warmed up one after the other: no two open a chain at once.
                if *seq == 0 {
                    let last: Option<i64> = audit_heads::table
                        .select(diesel::dsl::max(audit_heads::ordinal))
                        .first(conn)?;
                    diesel::insert_into(audit_heads::table)
                        .values(&Head {
                            writer_id: chain,
                            ordinal: last.unwrap_or_default() + 1,
                            opening: new_digest(32),
                            seq: 0,
                            hash: new_digest(32),
                            tag: new_digest(32),
                        })
                        .execute(conn)?;
                }
                for row in &written.audit {
                    *seq += 1;
                    diesel::insert_into(audit_rows::table)
                        .values(&Audit {
                            writer_id: chain,
                            seq: *seq,
                            ..row.clone()
                        })
                        .execute(conn)?;
                }
                diesel::update(audit_heads::table.find(chain))
                    .set((
                        audit_heads::seq.eq(*seq),
                        audit_heads::hash.eq(new_digest(32)),
                        audit_heads::tag.eq(new_digest(32)),
                    ))
                    .execute(conn)?;
                Ok(())
            }
        }
    };
}

on_engine!(sqlite, SqliteConnection, "BEGIN IMMEDIATE");
on_engine!(postgresql, PgConnection, "BEGIN");
