//! Call attempts: the operation that is done most often, so it reads and writes few rows.

use diesel::prelude::*;

use super::model::{
    AttemptOutcome, CallAttempt, CallAttemptId, CallSession, CallSessionId, CallSessionKind,
    CallSessionState,
};
use super::requests::NewCallAttempt;
use super::rules::{self, Step};
use super::store;
use crate::on_engine;
use crate::patients::{self, TelephoneLabel};
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::schema::{call_attempts, call_sessions};
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::referrals::{self, ReferralId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = call_attempts, treat_none_as_default_value = false)]
struct Row {
    id: CallAttemptId,
    session_id: CallSessionId,
    at: Instant,
    number_label: TelephoneLabel,
    outcome: AttemptOutcome,
    note: Option<Vec<u8>>,
    recorded_at: Instant,
    recorded_by: Id<()>,
}

fn place(id: CallAttemptId) -> Place<'static> {
    Place::new("call_attempts.note", id.uuid())
}

impl Row {
    fn open(self, keys: &KeyRing) -> Result<CallAttempt> {
        Ok(CallAttempt {
            id: self.id,
            call_session_id: self.session_id,
            at: self.at,
            number_label: self.number_label,
            outcome: self.outcome,
            note: self
                .note
                .map(|sealed| keys.open_json(place(self.id), &sealed))
                .transpose()?,
            recorded_at: self.recorded_at,
            recorded_by: self.recorded_by.uuid(),
        })
    }
}

/// Registers an attempt. The first one of a first conversation keeps the deadline of the referral
/// (APS-4); one that reached the patient opens the way to the decision (APS-5).
pub fn record(cx: &mut Cx<'_>, id: CallSessionId, new: &NewCallAttempt) -> Result<CallAttempt> {
    let session = store::find(cx, id)?;
    cx.request.heed_version(session.version)?;
    rules::step(session.state, Step::Attempt)?;
    let at = new.at.unwrap_or(cx.now);
    let mut happened = rules::check_happened("/at", cx.now, session.created_at, at);
    if session.kind == CallSessionKind::FirstConversation {
        let received = referrals::find(cx, session.referral_id)?.received_at;
        happened = happened.and_then(|()| rules::check_after_receipt("/at", received, at));
    }
    let mut wrong: Vec<FieldError> = happened.err().into_iter().collect();
    let patient = patients::find(cx, session.patient_id)?;
    if !patient
        .telephones
        .iter()
        .any(|telephone| telephone.label == new.number_label)
    {
        wrong.push(FieldError::new(
            "/numberLabel",
            "notFound",
            "is the label of no telephone of the patient",
        ));
    }
    Error::unless_empty(wrong)?;
    let attempt = CallAttempt {
        id: CallAttemptId::new(),
        call_session_id: id,
        at,
        number_label: new.number_label,
        outcome: new.outcome,
        note: new.note.clone(),
        recorded_at: cx.now,
        recorded_by: cx.actor.id,
    };
    insert(cx, &attempt)?;
    let reached = new.outcome == AttemptOutcome::Reached;
    note_on_session(cx, &session, at, reached)?;
    if session.kind == CallSessionKind::FirstConversation {
        // Attempts may be registered out of order: the referral keeps the earliest.
        let first = |known: Option<Instant>| known.is_none_or(|known| at < known);
        if first(session.last_attempt_at) || (reached && first(session.reached_at)) {
            referrals::mark_called(cx, session.referral_id, at, reached)?;
        }
    }
    cx.emit(
        &Event::new("callSession.attempted", id)
            .programme(session.programme_id)
            .patient(session.patient_id),
    )?;
    Ok(attempt)
}

fn insert(cx: &mut Cx<'_>, attempt: &CallAttempt) -> Result<()> {
    let row = Row {
        id: attempt.id,
        session_id: attempt.call_session_id,
        at: attempt.at,
        number_label: attempt.number_label,
        outcome: attempt.outcome,
        note: attempt
            .note
            .as_ref()
            .map(|note| cx.keys.seal_json(place(attempt.id), note))
            .transpose()?,
        recorded_at: attempt.recorded_at,
        recorded_by: Id::from_uuid(attempt.recorded_by),
    };
    on_engine!(cx.conn(), conn => diesel::insert_into(call_attempts::table)
        .values(&row)
        .execute(conn))?;
    Ok(())
}

fn note_on_session(
    cx: &mut Cx<'_>,
    session: &CallSession,
    at: Instant,
    reached: bool,
) -> Result<()> {
    let now = cx.now;
    let earliest = match session.reached_at {
        Some(before) if reached => Some(before.min(at)),
        None if reached => Some(at),
        before => before,
    };
    on_engine!(cx.conn(), conn => diesel::update(call_sessions::table.find(session.id))
        .set((
            call_sessions::attempts.eq(session.attempts + 1),
            call_sessions::last_attempt_at
                .eq(session.last_attempt_at.map_or(at, |last| last.max(at))),
            call_sessions::reached_at.eq(earliest),
            call_sessions::version.eq(session.version + 1),
            call_sessions::updated_at.eq(now),
        ))
        .execute(conn))?;
    Ok(())
}

/// A page of a session's attempts in the order they were made, and one row more.
pub fn list(
    cx: &mut Cx<'_>,
    session: CallSessionId,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<CallAttempt>> {
    use call_attempts as t;
    let session = store::find(cx, session)?;
    let mut query = t::table
        .filter(t::session_id.eq(session.id))
        .order((t::at.asc(), t::id.asc()))
        .limit(limit + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        let (key, id) = (Instant::from_micros(after.key), after.id::<CallAttempt>());
        query = query
            .filter(t::at.ge(key))
            .filter(t::at.gt(key).or(t::id.gt(id)));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    rows.into_iter().map(|row| row.open(cx.keys)).collect()
}

/// What the first conversations of a referral have come to.
#[derive(Debug, Clone, Copy)]
pub struct FirstCallsSoFar {
    /// How many attempts were made, over all of them.
    pub attempts: i32,
    /// The one that is planned, and when.
    pub planned: Option<(CallSessionId, Instant)>,
}

/// What the first conversations of these referrals have come to, in the same order.
pub fn first_calls_so_far(
    cx: &mut Cx<'_>,
    referrals: &[ReferralId],
) -> Result<Vec<FirstCallsSoFar>> {
    use call_sessions as t;
    let rows: Vec<(ReferralId, CallSessionId, CallSessionState, Instant, i32)> = t::table
        .filter(one_of(t::referral_id, referrals))
        .select((t::referral_id, t::id, t::state, t::planned_at, t::attempts))
        .filter(t::kind.eq(CallSessionKind::FirstConversation))
        .load(cx.conn())?;
    Ok(referrals
        .iter()
        .map(|referral| {
            let own = || rows.iter().filter(|row| row.0 == *referral);
            FirstCallsSoFar {
                attempts: own().map(|row| row.4).sum(),
                planned: own()
                    .find(|row| row.2 == CallSessionState::Planned)
                    .map(|row| (row.1, row.3)),
            }
        })
        .collect())
}
