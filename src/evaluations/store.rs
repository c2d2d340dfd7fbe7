//! Evaluations in storage.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    EvaluatedIndicator, Evaluation, EvaluationCancellation, EvaluationChange, EvaluationCompletion,
    EvaluationId, EvaluationKind, EvaluationState, NewEvaluation,
};
use super::rules::{self, Term};
use super::subject::{self, Subject};
use crate::agreements::{self, HealthAgreement, HealthAgreementId};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::evaluations;
use crate::platform::db::{Instant, Json};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::ProgrammeId;
use crate::steering::{SteeringGroup, SteeringGroupId};
use crate::working_groups::{self, WorkingGroup, WorkingGroupId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = evaluations, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: EvaluationId,
    controller_id: OrganisationId,
    pub programme_id: Option<ProgrammeId>,
    agreement_id: Option<HealthAgreementId>,
    steering_group_id: Option<SteeringGroupId>,
    working_group_id: Option<WorkingGroupId>,
    kind: EvaluationKind,
    state: EvaluationState,
    pub due_on: NaiveDate,
    latest_on: Option<NaiveDate>,
    held_on: Option<NaiveDate>,
    content: Json<Content>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// What nobody queries into.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Content {
    title: Name,
    conclusion: Option<Prose>,
    follow_up: Option<Prose>,
    cancellation_reason: Option<Line>,
    indicators: Vec<EvaluatedIndicator>,
}

impl Row {
    fn subject(&self) -> Result<Subject> {
        Subject::of(
            self.agreement_id,
            self.steering_group_id,
            self.working_group_id,
        )
    }

    fn event(&self, kind: &'static str) -> Event {
        let event = Event::new(kind, self.id);
        match self.programme_id {
            Some(programme) => event.programme(programme),
            None => event,
        }
    }
}

/// A row as the actor sees it, if the actor sees what is evaluated.
pub(super) fn shown(cx: &mut Cx<'_>, row: Row) -> Result<Evaluation> {
    let (term, _) = subject::term(cx, row.subject()?)?;
    let content = row.content.0;
    Ok(Evaluation {
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
        overdue: row.state == EvaluationState::Planned && row.due_on < term.today,
        held_on: row.held_on,
        in_time: row.held_on.map(|held| held <= row.due_on),
        conclusion: content.conclusion,
        follow_up: content.follow_up,
        cancellation_reason: content.cancellation_reason,
        indicators: content.indicators,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
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
    shown(cx, row)
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
    let rows = rows_of(cx, Subject::Agreement(agreement))?;
    rows.into_iter().map(|row| shown(cx, row)).collect()
}

/// The term with the evaluations that the subject has had. One of the kind that is planned already is
/// a conflict.
fn term_with_history(
    cx: &mut Cx<'_>,
    subject: Subject,
    kind: EvaluationKind,
) -> Result<(Term, Option<ProgrammeId>)> {
    let (mut term, programme) = subject::term(cx, subject)?;
    let rows = rows_of(cx, subject)?;
    if rows
        .iter()
        .any(|row| row.kind == kind && row.state == EvaluationState::Planned)
    {
        return Err(Error::conflict(
            "An evaluation of this kind is planned already: change that one.",
        ));
    }
    term.last_held = rows
        .iter()
        .filter(|row| row.kind == EvaluationKind::Cooperation)
        .filter_map(|row| row.held_on)
        .max();
    Ok((term, programme))
}

fn plan(
    cx: &mut Cx<'_>,
    subject: Subject,
    kind: EvaluationKind,
    title: Option<Name>,
    wanted: Option<NaiveDate>,
    pointer: &'static str,
) -> Result<Row> {
    let (term, programme_id) = term_with_history(cx, subject, kind)?;
    let due_on = rules::due(kind, &term, wanted, pointer)?;
    let row = Row {
        id: Id::new(),
        controller_id: cx.scope().controller,
        programme_id,
        agreement_id: subject.agreement(),
        steering_group_id: subject.group(),
        working_group_id: subject.working_group(),
        kind,
        state: EvaluationState::Planned,
        due_on,
        latest_on: rules::latest(kind, &term),
        held_on: None,
        content: Json(Content {
            title: title.unwrap_or_else(|| title_of(kind)),
            conclusion: None,
            follow_up: None,
            cancellation_reason: None,
            indicators: Vec::new(),
        }),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(evaluations::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&row.event("evaluation.planned"))?;
    Ok(row)
}

fn title_of(kind: EvaluationKind) -> Name {
    match kind {
        EvaluationKind::Cooperation => "Evaluering af samarbejdet",
        EvaluationKind::Midway => "Midtvejsevaluering",
        EvaluationKind::Final => "Afsluttende evaluering",
    }
    .into()
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
    subject::term(cx, subject).map_err(|error| error.referred(pointer))?;
    let row = plan(
        cx,
        subject,
        new.kind,
        new.title.clone(),
        new.due_on,
        "/dueOn",
    )?;
    shown(cx, row)
}

/// Plans what an agreement must have: of the cooperation within a year, and midway.
pub fn plan_of_agreement(cx: &mut Cx<'_>, agreement: &HealthAgreement) -> Result<()> {
    let subject = Subject::Agreement(agreement.id);
    for kind in [EvaluationKind::Cooperation, EvaluationKind::Midway] {
        plan(cx, subject, kind, None, None, "/periodTo")?;
    }
    Ok(())
}

/// Plans what a steering group must have: of the cooperation within a year.
pub fn plan_of_group(cx: &mut Cx<'_>, group: &SteeringGroup) -> Result<()> {
    let subject = Subject::Group(group.id);
    plan(
        cx,
        subject,
        EvaluationKind::Cooperation,
        None,
        None,
        "/endsOn",
    )
    .map(drop)
}

/// The same for a working group.
pub fn plan_of_working_group(cx: &mut Cx<'_>, group: &WorkingGroup) -> Result<()> {
    let subject = Subject::WorkingGroup(group.id, group.steering_group_id);
    plan(
        cx,
        subject,
        EvaluationKind::Cooperation,
        None,
        None,
        "/endsOn",
    )
    .map(drop)
}

/// A planned evaluation of something that the actor sees, and its term.
fn open(cx: &mut Cx<'_>, id: EvaluationId) -> Result<(Row, Term)> {
    let row = find_row(cx, id)?;
    let (term, _) = subject::term(cx, row.subject()?)?;
    Ok((row, term))
}

/// Changes a planned evaluation, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: EvaluationId, change: &EvaluationChange) -> Result<Evaluation> {
    let (mut row, term) = open(cx, id)?;
    cx.request.expect_version(row.version)?;
    rules::check_planned(row.state)?;
    if let Some(due_on) = change.due_on {
        if due_on < term.from || row.latest_on.is_some_and(|latest| due_on > latest) {
            return Err(Error::field(
                "/dueOn",
                "outOfRange",
                "must lie between the start of what is evaluated and latestOn (CPS-7, HA-2)",
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
    let goes_on = term.to.is_none_or(|to| held_on < to && term.today < to);
    if row.kind == EvaluationKind::Cooperation && goes_on {
        let next = completion.next_due_on;
        plan(cx, row.subject()?, row.kind, None, next, "/nextDueOn")?;
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
    rules::check_planned(row.state)?;
    rules::check_cancellable(row.latest_on, &term)?;
    row.state = EvaluationState::Cancelled;
    row.content.0.cancellation_reason = Some(cancellation.reason.clone());
    save(cx, &row, "evaluation.cancelled")?;
    find(cx, id)
}

fn save(cx: &mut Cx<'_>, row: &Row, event: &'static str) -> Result<()> {
    let now = cx.now;
    diesel::update(evaluations::table.find(row.id))
        .set((
            evaluations::state.eq(row.state),
            evaluations::due_on.eq(row.due_on),
            evaluations::held_on.eq(row.held_on),
            evaluations::content.eq(row.content.clone()),
            evaluations::version.eq(row.version + 1),
            evaluations::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&row.event(event))
}
