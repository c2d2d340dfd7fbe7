//! Evaluations in storage.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    EvaluatedIndicator, Evaluation, EvaluationCancellation, EvaluationChange, EvaluationCompletion,
    EvaluationId, EvaluationKind, EvaluationState, NewEvaluation,
};
use super::planning;
use super::rules::{self, Term};
use super::subject::{self, Subject};
use crate::agreements::{self, HealthAgreementId};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::evaluations;
use crate::platform::db::{Instant, Json};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::ProgrammeId;
use crate::steering::SteeringGroupId;
use crate::working_groups::{self, WorkingGroupId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = evaluations, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: EvaluationId,
    pub controller_id: OrganisationId,
    pub programme_id: Option<ProgrammeId>,
    pub agreement_id: Option<HealthAgreementId>,
    pub steering_group_id: Option<SteeringGroupId>,
    pub working_group_id: Option<WorkingGroupId>,
    pub kind: EvaluationKind,
    pub state: EvaluationState,
    pub due_on: NaiveDate,
    pub latest_on: Option<NaiveDate>,
    pub held_on: Option<NaiveDate>,
    pub content: Json<Content>,
    pub version: i32,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What nobody queries into.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Content {
    pub title: Name,
    pub conclusion: Option<Prose>,
    pub follow_up: Option<Prose>,
    pub cancellation_reason: Option<Line>,
    pub indicators: Vec<EvaluatedIndicator>,
}

impl Row {
    pub fn subject(&self) -> Result<Subject> {
        Subject::of(
            self.agreement_id,
            self.steering_group_id,
            self.working_group_id,
        )
    }

    pub fn event(&self, kind: &'static str) -> Event {
        Event::new(kind, self.id).of_programme(self.programme_id)
    }
}

/// A row as it is seen on a day.
pub(super) fn shown(row: Row, today: NaiveDate) -> Evaluation {
    let content = row.content.0;
    Evaluation {
        id: row.id,
        programme_id: row.programme_id,
        health_agreement_id: row.agreement_id,
        steering_group_id: row.steering_group_id,
        working_group_id: row.working_group_id,
        kind: row.kind,
        state: row.state,
        title: content.title,
        due_on: row.due_on,
        latest_on: row.latest_on,
        overdue: row.state == EvaluationState::Planned && row.due_on < today,
        held_on: row.held_on,
        in_time: row.held_on.map(|held| held <= row.due_on),
        conclusion: content.conclusion,
        follow_up: content.follow_up,
        cancellation_reason: content.cancellation_reason,
        indicators: content.indicators,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn find_row(cx: &mut Cx<'_>, id: EvaluationId) -> Result<Row> {
    evaluations::table
        .find(id)
        .filter(evaluations::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)
}

/// One evaluation of something that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: EvaluationId) -> Result<Evaluation> {
    let row = find_row(cx, id)?;
    let (term, _) = subject::term(cx, row.subject()?)?;
    Ok(shown(row, term.today))
}

/// The evaluations of one subject, the earliest due first.
fn rows_of(cx: &mut Cx<'_>, subject: Subject) -> Result<Vec<Row>> {
    let query = evaluations::table
        .filter(evaluations::controller_id.eq(cx.scope().controller))
        .order((evaluations::due_on.asc(), evaluations::id.asc()))
        .select(Row::as_select())
        .into_boxed();
    let query = match subject {
        Subject::Agreement(id) => query.filter(evaluations::agreement_id.eq(id)),
        Subject::Group(id) => query
            .filter(evaluations::steering_group_id.eq(id))
            .filter(evaluations::working_group_id.is_null()),
        Subject::WorkingGroup(id, _) => query.filter(evaluations::working_group_id.eq(id)),
    };
    Ok(query.load(cx.conn())?)
}

/// The evaluations of an agreement, the earliest due first.
pub fn of_agreement(cx: &mut Cx<'_>, agreement: HealthAgreementId) -> Result<Vec<Evaluation>> {
    let known = known(cx, Subject::Agreement(agreement))?;
    let today = known.term.today;
    Ok(known
        .rows
        .into_iter()
        .map(|row| shown(row, today))
        .collect())
}

/// What is known of a subject that the actor sees.
pub(super) struct Known {
    /// Its term, with the evaluations that it has had.
    pub term: Term,
    /// Its programme, where it has one.
    pub programme_id: Option<ProgrammeId>,
    /// Its evaluations, the earliest due first.
    pub rows: Vec<Row>,
}

pub(super) fn known(cx: &mut Cx<'_>, subject: Subject) -> Result<Known> {
    let (mut term, programme_id) = subject::term(cx, subject)?;
    let rows = rows_of(cx, subject)?;
    term.last_held = rows
        .iter()
        .filter(|row| row.kind == EvaluationKind::Cooperation)
        .filter_map(|row| row.held_on)
        .max();
    Ok(Known {
        term,
        programme_id,
        rows,
    })
}

/// Plans an evaluation.
pub fn create(cx: &mut Cx<'_>, new: &NewEvaluation) -> Result<Evaluation> {
    let (subject, pointer) = match (
        new.health_agreement_id,
        new.steering_group_id,
        new.working_group_id,
    ) {
        (Some(id), _, _) => (Subject::Agreement(id), "/healthAgreementId"),
        (_, Some(id), _) => (Subject::Group(id), "/steeringGroupId"),
        (_, _, Some(id)) => {
            let working =
                working_groups::find(cx, id).map_err(|error| error.referred("/workingGroupId"))?;
            let subject = Subject::WorkingGroup(id, working.steering_group_id);
            (subject, "/workingGroupId")
        }
        // The contract lets no other through.
        _ => return Err(Error::internal("an evaluation of nothing")),
    };
    let (term, _) = subject::term(cx, subject).map_err(|error| error.referred(pointer))?;
    let row = planning::plan(
        cx,
        subject,
        new.kind,
        new.title.clone(),
        new.due_on,
        "/dueOn",
    )?;
    Ok(shown(row, term.today))
}

/// An evaluation of something that the actor sees, and its term.
fn open(cx: &mut Cx<'_>, id: EvaluationId) -> Result<(Row, Term)> {
    let row = find_row(cx, id)?;
    let known = known(cx, row.subject()?)?;
    Ok((row, known.term))
}

/// Changes a planned evaluation, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: EvaluationId, change: &EvaluationChange) -> Result<Evaluation> {
    let (mut row, term) = open(cx, id)?;
    cx.request.expect_version(row.version)?;
    rules::check_planned(row.state)?;
    if let Some(due_on) = change.due_on {
        if !rules::may_be_due(row.kind, &term, due_on) {
            return Err(Error::field(
                "/dueOn",
                "outOfRange",
                "must lie behind the start of what is evaluated and the evaluation before, and not behind latestOn (CPS-7, HA-2)",
            ));
        }
        row.due_on = due_on;
    }
    if let Some(title) = &change.title {
        row.content.0.title = title.clone();
    }
    save(cx, &row, "evaluation.changed")?;
    find(cx, id)
}

/// Records what came of an evaluation, with how the agreement's indicators stand now, and plans the
/// next one where the cooperation goes on.
pub fn complete(
    cx: &mut Cx<'_>,
    id: EvaluationId,
    completion: &EvaluationCompletion,
) -> Result<Evaluation> {
    let (mut row, term) = open(cx, id)?;
    cx.request.heed_version(row.version)?;
    rules::check_planned(row.state)?;
    let held_on = completion.held_on.unwrap_or(term.today);
    rules::check_held(held_on, &term)?;
    let content = &mut row.content.0;
    content.conclusion = Some(completion.conclusion.clone());
    content.follow_up.clone_from(&completion.follow_up);
    if let Some(agreement) = row.agreement_id {
        let agreement = agreements::find(cx, agreement)?;
        content.indicators = agreements::indicators_of(cx, &agreement)?
            .into_iter()
            .map(|indicator| EvaluatedIndicator {
                indicator_id: indicator.id,
                number: indicator.number,
                name: indicator.name,
                assessment: indicator.assessment,
            })
            .collect();
    }
    row.state = EvaluationState::Completed;
    row.held_on = Some(held_on);
    save(cx, &row, "evaluation.completed")?;
    let goes_on = rules::lasts(&term);
    if row.kind == EvaluationKind::Cooperation && goes_on {
        let next = completion.next_due_on;
        planning::plan(cx, row.subject()?, row.kind, None, next, "/nextDueOn")?;
    } else if completion.next_due_on.is_some() {
        return Err(Error::field(
            "/nextDueOn",
            "noNext",
            "only an evaluation of a cooperation that goes on has a next one",
        ));
    }
    find(cx, id)
}

/// Records that an evaluation will not be made.
pub fn cancel(
    cx: &mut Cx<'_>,
    id: EvaluationId,
    cancellation: &EvaluationCancellation,
) -> Result<Evaluation> {
    let (mut row, term) = open(cx, id)?;
    cx.request.heed_version(row.version)?;
    rules::check_planned(row.state)?;
    rules::check_cancellable(row.latest_on, &term)?;
    row.state = EvaluationState::Cancelled;
    row.content.0.cancellation_reason = Some(cancellation.reason.clone());
    save(cx, &row, "evaluation.cancelled")?;
    find(cx, id)
}

pub(super) fn save(cx: &mut Cx<'_>, row: &Row, event: &'static str) -> Result<()> {
    let now = cx.now;
    diesel::update(evaluations::table.find(row.id))
        .set((
            evaluations::state.eq(row.state),
            evaluations::due_on.eq(row.due_on),
            evaluations::latest_on.eq(row.latest_on),
            evaluations::held_on.eq(row.held_on),
            evaluations::content.eq(row.content.clone()),
            evaluations::version.eq(row.version + 1),
            evaluations::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&row.event(event))
}
