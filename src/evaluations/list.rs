//! Lists of evaluations: only of what the actor sees.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::{Evaluation, EvaluationKind, EvaluationState};
use super::store::{Row, shown};
use super::subject;
use crate::agreements::HealthAgreementId;
use crate::platform::app::Cx;
use crate::platform::db::schema::evaluations;
use crate::platform::db::{Condition, MultiBackend};
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::once::Once;
use crate::programmes::ProgrammeId;
use crate::steering::{self, Reach, SteeringGroupId};
use crate::working_groups::WorkingGroupId;

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only of this agreement.
    pub agreement_id: Option<HealthAgreementId>,
    /// Only of this steering group and its working groups.
    pub steering_group_id: Option<SteeringGroupId>,
    /// Only of this working group.
    pub working_group_id: Option<WorkingGroupId>,
    /// Only of this kind.
    pub kind: Option<EvaluationKind>,
    /// Only in this state.
    pub state: Option<EvaluationState>,
    /// Only those due on this day or earlier.
    pub due_until: Option<NaiveDate>,
}

type Where = Condition<evaluations::table>;

/// One of these, on a column that may be empty.
fn any<T: Copy>(values: &[T], is: impl Fn(T) -> Where) -> Where {
    let mut each = values.iter().map(|value| is(*value));
    match each.next() {
        Some(first) => each.fold(first, |any, next| -> Where { Box::new(any.or(next)) }),
        None => Box::new(diesel::dsl::sql::<Bool>("1 = 0")),
    }
}

/// Agreements of the programmes, and groups within reach, that the actor sees.
fn visible(cx: &mut Cx<'_>) -> Result<Where> {
    let of_agreements: Where = match &cx.scope().programmes {
        None => Box::new(evaluations::agreement_id.is_not_null()),
        Some(programmes) => Box::new(
            evaluations::agreement_id
                .is_not_null()
                .and(any(programmes, |id| {
                    Box::new(evaluations::programme_id.assume_not_null().eq(id))
                })),
        ),
    };
    let of_groups: Where = match steering::of_register(cx)? {
        Reach::Whole => Box::new(evaluations::steering_group_id.is_not_null()),
        Reach::Some(groups) => any(&groups, |id| {
            Box::new(evaluations::steering_group_id.assume_not_null().eq(id))
        }),
    };
    Ok(Box::new(of_agreements.or(of_groups)))
}

type Boxed<'a> = evaluations::BoxedQuery<'a, MultiBackend>;

fn filtered(cx: &mut Cx<'_>, filter: &Filter) -> Result<Boxed<'static>> {
    let mut query = evaluations::table
        .filter(evaluations::controller_id.eq(cx.scope().controller))
        .filter(visible(cx)?)
        .into_boxed();
    if let Some(programme) = filter.programme_id {
        query = query.filter(evaluations::programme_id.eq(programme));
    }
    if let Some(agreement) = filter.agreement_id {
        query = query.filter(evaluations::agreement_id.eq(agreement));
    }
    if let Some(group) = filter.steering_group_id {
        query = query.filter(evaluations::steering_group_id.eq(group));
    }
    if let Some(group) = filter.working_group_id {
        query = query.filter(evaluations::working_group_id.eq(group));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(evaluations::kind.eq(kind));
    }
    if let Some(state) = filter.state {
        query = query.filter(evaluations::state.eq(state));
    }
    if let Some(day) = filter.due_until {
        query = query.filter(evaluations::due_on.le(day));
    }
    Ok(query)
}

fn rows(cx: &mut Cx<'_>, filter: &Filter, after: Option<Position>, limit: i64) -> Result<Vec<Row>> {
    let mut query = filtered(cx, filter)?;
    if let Some(after) = after {
        let day = after.date();
        query = query.filter(
            evaluations::due_on.ge(day).and(
                evaluations::due_on
                    .gt(day)
                    .or(evaluations::id.gt(after.id::<Evaluation>())),
            ),
        );
    }
    Ok(query
        .order((evaluations::due_on.asc(), evaluations::id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// A page of evaluations, the earliest due first.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<Evaluation>, Option<Cursor>)> {
    let bound_to = format!("evaluations {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let rows = rows(cx, filter, after, limit.rows() + 1)?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| {
        Position::on(row.due_on, row.id)
    });
    Ok((shown_all(cx, rows)?, next))
}

/// Rows of what the actor sees, each as it is on the day that it is there.
fn shown_all(cx: &mut Cx<'_>, rows: Vec<Row>) -> Result<Vec<Evaluation>> {
    let mut days = Once::default();
    rows.into_iter()
        .map(|row| {
            let today = days.get((row.steering_group_id, row.programme_id), || {
                subject::term(cx, row.subject()?).map(|(term, _)| term.today)
            })?;
            Ok(shown(row, today))
        })
        .collect()
}

/// Planned evaluations that are due on this day or earlier, the earliest first.
pub fn due(
    cx: &mut Cx<'_>,
    programme: Option<ProgrammeId>,
    until: NaiveDate,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Evaluation>> {
    let filter = Filter {
        programme_id: programme,
        state: Some(EvaluationState::Planned),
        due_until: Some(until),
        ..Filter::default()
    };
    let rows = rows(cx, &filter, after, limit)?;
    shown_all(cx, rows)
}
