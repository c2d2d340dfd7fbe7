//! Lists of delegations.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{CareSector, Delegation, DelegationId, DelegationState};
use super::store::{Row, shown};
use crate::agreements::HealthAgreementId;
use crate::platform::app::Cx;
use crate::platform::db::one_of;
use crate::platform::db::schema::delegations;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::once::Once;
use crate::programmes::{self, ProgrammeId};

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only of this agreement.
    pub agreement_id: Option<HealthAgreementId>,
    /// Only in this state.
    pub state: Option<DelegationState>,
    /// Only of reserved practice, or only of other tasks.
    pub reserved_practice: Option<bool>,
    /// Only given by this sector.
    pub from_sector: Option<CareSector>,
    /// Only taken by this sector.
    pub to_sector: Option<CareSector>,
    /// Only those that are in force on this day.
    pub in_force_on: Option<NaiveDate>,
    /// Only those whose last day is this one or earlier.
    pub ends_until: Option<NaiveDate>,
    /// Only those that none continues.
    pub not_continued: bool,
}

fn rows(cx: &mut Cx<'_>, filter: &Filter, after: Option<Position>, limit: i64) -> Result<Vec<Row>> {
    let scope = cx.scope();
    let mut query = delegations::table
        .filter(delegations::controller_id.eq(scope.controller))
        .order((delegations::valid_to.asc(), delegations::id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(delegations::programme_id, visible));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(delegations::programme_id.eq(programme));
    }
    if let Some(agreement) = filter.agreement_id {
        query = query.filter(delegations::agreement_id.eq(agreement));
    }
    if let Some(state) = filter.state {
        query = query.filter(delegations::state.eq(state));
    }
    if let Some(reserved) = filter.reserved_practice {
        query = query.filter(delegations::reserved_practice.eq(reserved));
    }
    if let Some(sector) = filter.from_sector {
        query = query.filter(delegations::from_sector.eq(sector));
    }
    if let Some(sector) = filter.to_sector {
        query = query.filter(delegations::to_sector.eq(sector));
    }
    if let Some(day) = filter.in_force_on {
        query = query
            .filter(delegations::state.ne(DelegationState::Proposed))
            .filter(delegations::valid_from.le(day))
            .filter(delegations::valid_to.ge(day))
            .filter(
                delegations::ended_on
                    .is_null()
                    .or(delegations::ended_on.assume_not_null().ge(day)),
            );
    }
    if let Some(day) = filter.ends_until {
        query = query.filter(delegations::valid_to.le(day));
    }
    if filter.not_continued {
        query = query.filter(delegations::continued_by_id.is_null());
    }
    if let Some(after) = after {
        let day = after.date();
        query = query.filter(
            delegations::valid_to.ge(day).and(
                delegations::valid_to
                    .gt(day)
                    .or(delegations::id.gt(after.id::<Delegation>())),
            ),
        );
    }
    Ok(query.load(cx.conn())?)
}

fn shown_all(cx: &mut Cx<'_>, rows: Vec<Row>) -> Result<Vec<Delegation>> {
    let mut days = Once::default();
    rows.into_iter()
        .map(|row| {
            let programme = row.programme_id;
            let today = days.get(programme, || programmes::today(cx, programme))?;
            Ok(shown(row, today))
        })
        .collect()
}

/// A page of delegations, the earliest last day first.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<Delegation>, Option<Cursor>)> {
    let bound_to = format!("delegations {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let rows = rows(cx, filter, after, limit.rows() + 1)?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| {
        Position::on(row.valid_to, row.id)
    });
    Ok((shown_all(cx, rows)?, next))
}

/// Approved delegations that end on one of these days and that none continues, the earliest first.
pub fn ending(
    cx: &mut Cx<'_>,
    programme: Option<ProgrammeId>,
    (from, until): (NaiveDate, NaiveDate),
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Delegation>> {
    let filter = Filter {
        programme_id: programme,
        state: Some(DelegationState::Approved),
        ends_until: Some(until),
        not_continued: true,
        ..Filter::default()
    };
    // What has ended before needs nobody's hand any more.
    let start = Position {
        key: Position::on(from, DelegationId::from_uuid(uuid::Uuid::nil())).key,
        id: uuid::Uuid::nil(),
    };
    let after = match after {
        Some(after) if after.key >= start.key => after,
        _ => start,
    };
    let rows = rows(cx, &filter, Some(after), limit)?;
    shown_all(cx, rows)
}
