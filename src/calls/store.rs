//! Call sessions in storage.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    CallSession, CallSessionId, CallSessionKind, CallSessionState, CancellationReason, Cancelled,
    NotSuitable, SuitabilityDecision,
};
use crate::courses::CourseId;
use crate::on_engine;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::schema::call_sessions;
use crate::platform::db::{Instant, Json};
use crate::platform::error::{Error, Result};
use crate::platform::text::{Code, Line, Prose};
use crate::programmes::ProgrammeId;
use crate::referrals::ReferralId;
use crate::repoint;
use crate::staff::StaffId;

/// What is sealed of a session.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Content {
    agenda: Vec<Line>,
    note: Option<Prose>,
    not_suitable: Option<NotSuitable>,
    cancellation_note: Option<Line>,
}

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = call_sessions, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: CallSessionId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    pub(super) patient_id: PatientId,
    referral_id: ReferralId,
    course_id: Option<CourseId>,
    supporter_id: StaffId,
    kind: CallSessionKind,
    state: CallSessionState,
    planned_at: Instant,
    planned_minutes: i32,
    time_zone: String,
    attempts: i32,
    last_attempt_at: Option<Instant>,
    reached_at: Option<Instant>,
    completed_at: Option<Instant>,
    actual_minutes: Option<i32>,
    cancelled_at: Option<Instant>,
    cancellation_reason: Option<CancellationReason>,
    topics: Json<Vec<Code>>,
    suitability: Option<SuitabilityDecision>,
    content: Vec<u8>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

fn place(id: CallSessionId) -> Place<'static> {
    Place::new("call_sessions.content", id.uuid())
}

fn seal(keys: &KeyRing, session: &CallSession) -> Result<Vec<u8>> {
    keys.seal_json(
        place(session.id),
        &Content {
            agenda: session.agenda.clone(),
            note: session.note.clone(),
            not_suitable: session.not_suitable.clone(),
            cancellation_note: session
                .cancelled
                .as_ref()
                .and_then(|cancelled| cancelled.note.clone()),
        },
    )
}

impl Row {
    /// With what is sealed.
    pub(super) fn open(self, keys: &KeyRing) -> Result<CallSession> {
        let content: Content = keys.open_json(place(self.id), &self.content)?;
        let cancelled = match (self.cancelled_at, self.cancellation_reason) {
            (Some(at), Some(reason)) => Some(Cancelled {
                at,
                reason,
                note: content.cancellation_note,
            }),
            _ => None,
        };
        Ok(CallSession {
            id: self.id,
            programme_id: self.programme_id,
            patient_id: self.patient_id,
            referral_id: self.referral_id,
            course_id: self.course_id,
            supporter_id: self.supporter_id,
            kind: self.kind,
            state: self.state,
            planned_at: self.planned_at,
            planned_minutes: self.planned_minutes,
            time_zone: self.time_zone,
            attempts: self.attempts,
            last_attempt_at: self.last_attempt_at,
            reached_at: self.reached_at,
            completed_at: self.completed_at,
            actual_minutes: self.actual_minutes,
            agenda: content.agenda,
            topics: self.topics.0,
            note: content.note,
            suitability: self.suitability,
            not_suitable: content.not_suitable,
            cancelled,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// One session that the actor sees. Touches its patient.
pub fn find(cx: &mut Cx<'_>, id: CallSessionId) -> Result<CallSession> {
    let scope = cx.scope();
    let row: Option<Row> = on_engine!(cx.conn(), conn => call_sessions::table
        .find(id)
        .filter(call_sessions::controller_id.eq(scope.controller))
        .select(Row::as_select())
        .first(conn))
    .optional()?;
    let row = row.ok_or_else(Error::not_found)?;
    scope.check_programme(row.programme_id)?;
    scope.check_patient(row.patient_id)?;
    cx.touch(row.patient_id);
    row.open(cx.keys)
}

/// Stores a new session.
pub fn insert(cx: &mut Cx<'_>, session: &CallSession) -> Result<()> {
    let row = Row {
        id: session.id,
        controller_id: cx.scope().controller,
        programme_id: session.programme_id,
        patient_id: session.patient_id,
        referral_id: session.referral_id,
        course_id: session.course_id,
        supporter_id: session.supporter_id,
        kind: session.kind,
        state: session.state,
        planned_at: session.planned_at,
        planned_minutes: session.planned_minutes,
        time_zone: session.time_zone.clone(),
        attempts: session.attempts,
        last_attempt_at: None,
        reached_at: None,
        completed_at: None,
        actual_minutes: None,
        cancelled_at: None,
        cancellation_reason: None,
        topics: Json(Vec::new()),
        suitability: None,
        content: seal(cx.keys, session)?,
        version: session.version,
        created_at: session.created_at,
        updated_at: session.updated_at,
    };
    diesel::insert_into(call_sessions::table)
        .values(&row)
        .execute(cx.conn())?;
    Ok(())
}

/// Stores what has changed of a session, as its next version.
pub fn save(cx: &mut Cx<'_>, session: &mut CallSession) -> Result<()> {
    session.version += 1;
    session.updated_at = cx.now;
    let content = seal(cx.keys, session)?;
    let cancelled = session.cancelled.as_ref();
    diesel::update(call_sessions::table.find(session.id))
        .set((
            call_sessions::course_id.eq(session.course_id),
            call_sessions::supporter_id.eq(session.supporter_id),
            call_sessions::state.eq(session.state),
            call_sessions::planned_at.eq(session.planned_at),
            call_sessions::planned_minutes.eq(session.planned_minutes),
            call_sessions::completed_at.eq(session.completed_at),
            call_sessions::actual_minutes.eq(session.actual_minutes),
            call_sessions::cancelled_at.eq(cancelled.map(|cancelled| cancelled.at)),
            call_sessions::cancellation_reason.eq(cancelled.map(|cancelled| cancelled.reason)),
            call_sessions::topics.eq(Json(session.topics.clone())),
            call_sessions::suitability.eq(session.suitability),
            call_sessions::content.eq(content),
            call_sessions::version.eq(session.version),
            call_sessions::updated_at.eq(session.updated_at),
        ))
        .execute(cx.conn())?;
    Ok(())
}

/// Whether the referral has a first conversation planned.
pub fn has_first_planned(cx: &mut Cx<'_>, referral: ReferralId) -> Result<bool> {
    let found: Option<CallSessionId> = call_sessions::table
        .filter(call_sessions::referral_id.eq(referral))
        .filter(call_sessions::state.eq(CallSessionState::Planned))
        .filter(call_sessions::kind.eq(CallSessionKind::FirstConversation))
        .select(call_sessions::id)
        .first(cx.conn())
        .optional()?;
    Ok(found.is_some())
}

/// Whose planned sessions are meant.
#[derive(Debug, Clone, Copy)]
pub enum CancelScope {
    /// The first conversation of a referral.
    Referral(ReferralId),
    /// The follow-ups of a course.
    Course(CourseId),
}

/// The planned sessions of a referral or course by time, those before `before` where one is given.
pub fn planned(
    cx: &mut Cx<'_>,
    of: CancelScope,
    before: Option<Instant>,
) -> Result<Vec<CallSession>> {
    let mut query = call_sessions::table
        .filter(call_sessions::controller_id.eq(cx.scope().controller))
        .filter(call_sessions::state.eq(CallSessionState::Planned))
        .order((call_sessions::planned_at.asc(), call_sessions::id.asc()))
        .select(Row::as_select())
        .into_boxed();
    query = match of {
        // Follow-ups belong to the course: it may stand on another consent than the referral.
        CancelScope::Referral(id) => query
            .filter(call_sessions::referral_id.eq(id))
            .filter(call_sessions::kind.eq(CallSessionKind::FirstConversation)),
        CancelScope::Course(id) => query.filter(call_sessions::course_id.eq(id)),
    };
    if let Some(before) = before {
        query = query.filter(call_sessions::planned_at.lt(before));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let mut sessions = Vec::with_capacity(rows.len());
    for row in rows {
        cx.touch(row.patient_id);
        sessions.push(row.open(cx.keys)?);
    }
    Ok(sessions)
}

/// Which of these courses have a talk planned.
pub fn with_planned(cx: &mut Cx<'_>, courses: &[CourseId]) -> Result<Vec<CourseId>> {
    let mut query = call_sessions::table
        .filter(call_sessions::id.is_null())
        .select(call_sessions::course_id)
        .distinct()
        .into_boxed();
    for course in courses {
        query = query.or_filter(call_sessions::course_id.eq(*course));
    }
    let found: Vec<Option<CourseId>> = query
        .filter(call_sessions::state.eq(CallSessionState::Planned))
        .load(cx.conn())?;
    Ok(found.into_iter().flatten().collect())
}

/// What is known of the talks that a course held: how many, and their topics.
pub fn held(cx: &mut Cx<'_>, course: CourseId) -> Result<Vec<Vec<Code>>> {
    let rows: Vec<Json<Vec<Code>>> = call_sessions::table
        .filter(call_sessions::course_id.eq(course))
        .filter(call_sessions::state.eq(CallSessionState::Completed))
        .order((call_sessions::planned_at.asc(), call_sessions::id.asc()))
        .select(call_sessions::topics)
        .load(cx.conn())?;
    Ok(rows.into_iter().map(|topics| topics.0).collect())
}

/// Gives the sessions of `from` to `to`, when two records of one person become one.
pub fn repoint(cx: &mut Cx<'_>, from: PatientId, to: PatientId) -> Result<()> {
    repoint!(cx, call_sessions, from, to)
}
