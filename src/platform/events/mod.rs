//! Every state change is one row in an ordered log, written in the transaction that makes it.
//!
//! Payloads are thin: type, time, ids. Never identifiers, names or text (ID-6). [`catalogue`] is
//! the closed list of types; [`log`] reads in commit order; [`tail`] wakes those who wait for more.

pub mod catalogue;
pub mod log;
pub mod tail;

use std::fmt;

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::db::schema::{deadline_events, events};
use super::db::{AnyConnection, Instant};
use super::error::Result;
use super::id::Id;
use crate::on_engine;
use crate::organisations::Organisation;
use crate::patients::Patient;
use crate::programmes::Programme;

/// A change that has happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened, `referral.accepted`.
    pub kind: &'static str,
    /// The kind of thing it happened to, `referral`.
    pub subject_type: &'static str,
    /// Which one.
    pub subject_id: Uuid,
    /// The programme it belongs to, if to one.
    pub programme_id: Option<Id<Programme>>,
    /// The patient it concerns, if one.
    pub patient_id: Option<Id<Patient>>,
}

impl Event {
    /// `kind` happened to `subject`; the part of `kind` before the dot names what `subject` is.
    #[must_use]
    pub fn new<T>(kind: &'static str, subject: Id<T>) -> Self {
        Self {
            kind,
            subject_type: kind.split('.').next().unwrap_or(kind),
            subject_id: subject.uuid(),
            programme_id: None,
            patient_id: None,
        }
    }

    /// It belongs to this programme.
    #[must_use]
    pub fn programme(mut self, programme: Id<Programme>) -> Self {
        self.programme_id = Some(programme);
        self
    }

    /// It belongs to this programme, where what it happened to has one.
    #[must_use]
    pub fn of_programme(mut self, programme: Option<Id<Programme>>) -> Self {
        self.programme_id = programme;
        self
    }

    /// It concerns this patient.
    #[must_use]
    pub fn patient(mut self, patient: Id<Patient>) -> Self {
        self.patient_id = Some(patient);
        self
    }
}

/// A row to append. Its place in the log is the database's to give.
#[derive(Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
struct Row {
    id: Id<Event>,
    at: Instant,
    controller_id: Id<Organisation>,
    programme_id: Option<Id<Programme>>,
    patient_id: Option<Id<Patient>>,
    kind: &'static str,
    subject_type: &'static str,
    subject_id: Id<()>,
    actor_id: Id<()>,
}

/// Appends one event.
pub fn append(
    conn: &mut AnyConnection,
    at: Instant,
    controller: Id<Organisation>,
    actor: impl Into<Uuid>,
    event: &Event,
) -> Result<()> {
    let row = Row {
        id: Id::new(),
        at,
        controller_id: controller,
        programme_id: event.programme_id,
        patient_id: event.patient_id,
        kind: event.kind,
        subject_type: event.subject_type,
        subject_id: Id::from_uuid(event.subject_id),
        actor_id: Id::from_uuid(actor.into()),
    };
    on_engine!(conn, conn => diesel::insert_into(events::table).values(&row).execute(conn))?;
    Ok(())
}

/// Notes that the deadline `due_on` of this event's subject is told. Answers whether it was not yet:
/// a deadline is told once, and one that moved to another day is another one.
pub fn note_deadline(
    conn: &mut AnyConnection,
    now: Instant,
    event: &Event,
    due_on: NaiveDate,
) -> Result<bool> {
    let subject = Id::<()>::from_uuid(event.subject_id);
    let told: bool = diesel::select(diesel::dsl::exists(
        deadline_events::table.find((event.kind, subject, due_on)),
    ))
    .get_result(conn)?;
    if told {
        return Ok(false);
    }
    diesel::insert_into(deadline_events::table)
        .values((
            deadline_events::kind.eq(event.kind),
            deadline_events::subject_id.eq(subject),
            deadline_events::due_on.eq(due_on),
            deadline_events::told_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.subject_id)
    }
}
