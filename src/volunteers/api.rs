//! `/volunteers`.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Volunteer, VolunteerId, VolunteerState, VolunteerSubtype};
use super::register::{self, Filter};
use super::requests::{NewVolunteer, VolunteerChange};
use super::store;
use crate::organisations::OrganisationId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{VolunteersDecide, VolunteersRead, VolunteersWrite};
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;

/// The routes of the record.
#[must_use]
pub fn routes() -> Routes {
    routes![
        register_volunteer,
        list_volunteers,
        read_volunteer,
        change_volunteer,
    ]
}

/// Which volunteers.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VolunteerFilter {
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only in this state today, in the time of each programme.
    #[param(nullable = false)]
    state: Option<VolunteerState>,
    /// Only these supporters.
    #[param(nullable = false)]
    subtype: Option<VolunteerSubtype>,
    /// Only those who walk on this ward.
    #[param(nullable = false)]
    ward_id: Option<OrganisationId>,
    /// Only those registered or changed at this time or later.
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

/// A page of volunteers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VolunteerPage {
    /// The volunteers, those registered last first.
    items: Vec<Volunteer>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// With the tag of this representation.
pub(super) fn tagged(reply: Reply, volunteer: &Volunteer) -> Reply {
    reply.version_variant(volunteer.version, &volunteer.variant)
}

/// Register a volunteer
///
/// Somebody who wants to be a volunteer (frivillig) becomes a candidate (HF-1, HF-2). Who it is and
/// what was lived through is sealed.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteers.decide"])),
    request_body = NewVolunteer,
    responses((status = 201, description = "The candidate.", body = Volunteer)))]
#[post("/volunteers")]
async fn register_volunteer(
    app: App,
    permit: Permit<VolunteersDecide>,
    body: Body<NewVolunteer>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let volunteer = register::create(cx, new)?;
        let place = format!("/volunteers/{}", volunteer.id);
        Ok(tagged(Reply::created(place, &volunteer)?, &volunteer))
    })
    .await
}

/// List volunteers
///
/// The volunteers of the programmes that you see, those registered last first. A volunteer sees
/// oneself.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteers.read"])),
    params(VolunteerFilter),
    responses((status = 200, description = "A page of volunteers.", body = VolunteerPage)))]
#[get("/volunteers")]
async fn list_volunteers(
    app: App,
    permit: Permit<VolunteersRead>,
    query: Query<VolunteerFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            state: query.state,
            subtype: query.subtype,
            ward_id: query.ward_id,
            updated_since: query.updated_since,
        };
        let (items, next_cursor) = register::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| VolunteerPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a volunteer
///
/// With the progress of the onboarding today. Of somebody who has left only what figures need is
/// there. A volunteer sees oneself; patients named in conflicts are left out there.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteers.read"])),
    params(("volunteerId" = VolunteerId, Path, description = "The volunteer's id.")),
    responses((status = 200, description = "The volunteer.", body = Volunteer)))]
#[get("/volunteers/{volunteerId}")]
async fn read_volunteer(
    app: App,
    permit: Permit<VolunteersRead>,
    id: Path<VolunteerId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let volunteer = store::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&volunteer)?, &volunteer))
    })
    .await
}

/// Change a volunteer
///
/// A merge patch (RFC 7396): fields that are absent stay as they are, lists replace the list there
/// was. A volunteer changes oneself, but not name, birth date, subtypes and wards.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteers.write"])),
    params(("volunteerId" = VolunteerId, Path, description = "The volunteer's id.")),
    request_body = VolunteerChange,
    responses((status = 200, description = "The volunteer as it is now.", body = Volunteer)))]
#[patch("/volunteers/{volunteerId}")]
async fn change_volunteer(
    app: App,
    permit: Permit<VolunteersWrite>,
    id: Path<VolunteerId>,
    body: Body<VolunteerChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let volunteer = register::change(cx, id.0, change)?;
        Ok(tagged(Reply::ok(&volunteer)?, &volunteer))
    })
    .await
}
