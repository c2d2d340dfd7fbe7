//! Tasks in storage: what was agreed stays in the minutes, who does it and until when may change.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::around::Around;
use super::follow_up_model::ActionItem;
use super::items;
use super::model::{ActionItemId, AgendaItemId, MeetingId};
use super::paper_model::ActionEntry;
use super::requests::{ActionItemChange, ActionItemCompletion, NewActionItem};
use super::store::{self, event};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::action_items;
use crate::platform::db::{Condition, Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::text::Line;
use crate::steering::{self, Reach, SteeringGroupId, SteeringMember, SteeringMemberId};

/// The sealed part: the task as it was agreed, and what came of it.
#[derive(Serialize, Deserialize)]
struct Content {
    task: Line,
    agreed_owner_id: SteeringMemberId,
    agreed_due_on: NaiveDate,
    result: Option<Line>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = action_items, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: ActionItemId,
    controller_id: OrganisationId,
    steering_group_id: SteeringGroupId,
    meeting_id: MeetingId,
    agenda_item_id: AgendaItemId,
    owner_id: SteeringMemberId,
    due_on: NaiveDate,
    completed_at: Option<Instant>,
    content: Vec<u8>,
    minutes_version: Option<i32>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

fn place<'a>(id: ActionItemId) -> Place<'a> {
    Place::new("action_items.content", id.uuid())
}

impl Row {
    fn around(&self) -> (SteeringGroupId, AgendaItemId) {
        (self.steering_group_id, self.agenda_item_id)
    }

    /// A task as the actor sees it.
    fn shown(self, cx: &Cx<'_>, around: &Around) -> Result<ActionItem> {
        let content: Content = cx.keys.open_json(place(self.id), &self.content)?;
        let (group, _) = around.group(self.steering_group_id)?;
        let until = crate::calendar::end_of_day(self.due_on, group.policy.zone()?);
        Ok(ActionItem {
            id: self.id,
            steering_group_id: self.steering_group_id,
            meeting_id: self.meeting_id,
            agenda_item_id: self.agenda_item_id,
            task: content.task,
            owner_id: self.owner_id,
            due_on: self.due_on,
            completed_at: self.completed_at,
            result: content.result,
            late: self.completed_at.unwrap_or(cx.now).utc() >= until,
            confidential: around.is_confidential(self.agenda_item_id),
            minutes_version: self.minutes_version,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// Refuses an owner who holds no seat in the group on that day.
fn seated(
    cx: &mut Cx<'_>,
    group: SteeringGroupId,
    owner: SteeringMemberId,
    day: NaiveDate,
) -> Result<()> {
    let owner =
        steering::member_of(cx, group, owner).map_err(|error| error.referred("/ownerId"))?;
    if owner.sits_on(day) {
        return Ok(());
    }
    let detail = "must hold a seat: on the day of the meeting, or today where it is handed over";
    Err(Error::field("/ownerId", "notSeated", detail))
}

/// Refuses a day before the meeting that has given the task.
fn check_due(due_on: NaiveDate, meeting: NaiveDate) -> Result<()> {
    if due_on < meeting {
        return Err(Error::field(
            "/dueOn",
            "order",
            "must not be earlier than the day of the meeting",
        ));
    }
    Ok(())
}

/// Records a task on an item of a meeting that has begun.
pub fn record(cx: &mut Cx<'_>, item: AgendaItemId, new: &NewActionItem) -> Result<ActionItem> {
    let mut found = items::written_on(cx, item)?;
    let day = found.row.held_on;
    seated(cx, found.group.id, new.owner_id, day)?;
    check_due(new.due_on, day)?;
    let id = Id::new();
    let content = Content {
        task: new.task.clone(),
        agreed_owner_id: new.owner_id,
        agreed_due_on: new.due_on,
        result: None,
    };
    let row = Row {
        id,
        controller_id: found.row.controller_id,
        steering_group_id: found.group.id,
        meeting_id: found.row.id,
        agenda_item_id: item,
        owner_id: new.owner_id,
        due_on: new.due_on,
        completed_at: None,
        content: cx.keys.seal_json(place(id), &content)?,
        minutes_version: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(action_items::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&event("actionItem.created", &found.group, id))?;
    items::note_draft(cx, &mut found)?;
    let around = Around::of(cx, [row.around()])?;
    row.shown(cx, &around)
}

/// A task that the actor sees, and what is around it.
fn find_row(cx: &mut Cx<'_>, id: ActionItemId) -> Result<(Row, Around)> {
    let row: Row = action_items::table
        .find(id)
        .filter(action_items::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)?;
    let around = Around::of(cx, [row.around()])?;
    if around.sees(row.steering_group_id, row.minutes_version)? {
        Ok((row, around))
    } else {
        Err(Error::not_found())
    }
}

/// One task of a group that the actor sees from inside.
pub fn find(cx: &mut Cx<'_>, id: ActionItemId) -> Result<ActionItem> {
    let (row, around) = find_row(cx, id)?;
    row.shown(cx, &around)
}

fn open(row: &Row) -> Result<()> {
    match row.completed_at {
        Some(_) => Err(Error::state(
            "The task is done.",
            "completed",
            Vec::<String>::new(),
        )),
        None => Ok(()),
    }
}

fn update(cx: &mut Cx<'_>, mut row: Row, around: &Around) -> Result<ActionItem> {
    row.version += 1;
    row.updated_at = cx.now;
    diesel::update(action_items::table.find(row.id))
        .set(&row)
        .execute(cx.conn())?;
    row.shown(cx, around)
}

/// Changes who does a task and until when. The minutes keep what was agreed.
pub fn change(cx: &mut Cx<'_>, id: ActionItemId, change: &ActionItemChange) -> Result<ActionItem> {
    let (mut row, around) = find_row(cx, id)?;
    let (group, _) = around.group(row.steering_group_id)?;
    cx.request.expect_version(row.version)?;
    open(&row)?;
    // Whoever has left keeps a task until it is handed over: naming the owner again hands nothing over.
    if let Some(owner) = change.owner_id.filter(|owner| *owner != row.owner_id) {
        let today = steering::today(cx, group)?;
        seated(cx, group.id, owner, today)?;
        row.owner_id = owner;
    }
    if let Some(due_on) = change.due_on {
        let meeting = store::find_row(cx, row.meeting_id)?;
        check_due(due_on, meeting.row.held_on)?;
        row.due_on = due_on;
    }
    cx.emit(&event("actionItem.changed", group, id))?;
    update(cx, row, &around)
}

/// Records that a task is done. A member completes own tasks.
pub fn complete(
    cx: &mut Cx<'_>,
    id: ActionItemId,
    done: &ActionItemCompletion,
) -> Result<ActionItem> {
    let (mut row, around) = find_row(cx, id)?;
    let (group, standing) = around.group(row.steering_group_id)?;
    cx.request.heed_version(row.version)?;
    if !steering::acts_for(cx, *standing, row.owner_id)? {
        return Err(Error::conflict(
            "The task is another member's: that member or the secretariat completes it.",
        ));
    }
    open(&row)?;
    let mut content: Content = cx.keys.open_json(place(id), &row.content)?;
    content.result.clone_from(&done.result);
    row.content = cx.keys.seal_json(place(id), &content)?;
    row.completed_at = Some(cx.now);
    cx.emit(&event("actionItem.completed", group, id))?;
    update(cx, row, &around)
}

/// The tasks of a meeting as they were agreed, in the order they were recorded, with their item.
pub(super) fn agreed_at(
    cx: &mut Cx<'_>,
    members: &[SteeringMember],
    meeting: MeetingId,
) -> Result<Vec<(AgendaItemId, ActionEntry)>> {
    let rows: Vec<Row> = action_items::table
        .filter(action_items::meeting_id.eq(meeting))
        .filter(action_items::controller_id.eq(cx.scope().controller))
        .order(action_items::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    let mut agreed = Vec::with_capacity(rows.len());
    for row in rows {
        let content: Content = cx.keys.open_json(place(row.id), &row.content)?;
        let owner = members
            .iter()
            .find(|member| member.id == content.agreed_owner_id)
            .ok_or_else(|| Error::internal("a task of nobody in the group"))?;
        let entry = ActionEntry {
            action_item_id: row.id,
            task: content.task,
            owner_name: owner.name.clone(),
            due_on: content.agreed_due_on,
        };
        agreed.push((row.agenda_item_id, entry));
    }
    Ok(agreed)
}

/// Notes that minutes were sent which hold the tasks of a meeting.
pub(super) fn note_sent(cx: &mut Cx<'_>, meeting: MeetingId, number: i32) -> Result<()> {
    let controller = cx.scope().controller;
    diesel::update(
        action_items::table
            .filter(action_items::meeting_id.eq(meeting))
            .filter(action_items::controller_id.eq(controller)),
    )
    .set(action_items::minutes_version.eq(Some(number)))
    .execute(cx.conn())?;
    Ok(())
}

fn any(cx: &mut Cx<'_>, wanted: Condition<action_items::table>) -> Result<bool> {
    let found: Option<ActionItemId> = action_items::table
        .filter(action_items::controller_id.eq(cx.scope().controller))
        .filter(wanted)
        .select(action_items::id)
        .first(cx.conn())
        .optional()?;
    Ok(found.is_some())
}

/// Whether a task was recorded on an item.
pub(super) fn any_on(cx: &mut Cx<'_>, item: AgendaItemId) -> Result<bool> {
    any(cx, Box::new(action_items::agenda_item_id.eq(item)))
}

/// Whether a task was given at a meeting.
pub(super) fn any_in(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<bool> {
    any(cx, Box::new(action_items::meeting_id.eq(meeting)))
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this group.
    pub steering_group_id: Option<SteeringGroupId>,
    /// Only of this meeting.
    pub meeting_id: Option<MeetingId>,
    /// Only this member's.
    pub owner_id: Option<SteeringMemberId>,
    /// Only those done, or only those not done.
    pub completed: Option<bool>,
    /// Only due on this day or earlier.
    pub due_until: Option<NaiveDate>,
}

/// A page of tasks, the earliest due first, and where the next one begins.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<ActionItem>, Option<Cursor>)> {
    let bound_to = format!("action items {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = action_items::table
        .filter(action_items::controller_id.eq(cx.scope().controller))
        .order((action_items::due_on.asc(), action_items::id.asc()))
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Reach::Some(groups) = steering::of_meetings(cx)? {
        query = query.filter(one_of(action_items::steering_group_id, &groups));
    }
    if steering::by_seat(cx) {
        query = query.filter(action_items::minutes_version.is_not_null());
    }
    if let Some(group) = filter.steering_group_id {
        query = query.filter(action_items::steering_group_id.eq(group));
    }
    if let Some(meeting) = filter.meeting_id {
        query = query.filter(action_items::meeting_id.eq(meeting));
    }
    if let Some(owner) = filter.owner_id {
        query = query.filter(action_items::owner_id.eq(owner));
    }
    match filter.completed {
        Some(true) => query = query.filter(action_items::completed_at.is_not_null()),
        Some(false) => query = query.filter(action_items::completed_at.is_null()),
        None => {}
    }
    if let Some(until) = filter.due_until {
        query = query.filter(action_items::due_on.le(until));
    }
    if let Some(after) = after {
        let day = after.date();
        query = query.filter(
            action_items::due_on.ge(day).and(
                action_items::due_on
                    .gt(day)
                    .or(action_items::id.gt(after.id::<ActionItem>())),
            ),
        );
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| {
        Position::on(row.due_on, row.id)
    });
    let around = Around::of(cx, rows.iter().map(Row::around))?;
    let items = rows.into_iter().map(|row| row.shown(cx, &around));
    Ok((items.collect::<Result<_>>()?, next))
}
