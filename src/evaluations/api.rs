//! `/evaluations`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::list::{self, Filter};
use super::model::{
    Evaluation, EvaluationCancellation, EvaluationChange, EvaluationCompletion, EvaluationId,
    EvaluationKind, EvaluationState, NewEvaluation,
};
use super::store;
use crate::agreements::HealthAgreementId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{EvaluationsRead, EvaluationsWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;
use crate::steering::SteeringGroupId;
use crate::working_groups::WorkingGroupId;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        plan_evaluation,
        list_evaluations,
        read_evaluation,
        change_evaluation,
        complete_evaluation,
        cancel_evaluation,
    ]
}

/// Which evaluations.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EvaluationFilter {
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only of this agreement.
    #[param(nullable = false)]
    health_agreement_id: Option<HealthAgreementId>,
    /// Only of this steering group and its working groups.
    #[param(nullable = false)]
    steering_group_id: Option<SteeringGroupId>,
    /// Only of this working group.
    #[param(nullable = false)]
    working_group_id: Option<WorkingGroupId>,
    /// Only of this kind.
    #[param(nullable = false)]
    kind: Option<EvaluationKind>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<EvaluationState>,
    /// Only those due on this day or earlier.
    #[param(nullable = false)]
    due_until: Option<NaiveDate>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of evaluations.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationPage {
    /// The evaluations, the earliest due first.
    items: Vec<Evaluation>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Whether it is overdue goes with time and is no change of the evaluation.
fn tagged(reply: Reply, evaluation: &Evaluation) -> Reply {
    let variant = if evaluation.overdue { "overdue" } else { "" };
    reply.version_variant(evaluation.version, variant)
}

/// Plan an evaluation
///
/// Of a health agreement, a steering group or a working group. An evaluation of the cooperation is
/// due one year after the start, or after the one before, at the latest (CPS-7); midway in the
/// middle of an agreement's period (HA-2). Those that the rules demand are planned by themselves.
#[utoipa::path(tag = "Evaluations", security(("oauth2" = ["evaluations.write"])),
    request_body = NewEvaluation,
    responses((status = 201, description = "The evaluation with its due day.", body = Evaluation)))]
#[post("/evaluations")]
async fn plan_evaluation(
    app: App,
    permit: Permit<EvaluationsWrite>,
    body: Body<NewEvaluation>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let evaluation = store::create(cx, new)?;
        let place = format!("/evaluations/{}", evaluation.id);
        Ok(tagged(Reply::created(place, &evaluation)?, &evaluation))
    })
    .await
}

/// List evaluations
///
/// The evaluations of what you see, the earliest due first.
#[utoipa::path(tag = "Evaluations", security(("oauth2" = ["evaluations.read"])),
    params(EvaluationFilter),
    responses((status = 200, description = "A page of evaluations.", body = EvaluationPage)))]
#[get("/evaluations")]
async fn list_evaluations(
    app: App,
    permit: Permit<EvaluationsRead>,
    query: Query<EvaluationFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            agreement_id: query.health_agreement_id,
            steering_group_id: query.steering_group_id,
            working_group_id: query.working_group_id,
            kind: query.kind,
            state: query.state,
            due_until: query.due_until,
        };
        let (items, next_cursor) = list::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| EvaluationPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read an evaluation
#[utoipa::path(tag = "Evaluations", security(("oauth2" = ["evaluations.read"])),
    params(("evaluationId" = EvaluationId, Path, description = "The evaluation's id.")),
    responses((status = 200, description = "The evaluation.", body = Evaluation)))]
#[get("/evaluations/{evaluationId}")]
async fn read_evaluation(
    app: App,
    permit: Permit<EvaluationsRead>,
    id: Path<EvaluationId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let evaluation = store::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&evaluation)?, &evaluation))
    })
    .await
}

/// Change a planned evaluation
///
/// A merge patch (RFC 7396): fields that are absent stay as they are. The due day is never later
/// than `latestOn`, and lies behind the evaluation before. Where the last day of what is evaluated
/// changes, both move with it.
#[utoipa::path(tag = "Evaluations", security(("oauth2" = ["evaluations.write"])),
    params(("evaluationId" = EvaluationId, Path, description = "The evaluation's id.")),
    request_body = EvaluationChange,
    responses((status = 200, description = "The evaluation as it is now.", body = Evaluation)))]
#[patch("/evaluations/{evaluationId}")]
async fn change_evaluation(
    app: App,
    permit: Permit<EvaluationsWrite>,
    id: Path<EvaluationId>,
    body: Body<EvaluationChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let evaluation = store::change(cx, id.0, change)?;
        Ok(tagged(Reply::ok(&evaluation)?, &evaluation))
    })
    .await
}

/// Record what came of an evaluation
///
/// Keeps how every indicator of the agreement stands at that moment. Where the cooperation goes on,
/// the next evaluation is planned, a year later at the latest (CPS-7). A late evaluation is recorded
/// too; `inTime` says so.
#[utoipa::path(tag = "Evaluations", security(("oauth2" = ["evaluations.write"])),
    params(("evaluationId" = EvaluationId, Path, description = "The evaluation's id.")),
    request_body = EvaluationCompletion,
    responses((status = 200, description = "The evaluation with its conclusion.", body = Evaluation)))]
#[post("/evaluations/{evaluationId}/completion")]
async fn complete_evaluation(
    app: App,
    permit: Permit<EvaluationsWrite>,
    id: Path<EvaluationId>,
    body: Body<EvaluationCompletion>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let evaluation = store::complete(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&evaluation)?, &evaluation))
    })
    .await
}

/// Cancel an evaluation
///
/// Only one that no rule demands, or whose agreement or group has ended.
#[utoipa::path(tag = "Evaluations", security(("oauth2" = ["evaluations.write"])),
    params(("evaluationId" = EvaluationId, Path, description = "The evaluation's id.")),
    request_body = EvaluationCancellation,
    responses((status = 200, description = "The evaluation as it is now.", body = Evaluation)))]
#[post("/evaluations/{evaluationId}/cancellation")]
async fn cancel_evaluation(
    app: App,
    permit: Permit<EvaluationsWrite>,
    id: Path<EvaluationId>,
    body: Body<EvaluationCancellation>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let evaluation = store::cancel(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&evaluation)?, &evaluation))
    })
    .await
}
