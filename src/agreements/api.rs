//! `/health-agreements`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{HealthAgreement, HealthAgreementChange, HealthAgreementId, NewHealthAgreement};
use super::store::{self, Filter};
use crate::platform::access::Permit;
use crate::platform::access::policy::{HealthAgreementsRead, HealthAgreementsWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::platform::text::Code;
use crate::programmes::ProgrammeId;
use crate::routes;

/// The routes of agreements.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_health_agreement,
        list_health_agreements,
        read_health_agreement,
        change_health_agreement,
    ]
}

/// Which agreements.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HealthAgreementFilter {
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only of this type.
    #[param(nullable = false)]
    agreement_type: Option<Code>,
    /// Only those whose period has this day in it.
    #[param(nullable = false)]
    valid_on: Option<NaiveDate>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of agreements.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthAgreementPage {
    /// The agreements, the latest period first.
    items: Vec<HealthAgreement>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// The stage goes with time and is no change of the agreement: the tag tells its states apart.
fn tagged(reply: Reply, agreement: &HealthAgreement) -> Reply {
    reply.version_variant(agreement.version, agreement.stage.as_str())
}

/// Register a health agreement
///
/// An agreement (sundhedsaftale) between a region, its municipalities and the practice sector
/// (HA-1). Two evaluations are planned with it: of the cooperation, due after one year at the
/// latest (CPS-7), and midway (HA-2).
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.write"])),
    request_body = NewHealthAgreement,
    responses((status = 201, description = "The agreement.", body = HealthAgreement)))]
#[post("/health-agreements")]
async fn create_health_agreement(
    app: App,
    permit: Permit<HealthAgreementsWrite>,
    body: Body<NewHealthAgreement>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let agreement = store::create(cx, new)?;
        let place = format!("/health-agreements/{}", agreement.id);
        Ok(tagged(Reply::created(place, &agreement)?, &agreement))
    })
    .await
}

/// List health agreements
///
/// The agreements of the programmes that you see, the latest period first.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.read"])),
    params(HealthAgreementFilter),
    responses((status = 200, description = "A page of agreements.", body = HealthAgreementPage)))]
#[get("/health-agreements")]
async fn list_health_agreements(
    app: App,
    permit: Permit<HealthAgreementsRead>,
    query: Query<HealthAgreementFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            agreement_type: query.agreement_type.map(|kind| kind.as_str().to_owned()),
            valid_on: query.valid_on,
        };
        let (items, next_cursor) = store::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| HealthAgreementPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a health agreement
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.read"])),
    params(("healthAgreementId" = HealthAgreementId, Path, description = "The agreement's id.")),
    responses((status = 200, description = "The agreement.", body = HealthAgreement)))]
#[get("/health-agreements/{healthAgreementId}")]
async fn read_health_agreement(
    app: App,
    permit: Permit<HealthAgreementsRead>,
    id: Path<HealthAgreementId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let agreement = store::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&agreement)?, &agreement))
    })
    .await
}

/// Change a health agreement
///
/// A merge patch (RFC 7396): fields that are absent stay as they are. With another last day the planned
/// evaluations move: midway is where the middle is now (HA-2), and what was planned earlier keeps its
/// day while the rules let it. One whose day has passed by that is overdue.
#[utoipa::path(tag = "Health agreements", security(("oauth2" = ["healthAgreements.write"])),
    params(("healthAgreementId" = HealthAgreementId, Path, description = "The agreement's id.")),
    request_body = HealthAgreementChange,
    responses((status = 200, description = "The agreement as it is now.", body = HealthAgreement)))]
#[patch("/health-agreements/{healthAgreementId}")]
async fn change_health_agreement(
    app: App,
    permit: Permit<HealthAgreementsWrite>,
    id: Path<HealthAgreementId>,
    body: Body<HealthAgreementChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let agreement = store::change(cx, id.0, change)?;
        Ok(tagged(Reply::ok(&agreement)?, &agreement))
    })
    .await
}
