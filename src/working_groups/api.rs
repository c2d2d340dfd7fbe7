//! `/working-groups`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{
    NewWorkingGroup, WorkingGroup, WorkingGroupChange, WorkingGroupClosure, WorkingGroupId,
    WorkingGroupReport, WorkingGroupState,
};
use super::store;
use crate::platform::access::Permit;
use crate::platform::access::policy::{WorkingGroupsRead, WorkingGroupsWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;
use crate::steering::SteeringGroupId;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_working_group,
        list_working_groups,
        read_working_group,
        change_working_group,
        report_back,
        close_working_group,
    ]
}

/// Which working groups.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WorkingGroupFilter {
    /// Only of this steering group.
    #[param(nullable = false)]
    steering_group_id: Option<SteeringGroupId>,
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<WorkingGroupState>,
    /// Only those that end on this day or earlier.
    #[param(nullable = false)]
    ends_until: Option<NaiveDate>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of working groups.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkingGroupPage {
    /// The working groups, the earliest end first.
    items: Vec<WorkingGroup>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Whether it is overdue goes with time and is no change of the group.
fn tagged(reply: Reply, group: &WorkingGroup) -> Reply {
    let variant = if group.overdue { "overdue" } else { "" };
    reply.version_variant(group.version, variant)
}

/// Set up a working group
///
/// With a mandate and an end, within its steering group's own time (CPS-5). Its evaluation is planned
/// with it: due after one year, or when it ends, at the latest (CPS-7).
#[utoipa::path(tag = "Working groups", security(("oauth2" = ["workingGroups.write"])),
    request_body = NewWorkingGroup,
    responses((status = 201, description = "The working group.", body = WorkingGroup)))]
#[post("/working-groups")]
async fn create_working_group(
    app: App,
    permit: Permit<WorkingGroupsWrite>,
    body: Body<NewWorkingGroup>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let group = store::create(cx, new)?;
        let place = format!("/working-groups/{}", group.id);
        Ok(tagged(Reply::created(place, &group)?, &group))
    })
    .await
}

/// List working groups
///
/// Those of the steering groups that you see, the earliest end first.
#[utoipa::path(tag = "Working groups", security(("oauth2" = ["workingGroups.read"])),
    params(WorkingGroupFilter),
    responses((status = 200, description = "A page of working groups.", body = WorkingGroupPage)))]
#[get("/working-groups")]
async fn list_working_groups(
    app: App,
    permit: Permit<WorkingGroupsRead>,
    query: Query<WorkingGroupFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = store::Filter {
            steering_group_id: query.steering_group_id,
            programme_id: query.programme_id,
            state: query.state,
            ends_until: query.ends_until,
        };
        let (items, next_cursor) = store::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| WorkingGroupPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a working group
#[utoipa::path(tag = "Working groups", security(("oauth2" = ["workingGroups.read"])),
    params(("workingGroupId" = WorkingGroupId, Path, description = "Its id.")),
    responses((status = 200, description = "The working group.", body = WorkingGroup)))]
#[get("/working-groups/{workingGroupId}")]
async fn read_working_group(
    app: App,
    permit: Permit<WorkingGroupsRead>,
    id: Path<WorkingGroupId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let group = store::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&group)?, &group))
    })
    .await
}

/// Change a working group
///
/// A merge patch (RFC 7396), while it works. Its planned evaluation moves with its last day.
#[utoipa::path(tag = "Working groups", security(("oauth2" = ["workingGroups.write"])),
    params(("workingGroupId" = WorkingGroupId, Path, description = "Its id.")),
    request_body = WorkingGroupChange,
    responses((status = 200, description = "The working group as it is now.", body = WorkingGroup)))]
#[patch("/working-groups/{workingGroupId}")]
async fn change_working_group(
    app: App,
    permit: Permit<WorkingGroupsWrite>,
    id: Path<WorkingGroupId>,
    body: Body<WorkingGroupChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let group = store::change(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&group)?, &group))
    })
    .await
}

/// Record what a working group reports back
///
/// Once; it ends the group. A late report is recorded too.
#[utoipa::path(tag = "Working groups", security(("oauth2" = ["workingGroups.write"])),
    params(("workingGroupId" = WorkingGroupId, Path, description = "Its id.")),
    request_body = WorkingGroupReport,
    responses((status = 200, description = "The working group with its report.", body = WorkingGroup)))]
#[post("/working-groups/{workingGroupId}/report")]
async fn report_back(
    app: App,
    permit: Permit<WorkingGroupsWrite>,
    id: Path<WorkingGroupId>,
    body: Body<WorkingGroupReport>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let group = store::report(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&group)?, &group))
    })
    .await
}

/// Close a working group without a report
#[utoipa::path(tag = "Working groups", security(("oauth2" = ["workingGroups.write"])),
    params(("workingGroupId" = WorkingGroupId, Path, description = "Its id.")),
    request_body = WorkingGroupClosure,
    responses((status = 200, description = "The working group as it is now.", body = WorkingGroup)))]
#[post("/working-groups/{workingGroupId}/closure")]
async fn close_working_group(
    app: App,
    permit: Permit<WorkingGroupsWrite>,
    id: Path<WorkingGroupId>,
    body: Body<WorkingGroupClosure>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let group = store::close(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&group)?, &group))
    })
    .await
}
