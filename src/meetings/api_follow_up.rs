//! `/decisions` and `/action-items`.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::follow_up_model::{ActionItem, MeetingDecision};
use super::model::{ActionItemId, AgendaItemId, DecisionId, MeetingId};
use super::requests::{ActionItemChange, ActionItemCompletion, DecisionText, NewActionItem};
use super::{actions, decisions};
use crate::platform::access::Permit;
use crate::platform::access::policy::{MeetingsRead, MeetingsTakePart, MeetingsWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;
use crate::steering::{SteeringGroupId, SteeringMemberId};

/// The routes of what follows from meetings.
#[must_use]
pub fn routes() -> Routes {
    routes![
        record_decision,
        list_decisions,
        read_decision,
        change_decision,
        create_action_item,
        list_action_items,
        read_action_item,
        change_action_item,
        complete_action_item,
    ]
}

/// Which decisions.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DecisionFilter {
    /// Only of this group.
    #[param(nullable = false)]
    steering_group_id: Option<SteeringGroupId>,
    /// Only of this meeting.
    #[param(nullable = false)]
    meeting_id: Option<MeetingId>,
    /// Only decided on this day or later.
    #[param(nullable = false)]
    decided_from: Option<NaiveDate>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of decisions.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecisionPage {
    /// The decisions, the latest first.
    items: Vec<MeetingDecision>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ActionItemFilter {
    /// Only of this group.
    #[param(nullable = false)]
    steering_group_id: Option<SteeringGroupId>,
    /// Only of this meeting.
    #[param(nullable = false)]
    meeting_id: Option<MeetingId>,
    /// Only this member's.
    #[param(nullable = false)]
    owner_id: Option<SteeringMemberId>,
    /// `true`: only those done; `false`: only those not done.
    #[param(nullable = false)]
    completed: Option<bool>,
    /// Only due on this day or earlier.
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

/// A page of tasks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionItemPage {
    /// The tasks, the earliest due first.
    items: Vec<ActionItem>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// What of an answer changes without its version: what the item, the minutes and the time say of it.
fn variant(late: bool, confidential: bool, minutes_version: Option<i32>) -> String {
    let mut variant = String::new();
    if late {
        variant.push('l');
    }
    if confidential {
        variant.push('c');
    }
    if let Some(number) = minutes_version {
        variant.push_str(&format!("m{number}"));
    }
    variant
}

fn decision_tag(reply: Reply, one: &MeetingDecision) -> Reply {
    let variant = variant(false, one.confidential, one.minutes_version);
    reply.version_variant(one.version, &variant)
}

fn task_tag(reply: Reply, one: &ActionItem) -> Reply {
    let variant = variant(one.late, one.confidential, one.minutes_version);
    reply.version_variant(one.version, &variant)
}

/// Record a decision
///
/// A decision (beslutning) on an item, once the meeting has begun.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("agendaItemId" = AgendaItemId, Path, description = "The item's id.")),
    request_body = DecisionText,
    responses((status = 201, description = "The decision.", body = MeetingDecision)))]
#[post("/agenda-items/{agendaItemId}/decisions")]
async fn record_decision(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<AgendaItemId>,
    body: Body<DecisionText>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let decision = decisions::record(cx, id.0, sent)?;
        let place = format!("/decisions/{}", decision.id);
        Ok(decision_tag(Reply::created(place, &decision)?, &decision))
    })
    .await
}

/// List decisions
///
/// The decisions of the groups that you see, the latest first. Members read what the newest minutes
/// that were sent say; the secretariat its draft, with the version of the minutes that holds it.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(DecisionFilter),
    responses((status = 200, description = "A page of decisions.", body = DecisionPage)))]
#[get("/decisions")]
async fn list_decisions(
    app: App,
    permit: Permit<MeetingsRead>,
    query: Query<DecisionFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = decisions::Filter {
            steering_group_id: query.steering_group_id,
            meeting_id: query.meeting_id,
            decided_from: query.decided_from,
        };
        let (items, next_cursor) =
            decisions::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| DecisionPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a decision
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("decisionId" = DecisionId, Path, description = "The decision's id.")),
    responses((status = 200, description = "The decision.", body = MeetingDecision)))]
#[get("/decisions/{decisionId}")]
async fn read_decision(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<DecisionId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let one = decisions::find(cx, id.0)?;
        Ok(decision_tag(Reply::ok(&one)?, &one))
    })
    .await
}

/// Change a decision
///
/// Other words for it in the minutes to come. Minutes that were sent keep what they say.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("decisionId" = DecisionId, Path, description = "The decision's id.")),
    request_body = DecisionText,
    responses((status = 200, description = "The decision as it is now.", body = MeetingDecision)))]
#[patch("/decisions/{decisionId}")]
async fn change_decision(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<DecisionId>,
    body: Body<DecisionText>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let one = decisions::change(cx, id.0, sent)?;
        Ok(decision_tag(Reply::ok(&one)?, &one))
    })
    .await
}

/// Create an action item
///
/// A task (opgave) that was agreed on an item: who does it, and until when.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("agendaItemId" = AgendaItemId, Path, description = "The item's id.")),
    request_body = NewActionItem,
    responses((status = 201, description = "The task.", body = ActionItem)))]
#[post("/agenda-items/{agendaItemId}/action-items")]
async fn create_action_item(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<AgendaItemId>,
    body: Body<NewActionItem>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let task = actions::record(cx, id.0, sent)?;
        let place = format!("/action-items/{}", task.id);
        Ok(task_tag(Reply::created(place, &task)?, &task))
    })
    .await
}

/// List action items
///
/// The tasks of the groups that you see, the earliest due first. Members see those that minutes hold
/// which were sent.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(ActionItemFilter),
    responses((status = 200, description = "A page of tasks.", body = ActionItemPage)))]
#[get("/action-items")]
async fn list_action_items(
    app: App,
    permit: Permit<MeetingsRead>,
    query: Query<ActionItemFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = actions::Filter {
            steering_group_id: query.steering_group_id,
            meeting_id: query.meeting_id,
            owner_id: query.owner_id,
            completed: query.completed,
            due_until: query.due_until,
        };
        let (items, next_cursor) = actions::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| ActionItemPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read an action item
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.read"])),
    params(("actionItemId" = ActionItemId, Path, description = "The task's id.")),
    responses((status = 200, description = "The task.", body = ActionItem)))]
#[get("/action-items/{actionItemId}")]
async fn read_action_item(
    app: App,
    permit: Permit<MeetingsRead>,
    id: Path<ActionItemId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let one = actions::find(cx, id.0)?;
        Ok(task_tag(Reply::ok(&one)?, &one))
    })
    .await
}

/// Change an action item
///
/// Another member or another day, until it is done. The minutes keep what was agreed.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.write"])),
    params(("actionItemId" = ActionItemId, Path, description = "The task's id.")),
    request_body = ActionItemChange,
    responses((status = 200, description = "The task as it is now.", body = ActionItem)))]
#[patch("/action-items/{actionItemId}")]
async fn change_action_item(
    app: App,
    permit: Permit<MeetingsWrite>,
    id: Path<ActionItemId>,
    body: Body<ActionItemChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let one = actions::change(cx, id.0, sent)?;
        Ok(task_tag(Reply::ok(&one)?, &one))
    })
    .await
}

/// Complete an action item
///
/// It is done. A member completes own tasks.
#[utoipa::path(tag = "Meetings", security(("oauth2" = ["meetings.takePart"])),
    params(("actionItemId" = ActionItemId, Path, description = "The task's id.")),
    request_body = ActionItemCompletion,
    responses((status = 200, description = "The task.", body = ActionItem)))]
#[post("/action-items/{actionItemId}/completion")]
async fn complete_action_item(
    app: App,
    permit: Permit<MeetingsTakePart>,
    id: Path<ActionItemId>,
    body: Body<ActionItemCompletion>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let one = actions::complete(cx, id.0, sent)?;
        Ok(task_tag(Reply::ok(&one)?, &one))
    })
    .await
}
