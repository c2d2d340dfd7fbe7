//! Lists of courses, by keyset.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::model::{Course, CourseState};
use super::store::{Row, complete};
use crate::calls;
use crate::patients::{self, PatientId};
use crate::platform::app::Cx;
use crate::platform::db::schema::{call_sessions, courses};
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
    /// Only the one that came of this referral.
    pub referral_id: Option<ReferralId>,
    /// Only those this supporter carries now.
    pub supporter_id: Option<StaffId>,
    /// Only this state.
    pub state: Option<CourseState>,
    /// Opened at or after.
    pub opened_from: Option<Instant>,
    /// Opened before.
    pub opened_to: Option<Instant>,
    /// Changed at or after.
    pub updated_since: Option<Instant>,
    /// Only those with a warning, or only those without.
    pub flagged: Option<bool>,
}

/// A page of courses, latest opened first, and one row more. Touches every patient in it.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Course>> {
    use courses as t;
    let scope = cx.scope();
    let mut query = t::table.select(Row::as_select()).into_boxed();
    if let Some(programmes) = &scope.programmes {
        query = query.filter(one_of(t::programme_id, programmes));
    }
    query = query
        .filter(t::controller_id.eq(scope.controller))
        .order((t::opened_at.desc(), t::id.desc()))
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
    if let Some(id) = filter.supporter_id {
        query = query.filter(t::supporter_id.eq(id));
    }
    if let Some(state) = filter.state {
        query = query.filter(t::state.eq(state));
    }
    if let Some(from) = filter.opened_from {
        query = query.filter(t::opened_at.ge(from));
    }
    if let Some(to) = filter.opened_to {
        query = query.filter(t::opened_at.lt(to));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(t::updated_at.ge(since));
    }
    if let Some(flagged) = filter.flagged {
        // The same as `rules::warnings`; a test compares the two.
        let planned = call_sessions::table
            .filter(call_sessions::course_id.eq(t::id.nullable()))
            .filter(call_sessions::state.eq(calls::CallSessionState::Planned));
        let open_long = t::closed_at.is_null().and(t::long_from.le(cx.now));
        let closed_long = t::closed_at
            .is_not_null()
            .and(t::long_from.le(t::closed_at.assume_not_null()));
        let short = t::closed_on
            .is_not_null()
            .and(t::closed_on.assume_not_null().lt(t::typical_from));
        let silent = t::state.eq(CourseState::Active).and(not(exists(planned)));
        let any = open_long.or(closed_long).or(short).or(silent);
        query = if flagged {
            query.filter(any)
        } else {
            query.filter(not(any))
        };
    }
    if let Some(after) = after {
        let (key, id) = (Instant::from_micros(after.key), after.id::<Course>());
        query = query
            .filter(t::opened_at.le(key))
            .filter(t::opened_at.lt(key).or(t::id.lt(id)));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    complete(cx, rows)
}
