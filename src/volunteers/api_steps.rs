//! The steps of a volunteer's life, below `/volunteers/{volunteerId}`.

use actix_web::{get, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::api::tagged;
use super::model::{Volunteer, VolunteerId};
use super::onboarding::HeldStep;
use super::onboarding_store;
use super::requests::{NewDeparture, NewHeldStep, NewLeave};
use super::{steps, store};
use crate::bookings::Released;
use crate::platform::access::Permit;
use crate::platform::access::policy::{VolunteersDecide, VolunteersRead, VolunteersWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::input::{Body, Path};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;
use crate::wards::WardShiftId;

/// The routes of the steps.
#[must_use]
pub fn routes() -> Routes {
    routes![
        record_onboarding_step,
        list_onboarding_steps,
        activate_volunteer,
        take_leave,
        return_from_leave,
        record_departure,
    ]
}

/// The onboarding steps of one volunteer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldStepList {
    /// What was held, in order: all of it.
    items: Vec<HeldStep>,
}

/// A volunteer who has gone, for a while or for good, and what became of the bookings and shifts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VolunteerGone {
    /// The volunteer as it is now.
    volunteer: Volunteer,
    /// Each booking of the freed times: who has it now, or its place on the waiting list.
    released: Vec<Released>,
    /// The ward shifts that the volunteer had signed up for and is not on any more.
    #[schema(value_type = Vec<WardShiftId>)]
    released_shifts: Vec<WardShiftId>,
}

fn gone(gone: steps::Gone) -> VolunteerGone {
    VolunteerGone {
        volunteer: gone.volunteer,
        released: gone.released,
        released_shifts: gone.shifts,
    }
}

/// Record an onboarding step
///
/// A step of the programme's onboarding that was held: interview, course, trial shift (HF-2). The
/// steps come in order: one whose predecessors are not fulfilled that day is refused with 409, and
/// `allowed` names the step that comes next. A step may be repeated. `notPassed` takes back what was
/// passed of the same step before. Of an active volunteer it renews what expires; where it ends the
/// qualification, bookings and ward shifts from that day on go to others or to the waiting list, as
/// for a leave, and their events say so.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteers.decide"])),
    params(("volunteerId" = VolunteerId, Path, description = "The volunteer's id.")),
    request_body = NewHeldStep,
    responses((status = 200, description = "The volunteer with the progress.", body = Volunteer)))]
#[post("/volunteers/{volunteerId}/onboarding-steps")]
async fn record_onboarding_step(
    app: App,
    permit: Permit<VolunteersDecide>,
    id: Path<VolunteerId>,
    body: Body<NewHeldStep>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let volunteer = steps::record(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&volunteer)?, &volunteer))
    })
    .await
}

/// List onboarding steps
///
/// Every step that was held, with outcome and expiry, in order. They are few: one page has them all.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteers.read"])),
    params(("volunteerId" = VolunteerId, Path, description = "The volunteer's id.")),
    responses((status = 200, description = "What was held.", body = HeldStepList)))]
#[get("/volunteers/{volunteerId}/onboarding-steps")]
async fn list_onboarding_steps(
    app: App,
    permit: Permit<VolunteersRead>,
    id: Path<VolunteerId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        store::find_row(cx, id.0)?;
        let items = onboarding_store::of_one(cx, id.0)?;
        Reply::ok(&HeldStepList { items })
    })
    .await
}

/// Activate a volunteer
///
/// Once every step of the onboarding is fulfilled (HF-2). From here on the volunteer is matched,
/// booked and put on shifts.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteers.decide"])),
    params(("volunteerId" = VolunteerId, Path, description = "The volunteer's id.")),
    responses((status = 200, description = "The active volunteer.", body = Volunteer)))]
#[post("/volunteers/{volunteerId}/activation")]
async fn activate_volunteer(
    app: App,
    permit: Permit<VolunteersDecide>,
    id: Path<VolunteerId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        let volunteer = steps::activate(cx, id.0)?;
        Ok(tagged(Reply::ok(&volunteer)?, &volunteer))
    })
    .await
}

/// Take leave
///
/// A leave (orlov / tjänstledighet), from today or a later day on, in days of the programme's time
/// zone. Free times in it are taken away; each booking goes to another volunteer at the same time
/// where one fits, else to the waiting list: all in one transaction, and the answer names them.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteers.write"])),
    params(("volunteerId" = VolunteerId, Path, description = "The volunteer's id.")),
    request_body = NewLeave,
    responses((status = 200, description = "The volunteer, and what became of the bookings.", body = VolunteerGone)))]
#[post("/volunteers/{volunteerId}/leave")]
async fn take_leave(
    app: App,
    permit: Permit<VolunteersWrite>,
    id: Path<VolunteerId>,
    body: Body<NewLeave>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        Reply::ok(&gone(steps::take_leave(cx, id.0, new)?))
    })
    .await
}

/// Return from leave
///
/// The volunteer is back from today on, or does not go on the leave that was planned. Times are made
/// again from the availability, and times entered by hand are offered again; bookings that went to
/// others stay there.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteers.write"])),
    params(("volunteerId" = VolunteerId, Path, description = "The volunteer's id.")),
    responses((status = 200, description = "The volunteer as it is now.", body = Volunteer)))]
#[post("/volunteers/{volunteerId}/return")]
async fn return_from_leave(
    app: App,
    permit: Permit<VolunteersWrite>,
    id: Path<VolunteerId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        let volunteer = steps::come_back(cx, id.0)?;
        Ok(tagged(Reply::ok(&volunteer)?, &volunteer))
    })
    .await
}

/// Record a departure
///
/// The volunteer leaves for good, today. Name, contact, lived experience, conflicts, leaves, public
/// profile, the remarks of the onboarding, and name and availability of the time book are removed;
/// subtypes and days stay for the figures.
/// Bookings go to other volunteers or to the waiting list, in the same transaction.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteers.decide"])),
    params(("volunteerId" = VolunteerId, Path, description = "The volunteer's id.")),
    request_body = NewDeparture,
    responses((status = 200, description = "What is left, and what became of the bookings.", body = VolunteerGone)))]
#[post("/volunteers/{volunteerId}/departure")]
async fn record_departure(
    app: App,
    permit: Permit<VolunteersDecide>,
    id: Path<VolunteerId>,
    body: Body<NewDeparture>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        Reply::ok(&gone(steps::depart(cx, id.0, new)?))
    })
    .await
}
