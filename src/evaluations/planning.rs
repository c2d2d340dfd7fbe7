//! Planning evaluations: those that somebody asks for, and those that the rules demand, which follow
//! the period of what is evaluated.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{EvaluationKind, EvaluationState};
use super::rules;
use super::store::{Content, Known, Row, known, save};
use super::subject::Subject;
use crate::agreements::HealthAgreement;
use crate::platform::app::Cx;
use crate::platform::db::Json;
use crate::platform::db::schema::evaluations;
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::platform::text::Name;
use crate::steering::SteeringGroup;
use crate::working_groups::WorkingGroup;

impl Known {
    /// Whether there is one of this kind in one of these states.
    fn has(&self, kind: EvaluationKind, states: &[EvaluationState]) -> bool {
        self.rows
            .iter()
            .any(|row| row.kind == kind && states.contains(&row.state))
    }
}

/// Plans an evaluation. One of the kind that is planned already is a conflict.
pub(super) fn plan(
    cx: &mut Cx<'_>,
    subject: Subject,
    kind: EvaluationKind,
    title: Option<Name>,
    wanted: Option<NaiveDate>,
    pointer: &'static str,
) -> Result<Row> {
    let known = known(cx, subject)?;
    if known.has(kind, &[EvaluationState::Planned]) {
        return Err(Error::conflict(
            "An evaluation of this kind is planned already: change that one.",
        ));
    }
    let due_on = rules::due(kind, &known.term, wanted, pointer)?;
    let row = Row {
        id: Id::new(),
        controller_id: cx.scope().controller,
        programme_id: known.programme_id,
        agreement_id: subject.agreement(),
        steering_group_id: subject.group(),
        working_group_id: subject.working_group(),
        kind,
        state: EvaluationState::Planned,
        due_on,
        latest_on: rules::latest(kind, &known.term),
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

/// What the rules demand: of the cooperation within a year (CPS-7), of an agreement midway too (HA-2).
/// Each with the states of an evaluation that meets the demand: the cooperation is evaluated again and
/// again.
const DEMANDED: [(EvaluationKind, &[EvaluationState]); 2] = [
    (EvaluationKind::Cooperation, &[EvaluationState::Planned]),
    (
        EvaluationKind::Midway,
        &[EvaluationState::Planned, EvaluationState::Completed],
    ),
];

/// Plans what the rules demand and is not there.
fn plan_demanded(cx: &mut Cx<'_>, subject: Subject, pointer: &'static str) -> Result<()> {
    let known = known(cx, subject)?;
    for (kind, met) in DEMANDED {
        let of_subject = kind != EvaluationKind::Midway || known.term.midway.is_some();
        if of_subject && !known.has(kind, met) {
            plan(cx, subject, kind, None, None, pointer)?;
        }
    }
    Ok(())
}

/// Moves what is planned of a subject that has ended on `ended` so far, and plans what is demanded
/// where it ended before and lasts now.
fn follow(
    cx: &mut Cx<'_>,
    subject: Subject,
    ended: Option<NaiveDate>,
    pointer: &'static str,
) -> Result<()> {
    let known = known(cx, subject)?;
    let term = known.term;
    if term.to == ended {
        return Ok(());
    }
    for mut row in known.rows {
        let planned = row.state == EvaluationState::Planned;
        let due_on = rules::moved(row.kind, row.due_on, row.latest_on, ended, &term);
        let latest_on = rules::latest(row.kind, &term);
        if planned && (due_on, latest_on) != (row.due_on, row.latest_on) {
            row.due_on = due_on;
            row.latest_on = latest_on;
            save(cx, &row, "evaluation.changed")?;
        }
    }
    if rules::lasts(&term) {
        plan_demanded(cx, subject, pointer)?;
    }
    Ok(())
}

/// Plans what an agreement must have.
pub fn plan_of_agreement(cx: &mut Cx<'_>, agreement: &HealthAgreement) -> Result<()> {
    plan_demanded(cx, Subject::Agreement(agreement.id), "/periodTo")
}

/// The evaluations of an agreement follow its period, which has ended on `ended` so far.
pub fn follow_agreement(
    cx: &mut Cx<'_>,
    agreement: &HealthAgreement,
    ended: NaiveDate,
) -> Result<()> {
    follow(
        cx,
        Subject::Agreement(agreement.id),
        Some(ended),
        "/periodTo",
    )
}

/// Plans what a steering group must have.
pub fn plan_of_group(cx: &mut Cx<'_>, group: &SteeringGroup) -> Result<()> {
    plan_demanded(cx, Subject::Group(group.id), "/endsOn")
}

/// The evaluations of a steering group follow its end, which was `ended` so far.
pub fn follow_group(
    cx: &mut Cx<'_>,
    group: &SteeringGroup,
    ended: Option<NaiveDate>,
) -> Result<()> {
    follow(cx, Subject::Group(group.id), ended, "/endsOn")
}

/// Plans what a working group must have.
pub fn plan_of_working_group(cx: &mut Cx<'_>, group: &WorkingGroup) -> Result<()> {
    plan_demanded(cx, of_working_group(group), "/endsOn")
}

/// The evaluations of a working group follow its end, which was `ended` so far.
pub fn follow_working_group(cx: &mut Cx<'_>, group: &WorkingGroup, ended: NaiveDate) -> Result<()> {
    follow(cx, of_working_group(group), Some(ended), "/endsOn")
}

fn of_working_group(group: &WorkingGroup) -> Subject {
    Subject::WorkingGroup(group.id, group.steering_group_id)
}
