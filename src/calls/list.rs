//! Lists of call sessions, by keyset.

use diesel::prelude::*;

use super::model::{CallSession, CallSessionState};
use super::store::Row;
use crate::courses::CourseId;
use crate::patients::{self, PatientId};
use crate::platform::app::Cx;
use crate::platform::db::schema::call_sessions;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::Result;
use crate::platform::http::cursor::Position;
use crate::programmes::ProgrammeId;
use crate::referrals::ReferralId;
use crate::staff::StaffId;

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only this patient.
    pub patient_id: Option<PatientId>,
    /// Only this referral.
    pub referral_id: Option<ReferralId>,
    /// Only this course.
    pub course_id: Option<CourseId>,
    /// Only this supporter.
    pub supporter_id: Option<StaffId>,
    /// Only this state.
    pub state: Option<CallSessionState>,
    /// Planned at or after.
    pub planned_from: Option<Instant>,
    /// Planned before.
    pub planned_to: Option<Instant>,
    /// Changed at or after.
    pub updated_since: Option<Instant>,
    /// Latest first.
    pub descending: bool,
}

/// A page of sessions by planned time, and one row more. Touches every patient in it.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<CallSession>> {
    use call_sessions as t;
    let scope = cx.scope();
    let mut query = t::table.select(Row::as_select()).into_boxed();
    if let Some(programmes) = &scope.programmes {
        query = query.filter(one_of(t::programme_id, programmes));
    }
    query = query
        .filter(t::controller_id.eq(scope.controller))
        .limit(limit + 1);
    if let Some(patient) = scope.patient {
        query = query.filter(t::patient_id.eq(patient));
    }
    if let Some(id) = filter.programme_id {
        query = query.filter(t::programme_id.eq(id));
    }
    if let Some(id) = filter.patient_id {
        let current = patients::current_id(cx, id)?;
        query = query.filter(t::patient_id.eq(current));
    }
    if let Some(id) = filter.referral_id {
        query = query.filter(t::referral_id.eq(id));
    }
    if let Some(id) = filter.course_id {
        query = query.filter(t::course_id.eq(id));
    }
    if let Some(id) = filter.supporter_id {
        query = query.filter(t::supporter_id.eq(id));
    }
    if let Some(state) = filter.state {
        query = query.filter(t::state.eq(state));
    }
    if let Some(from) = filter.planned_from {
        query = query.filter(t::planned_at.ge(from));
    }
    if let Some(to) = filter.planned_to {
        query = query.filter(t::planned_at.lt(to));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(t::updated_at.ge(since));
    }
    if let Some(after) = after {
        let (key, id) = (Instant::from_micros(after.key), after.id::<CallSession>());
        query = if filter.descending {
            query
                .filter(t::planned_at.le(key))
                .filter(t::planned_at.lt(key).or(t::id.lt(id)))
        } else {
            query
                .filter(t::planned_at.ge(key))
                .filter(t::planned_at.gt(key).or(t::id.gt(id)))
        };
    }
    query = if filter.descending {
        query.order((t::planned_at.desc(), t::id.desc()))
    } else {
        query.order((t::planned_at.asc(), t::id.asc()))
    };
    let rows: Vec<Row> = query.load(cx.conn())?;
    let mut sessions = Vec::with_capacity(rows.len());
    for row in rows {
        cx.touch(row.patient_id);
        sessions.push(row.open(cx.keys)?);
    }
    Ok(sessions)
}
