//! `/time-types`.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{TimeType, TimeTypeId};
use super::requests::{NewTimeType, TimeTypeChange};
use super::time_types::{self, Filter};
use crate::platform::access::Permit;
use crate::platform::access::policy::{TimetableRead, TimetableWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;

/// The routes of time types.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_time_type,
        list_time_types,
        read_time_type,
        change_time_type,
    ]
}

/// Which time types.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TimeTypeFilter {
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// `true`: only those of which new times are made; `false`: only the others.
    #[param(nullable = false)]
    active: Option<bool>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of time types.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeTypePage {
    /// The time types, in the order they were made.
    items: Vec<TimeType>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Create a time type
///
/// Says what a kind of time is called inside and on the web, how long it is, and how long before a
/// time it may still be booked, moved and cancelled (HAL-2).
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.write"])),
    request_body = NewTimeType,
    responses((status = 201, description = "The new time type.", body = TimeType)))]
#[post("/time-types")]
async fn create_time_type(
    app: App,
    permit: Permit<TimetableWrite>,
    body: Body<NewTimeType>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let kind = time_types::create(cx, new)?;
        Ok(Reply::created(format!("/time-types/{}", kind.id), &kind)?.version(kind.version))
    })
    .await
}

/// List time types
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.read"])),
    params(TimeTypeFilter),
    responses((status = 200, description = "A page of time types.", body = TimeTypePage)))]
#[get("/time-types")]
async fn list_time_types(
    app: App,
    permit: Permit<TimetableRead>,
    query: Query<TimeTypeFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            active: query.active,
        };
        let bound_to = format!("timeTypes {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = time_types::list(cx, &filter, after, query.limit.rows())?;
        let (items, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: 0,
            id: row.id.uuid(),
        });
        Reply::page(next_cursor, |next_cursor| TimeTypePage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a time type
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.read"])),
    params(("timeTypeId" = TimeTypeId, Path, description = "The time type's id.")),
    responses((status = 200, description = "The time type.", body = TimeType)))]
#[get("/time-types/{timeTypeId}")]
async fn read_time_type(
    app: App,
    permit: Permit<TimetableRead>,
    id: Path<TimeTypeId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let kind = time_types::find(cx, id.0)?;
        Ok(Reply::ok(&kind)?.version(kind.version))
    })
    .await
}

/// Change a time type
///
/// Names, web visibility and lead times hold at once for the times there are; times that have a
/// name or visibility of their own keep it. A type that is no longer active makes no new times.
#[utoipa::path(tag = "Time books", security(("oauth2" = ["timetable.write"])),
    params(("timeTypeId" = TimeTypeId, Path, description = "The time type's id.")),
    request_body = TimeTypeChange,
    responses((status = 200, description = "The time type as it is now.", body = TimeType)))]
#[patch("/time-types/{timeTypeId}")]
async fn change_time_type(
    app: App,
    permit: Permit<TimetableWrite>,
    id: Path<TimeTypeId>,
    body: Body<TimeTypeChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let kind = time_types::change(cx, id.0, change)?;
        Ok(Reply::ok(&kind)?.version(kind.version))
    })
    .await
}
