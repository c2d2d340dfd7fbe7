//! Who has looked at a patient's record, and what has happened to it. Both follow the ids of
//! records that were merged into it.

use diesel::prelude::*;

use super::model::Patient;
use crate::platform::app::Cx;
use crate::platform::audit;
use crate::platform::db::schema::{audit_rows, events};
use crate::platform::db::{Instant, schema};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;

/// Which rows of the access log.
#[derive(Debug, Clone, Default)]
pub struct Span {
    /// From this time on.
    pub from: Option<Instant>,
    /// Before this time.
    pub to: Option<Instant>,
}

/// Where a page of the access log ended: the place of its last row in its chain.
#[must_use]
pub fn access_position(row: &audit::Row) -> Position {
    Position {
        key: row.seq,
        id: row.writer_id.uuid(),
    }
}

/// A page of accesses to the patient's record, newest first, and one row more.
pub fn accesses(
    cx: &mut Cx<'_>,
    patient: &Patient,
    span: &Span,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<audit::Row>> {
    use schema::audit_rows::dsl;
    let mut mine: Box<dyn BoxableExpression<audit_rows::table, _, SqlType = _>> =
        Box::new(dsl::patient_id.eq(patient.id));
    for previous in &patient.previous_ids {
        mine = Box::new(mine.or(dsl::patient_id.eq(*previous)));
    }
    let mut query = audit_rows::table
        .filter(mine)
        .filter(dsl::controller_id.eq(cx.scope().controller))
        .order((dsl::at.desc(), dsl::writer_id.desc(), dsl::seq.desc()))
        .limit(limit + 1)
        .select(audit::Row::as_select())
        .into_boxed();
    if let Some(from) = span.from {
        query = query.filter(dsl::at.ge(from));
    }
    if let Some(to) = span.to {
        query = query.filter(dsl::at.lt(to));
    }
    if let Some(after) = after {
        let writer = after.id::<audit::AuditWriter>();
        let at: Instant = audit_rows::table
            .find((writer, after.key))
            .select(dsl::at)
            .first(cx.conn())
            .optional()?
            .ok_or_else(|| Error::problem(ProblemCode::InvalidCursor, "The cursor is unknown."))?;
        query = query.filter(dsl::at.le(at)).filter(
            dsl::at.lt(at).or(dsl::writer_id
                .lt(writer)
                .or(dsl::writer_id.eq(writer).and(dsl::seq.lt(after.key)))),
        );
    }
    Ok(query.load(cx.conn())?)
}

/// Something that happened to a patient.
#[derive(Queryable)]
pub struct Happening {
    /// The place in the log.
    pub position: i64,
    /// The event's id.
    pub id: Id<Event>,
    /// When.
    pub at: Instant,
    /// The programme it belongs to.
    pub programme_id: Option<ProgrammeId>,
    /// What happened.
    pub kind: String,
    /// To what kind of thing.
    pub subject_type: String,
    /// To which one.
    pub subject_id: Id<()>,
}

/// A page of what happened to the patient, newest first, and one row more.
pub fn timeline(
    cx: &mut Cx<'_>,
    patient: &Patient,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Happening>> {
    use schema::events::dsl;
    let mut mine: Box<dyn BoxableExpression<events::table, _, SqlType = _>> =
        Box::new(dsl::patient_id.eq(patient.id));
    for previous in &patient.previous_ids {
        mine = Box::new(mine.or(dsl::patient_id.eq(*previous)));
    }
    let mut query = events::table
        .filter(mine)
        .filter(dsl::controller_id.eq(cx.scope().controller))
        .order(dsl::position.desc())
        .limit(limit + 1)
        .select((
            dsl::position,
            dsl::id,
            dsl::at,
            dsl::programme_id,
            dsl::kind,
            dsl::subject_type,
            dsl::subject_id,
        ))
        .into_boxed();
    if let Some(programmes) = &cx.scope().programmes {
        let mut seen: Box<dyn BoxableExpression<events::table, _, SqlType = _>> =
            Box::new(dsl::programme_id.is_null().nullable());
        for programme in programmes {
            seen = Box::new(seen.or(dsl::programme_id.eq(*programme)));
        }
        query = query.filter(seen);
    }
    if let Some(after) = after {
        query = query.filter(dsl::position.lt(after.key));
    }
    Ok(query.load(cx.conn())?)
}
