//! `/ward-shifts`.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{
    NewWardShift, PlaceHolder, ShiftCancellation, ShiftState, SignUpRequest, Swap, WardShift,
    WardShiftChange, WardShiftId,
};
use super::store::{self, Filter};
use super::{planning, steps};
use crate::organisations::OrganisationId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{WardShiftsRead, WardShiftsSignUp, WardShiftsWrite};
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;
use crate::volunteers::VolunteerId;

/// The routes of shifts.
#[must_use]
pub fn routes() -> Routes {
    routes![
        plan_ward_shift,
        list_ward_shifts,
        read_ward_shift,
        change_ward_shift,
        sign_up_for_ward_shift,
        sign_off_ward_shift,
        offer_ward_shift_place,
        swap_ward_shift_place,
        cancel_ward_shift,
    ]
}

/// Which shifts.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WardShiftFilter {
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only on this ward.
    #[param(nullable = false)]
    ward_id: Option<OrganisationId>,
    /// Only shifts that this volunteer is on.
    #[param(nullable = false)]
    volunteer_id: Option<VolunteerId>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<ShiftState>,
    /// `true`: only those with a flag: nobody, one person, a trial shift alone; `false`: only the
    /// others.
    #[param(nullable = false)]
    flagged: Option<bool>,
    /// Only those that begin at this time or later.
    #[param(nullable = false)]
    starts_from: Option<Instant>,
    /// Only those that begin before this time.
    #[param(nullable = false)]
    starts_before: Option<Instant>,
    /// Only those planned or changed at this time or later.
    #[param(nullable = false)]
    updated_since: Option<Instant>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of ward shifts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WardShiftPage {
    /// The shifts, the earliest first.
    items: Vec<WardShift>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

fn reply(shift: &WardShift) -> Result<Reply> {
    Ok(Reply::ok(shift)?.version(shift.version))
}

/// Plan a ward shift
///
/// A shift (vagt / pass) of volunteers on a ward (HF-3): room for a pair where nothing is said, and
/// for one more on a trial shift beside them.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardShifts.write"])),
    request_body = NewWardShift,
    responses((status = 201, description = "The new shift.", body = WardShift)))]
#[post("/ward-shifts")]
async fn plan_ward_shift(
    app: App,
    permit: Permit<WardShiftsWrite>,
    body: Body<NewWardShift>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let shift = planning::plan(cx, new)?;
        let place = format!("/ward-shifts/{}", shift.id);
        Ok(Reply::created(place, &shift)?.version(shift.version))
    })
    .await
}

/// List ward shifts
///
/// The shifts of the programmes that you see, the earliest first. `flagged=true` finds those that
/// need somebody: shifts are walked in pairs.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardShifts.read"])),
    params(WardShiftFilter),
    responses((status = 200, description = "A page of shifts.", body = WardShiftPage)))]
#[get("/ward-shifts")]
async fn list_ward_shifts(
    app: App,
    permit: Permit<WardShiftsRead>,
    query: Query<WardShiftFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            ward_id: query.ward_id,
            volunteer_id: query.volunteer_id,
            state: query.state,
            flagged: query.flagged,
            starts_from: query.starts_from,
            starts_before: query.starts_before,
            updated_since: query.updated_since,
        };
        let (items, next_cursor) = store::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| WardShiftPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a ward shift
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardShifts.read"])),
    params(("wardShiftId" = WardShiftId, Path, description = "The shift's id.")),
    responses((status = 200, description = "The shift.", body = WardShift)))]
#[get("/ward-shifts/{wardShiftId}")]
async fn read_ward_shift(
    app: App,
    permit: Permit<WardShiftsRead>,
    id: Path<WardShiftId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| reply(&store::find(cx, id.0)?))
        .await
}

/// Change a ward shift
///
/// A merge patch (RFC 7396) of times and places, until the shift is over. Those who have signed up
/// keep their places; a time at which one of them is on another shift is refused.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardShifts.write"])),
    params(("wardShiftId" = WardShiftId, Path, description = "The shift's id.")),
    request_body = WardShiftChange,
    responses((status = 200, description = "The shift as it is now.", body = WardShift)))]
#[patch("/ward-shifts/{wardShiftId}")]
async fn change_ward_shift(
    app: App,
    permit: Permit<WardShiftsWrite>,
    id: Path<WardShiftId>,
    body: Body<WardShiftChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        reply(&planning::change(cx, id.0, change)?)
    })
    .await
}

/// Sign up for a ward shift
///
/// A volunteer takes a place; a volunteer's own token signs up that volunteer alone. A regular
/// place is for an active volunteer (HF-2), a trial place (prøvevagt / provpass) for one whose next
/// step of the onboarding is a trial shift, beside an active volunteer (HF-3). Nobody walks the ward
/// of own employment (HF-5) or two shifts at once. The last place is given once, whatever runs at
/// once: the other one is answered 409.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardShifts.signUp"])),
    params(("wardShiftId" = WardShiftId, Path, description = "The shift's id.")),
    request_body = SignUpRequest,
    responses((status = 200, description = "The shift with the volunteer on it.", body = WardShift)))]
#[post("/ward-shifts/{wardShiftId}/sign-up")]
async fn sign_up_for_ward_shift(
    app: App,
    permit: Permit<WardShiftsSignUp>,
    id: Path<WardShiftId>,
    body: Body<SignUpRequest>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        reply(&steps::sign_up(cx, id.0, new)?)
    })
    .await
}

/// Sign off from a ward shift
///
/// A volunteer gives the place back. Where one person is left, the shift is flagged.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardShifts.signUp"])),
    params(("wardShiftId" = WardShiftId, Path, description = "The shift's id.")),
    request_body = PlaceHolder,
    responses((status = 200, description = "The shift without the volunteer.", body = WardShift)))]
#[post("/ward-shifts/{wardShiftId}/sign-off")]
async fn sign_off_ward_shift(
    app: App,
    permit: Permit<WardShiftsSignUp>,
    id: Path<WardShiftId>,
    body: Body<PlaceHolder>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, holder| {
        reply(&steps::sign_off(cx, id.0, holder)?)
    })
    .await
}

/// Offer a place on a ward shift
///
/// A volunteer would like to swap: the place is offered to others, and kept until one of them
/// takes it.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardShifts.signUp"])),
    params(("wardShiftId" = WardShiftId, Path, description = "The shift's id.")),
    request_body = PlaceHolder,
    responses((status = 200, description = "The shift with the place offered.", body = WardShift)))]
#[post("/ward-shifts/{wardShiftId}/offer")]
async fn offer_ward_shift_place(
    app: App,
    permit: Permit<WardShiftsSignUp>,
    id: Path<WardShiftId>,
    body: Body<PlaceHolder>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, holder| {
        reply(&steps::offer(cx, id.0, holder)?)
    })
    .await
}

/// Swap a place on a ward shift
///
/// A place changes hands. A volunteer takes a place that is offered; a coordinator moves any place,
/// and with `inReturnFor` two volunteers change places on two shifts, both or neither. Who takes a
/// place must be one who could sign up for it.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardShifts.signUp"])),
    params(("wardShiftId" = WardShiftId, Path, description = "The shift's id.")),
    request_body = Swap,
    responses((status = 200, description = "The shift with the other volunteer on it.", body = WardShift)))]
#[post("/ward-shifts/{wardShiftId}/swap")]
async fn swap_ward_shift_place(
    app: App,
    permit: Permit<WardShiftsSignUp>,
    id: Path<WardShiftId>,
    body: Body<Swap>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, swap| {
        reply(&steps::swap(cx, id.0, swap)?)
    })
    .await
}

/// Cancel a ward shift
///
/// Calls it off, for good. Who had signed up stays in `signUps`, to be told.
#[utoipa::path(tag = "Ward shifts", security(("oauth2" = ["wardShifts.write"])),
    params(("wardShiftId" = WardShiftId, Path, description = "The shift's id.")),
    request_body = ShiftCancellation,
    responses((status = 200, description = "The cancelled shift.", body = WardShift)))]
#[post("/ward-shifts/{wardShiftId}/cancellation")]
async fn cancel_ward_shift(
    app: App,
    permit: Permit<WardShiftsWrite>,
    id: Path<WardShiftId>,
    body: Body<ShiftCancellation>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, cancel| {
        reply(&planning::cancel(cx, id.0, cancel)?)
    })
    .await
}
