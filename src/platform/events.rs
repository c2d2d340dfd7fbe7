//! Every state change is one row in an ordered log, written in the transaction that makes it.
//!
//! Payloads are thin: type, time, ids. Never identifiers, names or text (ID-6).

use std::fmt;

use diesel::prelude::*;
use uuid::Uuid;

use super::db::schema::events;
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

    /// It concerns this patient.
    #[must_use]
    pub fn patient(mut self, patient: Id<Patient>) -> Self {
        self.patient_id = Some(patient);
        self
    }
}

/// A row of the log.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub struct Row {
    /// The event's id.
    pub id: Id<Event>,
    /// When it happened.
    pub at: Instant,
    /// The data controller it belongs to.
    pub controller_id: Id<Organisation>,
    /// See [`Event::programme_id`].
    pub programme_id: Option<Id<Programme>>,
    /// See [`Event::patient_id`].
    pub patient_id: Option<Id<Patient>>,
    /// See [`Event::kind`].
    pub kind: String,
    /// See [`Event::subject_type`].
    pub subject_type: String,
    /// See [`Event::subject_id`].
    pub subject_id: Id<()>,
    /// Who did it: the id of the actor.
    pub actor_id: Id<()>,
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
        kind: event.kind.to_owned(),
        subject_type: event.subject_type.to_owned(),
        subject_id: Id::from_uuid(event.subject_id),
        actor_id: Id::from_uuid(actor.into()),
    };
    on_engine!(conn, conn => diesel::insert_into(events::table).values(&row).execute(conn))?;
    Ok(())
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.subject_id)
    }
}
