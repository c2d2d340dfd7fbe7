//! `/steering-groups` and `/steering-members`.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::members;
use super::model::{MemberRole, SteeringGroup, SteeringGroupId, SteeringMember, SteeringMemberId};
use super::requests::{
    NewSteeringGroup, NewSteeringMember, SteeringGroupChange, SteeringMemberChange,
};
use super::store::{self, Filter};
use crate::organisations::OrganisationId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{SteeringGroupsRead, SteeringGroupsWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;

/// The routes of groups and seats.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_steering_group,
        list_steering_groups,
        read_steering_group,
        change_steering_group,
        appoint_steering_member,
        list_steering_members,
        read_steering_member,
        change_steering_member,
        remove_steering_member,
    ]
}

/// Which groups.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SteeringGroupFilter {
    /// Only of this organisation itself.
    #[param(nullable = false)]
    organisation_id: Option<OrganisationId>,
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of steering groups.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SteeringGroupPage {
    /// The groups, in the order they were made.
    items: Vec<SteeringGroup>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// On which day.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SteeringMemberFilter {
    /// Only those who hold a seat on this day; without it everybody who ever did or will.
    #[param(nullable = false)]
    on: Option<NaiveDate>,
}

/// Who sits in a group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SteeringMemberPage {
    /// The members, in the order of appointment.
    items: Vec<SteeringMember>,
    /// Which of chair and secretary nobody is on the day asked for, or today (CPS-5).
    vacancies: Vec<MemberRole>,
}

fn reply(group: &SteeringGroup) -> Result<Reply> {
    Ok(Reply::ok(group)?.version(group.version))
}

/// Create a steering group
///
/// A steering group (styregruppe) of an organisation that you may see, with the days counts of its
/// policy: agenda sent 7 calendar days before a meeting, minutes 7 after, remarks for 7 (CPS-6).
#[utoipa::path(tag = "Steering groups", security(("oauth2" = ["steeringGroups.write"])),
    request_body = NewSteeringGroup,
    responses((status = 201, description = "The new group.", body = SteeringGroup)))]
#[post("/steering-groups")]
async fn create_steering_group(
    app: App,
    permit: Permit<SteeringGroupsWrite>,
    body: Body<NewSteeringGroup>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let group = store::create(cx, new)?;
        let place = format!("/steering-groups/{}", group.id);
        Ok(Reply::created(place, &group)?.version(group.version))
    })
    .await
}

/// List steering groups
///
/// The groups that you see; as a member those in which you hold a seat today.
#[utoipa::path(tag = "Steering groups", security(("oauth2" = ["steeringGroups.read"])),
    params(SteeringGroupFilter),
    responses((status = 200, description = "A page of groups.", body = SteeringGroupPage)))]
#[get("/steering-groups")]
async fn list_steering_groups(
    app: App,
    permit: Permit<SteeringGroupsRead>,
    query: Query<SteeringGroupFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            organisation_id: query.organisation_id,
            programme_id: query.programme_id,
        };
        let (items, next_cursor) = store::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| SteeringGroupPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a steering group
#[utoipa::path(tag = "Steering groups", security(("oauth2" = ["steeringGroups.read"])),
    params(("steeringGroupId" = SteeringGroupId, Path, description = "The group's id.")),
    responses((status = 200, description = "The group.", body = SteeringGroup)))]
#[get("/steering-groups/{steeringGroupId}")]
async fn read_steering_group(
    app: App,
    permit: Permit<SteeringGroupsRead>,
    id: Path<SteeringGroupId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| reply(&store::find(cx, id.0)?))
        .await
}

/// Change a steering group
///
/// A merge patch (RFC 7396): fields that are absent stay as they are. A last day before a meeting that
/// is not cancelled, before the end of a working group at work or before the last day of a seat is
/// refused: `errors` names each of them by its id. Planned evaluations move with the last day (CPS-7).
#[utoipa::path(tag = "Steering groups", security(("oauth2" = ["steeringGroups.write"])),
    params(("steeringGroupId" = SteeringGroupId, Path, description = "The group's id.")),
    request_body = SteeringGroupChange,
    responses((status = 200, description = "The group as it is now.", body = SteeringGroup)))]
#[patch("/steering-groups/{steeringGroupId}")]
async fn change_steering_group(
    app: App,
    permit: Permit<SteeringGroupsWrite>,
    id: Path<SteeringGroupId>,
    body: Body<SteeringGroupChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        reply(&store::change(cx, id.0, change)?)
    })
    .await
}

/// Appoint a member of a steering group
///
/// Puts a person on a seat for a period within the group's own (CPS-5). On no day are there two chairs
/// or two secretaries, or one staff member on two seats: `replaces` ends the seat of the one who is
/// followed in the same step. The group's version grows: with the `ETag` of the group in `If-Match`, a
/// request that was sent twice is refused the second time.
#[utoipa::path(tag = "Steering groups", security(("oauth2" = ["steeringGroups.write"])),
    params(("steeringGroupId" = SteeringGroupId, Path, description = "The group's id.")),
    request_body = NewSteeringMember,
    responses((status = 201, description = "The new member.", body = SteeringMember)))]
#[post("/steering-groups/{steeringGroupId}/members")]
async fn appoint_steering_member(
    app: App,
    permit: Permit<SteeringGroupsWrite>,
    id: Path<SteeringGroupId>,
    body: Body<NewSteeringMember>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let member = members::appoint(cx, id.0, new)?;
        let place = format!("/steering-members/{}", member.id);
        Ok(Reply::created(place, &member)?.version(member.version))
    })
    .await
}

/// List the members of a steering group
///
/// Everybody who holds, has held or will hold a seat, or those of one day; and which of chair and
/// secretary nobody is on that day.
#[utoipa::path(tag = "Steering groups", security(("oauth2" = ["steeringGroups.read"])),
    params(("steeringGroupId" = SteeringGroupId, Path, description = "The group's id."), SteeringMemberFilter),
    responses((status = 200, description = "The members.", body = SteeringMemberPage)))]
#[get("/steering-groups/{steeringGroupId}/members")]
async fn list_steering_members(
    app: App,
    permit: Permit<SteeringGroupsRead>,
    id: Path<SteeringGroupId>,
    query: Query<SteeringMemberFilter>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        let group = store::find(cx, id.0)?;
        let day = match query.on {
            Some(day) => day,
            None => members::today(cx, &group)?,
        };
        let mut items = members::of_group(cx, group.id)?;
        let vacancies = members::vacant(&items, day);
        if query.on.is_some() {
            items.retain(|member| member.sits_on(day));
        }
        Reply::ok(&SteeringMemberPage { items, vacancies })
    })
    .await
}

/// Read a member of a steering group
#[utoipa::path(tag = "Steering groups", security(("oauth2" = ["steeringGroups.read"])),
    params(("steeringMemberId" = SteeringMemberId, Path, description = "The member's id.")),
    responses((status = 200, description = "The member.", body = SteeringMember)))]
#[get("/steering-members/{steeringMemberId}")]
async fn read_steering_member(
    app: App,
    permit: Permit<SteeringGroupsRead>,
    id: Path<SteeringMemberId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let member = members::find(cx, id.0)?;
        Ok(Reply::ok(&member)?.version(member.version))
    })
    .await
}

/// Change a member of a steering group
///
/// A merge patch (RFC 7396), also to end a seat. Another person or another role is another member; a
/// seat that has not begun is taken back with `DELETE`.
#[utoipa::path(tag = "Steering groups", security(("oauth2" = ["steeringGroups.write"])),
    params(("steeringMemberId" = SteeringMemberId, Path, description = "The member's id.")),
    request_body = SteeringMemberChange,
    responses((status = 200, description = "The member as it is now.", body = SteeringMember)))]
#[patch("/steering-members/{steeringMemberId}")]
async fn change_steering_member(
    app: App,
    permit: Permit<SteeringGroupsWrite>,
    id: Path<SteeringMemberId>,
    body: Body<SteeringMemberChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let member = members::change(cx, id.0, change)?;
        Ok(Reply::ok(&member)?.version(member.version))
    })
    .await
}

/// Remove a member of a steering group
///
/// Takes back a seat before its first day in the group's time zone (CPS-5): somebody was appointed by
/// mistake, or the group ends before. One that has begun is ended with `untilOn` instead. A seat that
/// ended because this one was to follow it keeps that last day: change it. What the member proposes
/// for agendas stays there without a proposer. The group's version grows.
#[utoipa::path(tag = "Steering groups", security(("oauth2" = ["steeringGroups.write"])),
    params(("steeringMemberId" = SteeringMemberId, Path, description = "The member's id.")),
    responses((status = 200, description = "The member that was removed.", body = SteeringMember)))]
#[delete("/steering-members/{steeringMemberId}")]
async fn remove_steering_member(
    app: App,
    permit: Permit<SteeringGroupsWrite>,
    id: Path<SteeringMemberId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        let member = members::remove(cx, id.0)?;
        Ok(Reply::ok(&member)?.version(member.version))
    })
    .await
}
