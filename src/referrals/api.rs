//! `/referrals`.

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::api_steps::{
    accept_referral, answer, forward_referral, reject_referral, request_supplement,
    supplement_referral, withdraw_referral,
};
use super::intake::{self, NewReferral};
use super::list::{self, Filter, ReferralSort};
use super::model::{Eligibility, Referral, ReferralId, ReferralState};
use super::rules::is_open;
use super::{store, view};
use crate::calendar::ExplainedDay;
use crate::patients::PatientId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{ReferralsRead, ReferralsWrite};
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::{Channel, ProgrammeId};
use crate::routes;
use crate::staff::StaffId;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_referral,
        list_referrals,
        read_referral,
        read_referral_deadline,
        accept_referral,
        reject_referral,
        request_supplement,
        supplement_referral,
        forward_referral,
        withdraw_referral,
    ]
}

/// Which referrals, and in which order.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReferralFilter {
    /// Only to this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only in this state; repeat it for several.
    #[param(max_items = 8)]
    #[serde(default)]
    state: Vec<ReferralState>,
    /// Only those that came this way.
    #[param(nullable = false)]
    channel: Option<Channel>,
    /// Only of this patient.
    #[param(nullable = false)]
    patient_id: Option<PatientId>,
    /// Only those that this member of staff is to call.
    #[param(nullable = false)]
    assigned_to: Option<StaffId>,
    /// Only those whose first call is due before this day.
    #[param(nullable = false)]
    due_before: Option<NaiveDate>,
    /// Only those that are overdue (`true`) or are not (`false`).
    #[param(nullable = false)]
    overdue: Option<bool>,
    /// Only with this result of the criteria.
    #[param(nullable = false)]
    eligibility: Option<Eligibility>,
    /// Only those received on this day or later, in the programme's time zone.
    #[param(nullable = false)]
    received_from: Option<NaiveDate>,
    /// Only those received on this day or earlier, in the programme's time zone.
    #[param(nullable = false)]
    received_to: Option<NaiveDate>,
    /// Only those changed at this instant or later.
    #[param(nullable = false)]
    updated_since: Option<Instant>,
    /// The order: `-receivedAt` where nothing is said. `dueOn` lists those that have a due day, and not
    /// those whose clock stands still.
    #[param(nullable = false, inline)]
    sort: Option<ReferralSort>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of referrals.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferralPage {
    /// The referrals, in the order asked for.
    items: Vec<Referral>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// The deadline for the first call (APS-4), with its explanation day by day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferralDeadline {
    /// The referral.
    referral_id: ReferralId,
    /// When it was received.
    received_at: Instant,
    /// Day 0: the date of receipt in the programme's time zone.
    received_on: NaiveDate,
    /// IANA time zone in which the days begin and end.
    #[schema(example = "Europe/Copenhagen")]
    time_zone: String,
    /// How many working days the deadline has.
    #[schema(maximum = 400)]
    working_days: u32,
    /// The last day on which the deadline is kept; null while the clock stands still.
    #[schema(required = true)]
    due_on: Option<NaiveDate>,
    /// The end of that day: call before this instant.
    #[schema(required = true)]
    due_at: Option<Instant>,
    /// Whether the clock stands still while a supplement is awaited.
    paused: bool,
    /// When the patient was first called.
    #[schema(required = true)]
    first_called_at: Option<Instant>,
    /// Whether the referral is open, nobody has called the patient, and the time for it is over.
    overdue: bool,
    /// Whether the patient was called in time; null while that is not settled.
    #[schema(required = true)]
    kept: Option<bool>,
    /// Every day from receipt to the due day, or to the day on which a running pause began.
    days: Vec<ExplainedDay>,
}

/// Register a referral
///
/// In one transaction: the patient is found or made, the consent recorded or checked (APS-3), the
/// channel's requirements checked (APS-2), the criteria assessed (APS-1) and the clock started
/// (APS-4). A known patient's record is not overwritten. 409 `consentRequired` where no active
/// consent was given by the time it was sent; 409 `conflict` where the patient has an open
/// referral to the programme (its id is in `detail`) or the programme takes no new ones. A result
/// `notEligible` does not stop the intake: the decision is the nurse's.
#[utoipa::path(tag = "Referrals", security(("oauth2" = ["referrals.write"])),
    request_body = NewReferral,
    responses((status = 201, description = "The new referral.", body = Referral)))]
#[post("/referrals")]
async fn create_referral(
    app: App,
    permit: Permit<ReferralsWrite>,
    body: Body<NewReferral>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let referral = intake::register(cx, new)?;
        let (referral, mark) = view::shown(cx, referral)?;
        let place = format!("/referrals/{}", referral.id);
        Ok(Reply::created(place, &referral)?.version_variant(referral.version, mark))
    })
    .await
}

/// List referrals
///
/// Those of your data controller and programmes, latest receipt first where nothing else is
/// asked for. To follow changes, use `sort=updatedAt` with `updatedSince`.
#[utoipa::path(tag = "Referrals", security(("oauth2" = ["referrals.read"])),
    params(ReferralFilter),
    responses((status = 200, description = "A page of referrals.", body = ReferralPage)))]
#[get("/referrals")]
async fn list_referrals(
    app: App,
    permit: Permit<ReferralsRead>,
    query: Query<ReferralFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let sort = query.sort.unwrap_or(ReferralSort::NewestReceipt);
        let filter = Filter {
            programme_id: query.programme_id,
            states: query.state,
            channel: query.channel,
            patient_id: query.patient_id,
            assigned_to: query.assigned_to,
            due_before: query.due_before,
            overdue: query.overdue,
            eligibility: query.eligibility,
            received_from: query.received_from,
            received_to: query.received_to,
            updated_since: query.updated_since,
            ..Filter::default()
        };
        let bound_to = format!("referrals {sort} {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = list::list(cx, &filter, sort, after, query.limit.rows())?;
        let (mut items, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |referral| {
            list::position(referral, sort)
        });
        view::withhold(cx, &mut items)?;
        Reply::page(next_cursor, |next_cursor| ReferralPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a referral
#[utoipa::path(tag = "Referrals", security(("oauth2" = ["referrals.read"])),
    params(("referralId" = ReferralId, Path, description = "The referral's id.")),
    responses((status = 200, description = "The referral.", body = Referral)))]
#[get("/referrals/{referralId}")]
async fn read_referral(
    app: App,
    permit: Permit<ReferralsRead>,
    id: Path<ReferralId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let referral = store::find(cx, id.0)?;
        answer(cx, referral)
    })
    .await
}

/// Read the deadline of a referral
///
/// The day by which the patient is called (APS-4), and for every day from receipt whether it was
/// counted and why. Counted by the programme's rules as they were on receipt.
#[utoipa::path(tag = "Referrals", security(("oauth2" = ["referrals.read"])),
    params(("referralId" = ReferralId, Path, description = "The referral's id.")),
    responses((status = 200, description = "The deadline, explained.", body = ReferralDeadline)))]
#[get("/referrals/{referralId}/deadline")]
async fn read_referral_deadline(
    app: App,
    permit: Permit<ReferralsRead>,
    id: Path<ReferralId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let referral = store::find(cx, id.0)?;
        let explained = referral.clock.deadline(referral.received_on)?;
        Reply::ok(&ReferralDeadline {
            referral_id: referral.id,
            received_at: referral.received_at,
            received_on: referral.received_on,
            working_days: explained.working_days,
            due_on: referral.due_on,
            due_at: referral.due_at,
            paused: is_open(referral.state) && referral.clock.is_paused(),
            first_called_at: referral.first_called_at,
            overdue: referral.overdue,
            kept: store::is_kept(&referral),
            time_zone: referral.clock.time_zone,
            days: explained.days,
        })
    })
    .await
}
