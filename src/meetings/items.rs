//! Agenda items in storage, with what the minutes will say of them.

use std::collections::BTreeSet;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{AgendaItem, AgendaItemId, AgendaItemKind, Attachment, MeetingId};
use super::requests::{AgendaItemChange, AgendaOrder, NewAgendaItem};
use super::rules::Step;
use super::store::{self, Found, event};
use super::{actions, decisions};
use crate::function_descriptions;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::agenda_items;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::id::Id;
use crate::platform::text::{Name, Prose};
use crate::steering::{self, Standing, SteeringMemberId};

/// The sealed part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Content {
    pub title: Name,
    pub text: Option<Prose>,
    pub attachments: Vec<Attachment>,
    pub minutes: Option<Prose>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agenda_items, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: AgendaItemId,
    controller_id: OrganisationId,
    meeting_id: MeetingId,
    position: i32,
    kind: AgendaItemKind,
    confidential: bool,
    planned_minutes: Option<i32>,
    proposer_id: Option<SteeringMemberId>,
    late: bool,
    content: Vec<u8>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

fn place<'a>(id: AgendaItemId) -> Place<'a> {
    Place::new("agenda_items.content", id.uuid())
}

impl Row {
    fn shown(self, cx: &Cx<'_>) -> Result<AgendaItem> {
        let content: Content = cx.keys.open_json(place(self.id), &self.content)?;
        Ok(AgendaItem {
            id: self.id,
            meeting_id: self.meeting_id,
            number: self.position,
            title: content.title,
            kind: self.kind,
            confidential: self.confidential,
            text: content.text,
            planned_minutes: self.planned_minutes,
            proposer_id: self.proposer_id,
            attachments: content.attachments,
            late: self.late,
            minutes: content.minutes,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// How many items an agenda has at most: what one answer holds.
const MOST: usize = 100;

fn rows(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<Row>> {
    Ok(agenda_items::table
        .filter(agenda_items::meeting_id.eq(meeting))
        .filter(agenda_items::controller_id.eq(cx.scope().controller))
        .order((agenda_items::position.asc(), agenda_items::id.asc()))
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// The items of a meeting in their order, with what the minutes will say.
pub(super) fn all(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<AgendaItem>> {
    let rows = rows(cx, meeting)?;
    rows.into_iter().map(|row| row.shown(cx)).collect()
}

/// An item as the actor sees it: what the minutes will say is the secretariat's, others read the
/// minutes that were sent.
fn as_seen(item: AgendaItem, found: &Found) -> AgendaItem {
    AgendaItem {
        minutes: item.minutes.filter(|_| found.is_secretariat()),
        ..item
    }
}

/// The items of a meeting in their order, as the actor sees them.
pub fn list(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<AgendaItem>> {
    let found = store::find_row(cx, meeting)?;
    let items = all(cx, meeting)?;
    Ok(items
        .into_iter()
        .map(|item| as_seen(item, &found))
        .collect())
}

fn find_row(cx: &mut Cx<'_>, id: AgendaItemId) -> Result<(Row, Found)> {
    let row: Row = agenda_items::table
        .find(id)
        .filter(agenda_items::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)?;
    let found = store::find_row(cx, row.meeting_id)?;
    Ok((row, found))
}

/// One item as the actor sees it.
pub fn find(cx: &mut Cx<'_>, id: AgendaItemId) -> Result<AgendaItem> {
    let (row, found) = find_row(cx, id)?;
    Ok(as_seen(row.shown(cx)?, &found))
}

/// The meeting of an item, for something that its minutes are to say on the item in the version
/// that the actor has read. The item is one version on: the same request once more is refused.
pub(super) fn written_on(cx: &mut Cx<'_>, id: AgendaItemId) -> Result<Found> {
    let (row, found) = find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    found.row.check(Step::Write, cx.now)?;
    diesel::update(agenda_items::table.find(id))
        .set((
            agenda_items::version.eq(row.version + 1),
            agenda_items::updated_at.eq(cx.now),
        ))
        .execute(cx.conn())?;
    Ok(found)
}

/// Whether the meeting of an item was cancelled.
pub fn is_cancelled(cx: &mut Cx<'_>, id: AgendaItemId) -> Result<bool> {
    let (_, found) = find_row(cx, id)?;
    Ok(found.row.cancelled_at.is_some())
}

/// Those of these items that are confidential now.
pub(super) fn confidential(
    cx: &mut Cx<'_>,
    ids: &[AgendaItemId],
) -> Result<BTreeSet<AgendaItemId>> {
    let found: Vec<AgendaItemId> = agenda_items::table
        .filter(one_of(agenda_items::id, ids))
        .filter(agenda_items::controller_id.eq(cx.scope().controller))
        .filter(agenda_items::confidential.eq(true))
        .select(agenda_items::id)
        .load(cx.conn())?;
    Ok(found.into_iter().collect())
}

/// Marks the paper that no longer says what the draft says. Answers whether it did until now.
fn mark_draft(found: &mut Found, now: Instant) -> bool {
    let row = &mut found.row;
    let changed = if row.starts_at > now {
        &mut row.agenda_changed
    } else {
        &mut row.minutes_changed
    };
    !std::mem::replace(changed, true)
}

/// Notes on the meeting which paper no longer says what the draft says.
pub(super) fn note_draft(cx: &mut Cx<'_>, found: &mut Found) -> Result<()> {
    if mark_draft(found, cx.now) {
        store::write(cx, found)?;
    }
    Ok(())
}

/// Adds an item at the end of the agenda. After the agenda was due or sent it is marked late.
pub fn add(cx: &mut Cx<'_>, meeting: MeetingId, new: &NewAgendaItem) -> Result<AgendaItem> {
    let mut found = store::find_row(cx, meeting)?;
    found.row.check(Step::Plan, cx.now)?;
    let proposer_id = match found.standing {
        Standing::Member(_) if found.row.starts_at <= cx.now => {
            return Err(Error::conflict(
                "The meeting has begun: what comes up now is the secretariat's to add.",
            ));
        }
        Standing::Member(own) => {
            if new.proposer_id.is_some_and(|named| named != own) {
                return Err(Error::field(
                    "/proposerId",
                    "notOneself",
                    "must be yourself, or left out",
                ));
            }
            Some(own)
        }
        Standing::Secretariat => new.proposer_id,
    };
    if let Some(id) = proposer_id {
        steering::member_of(cx, found.group.id, id)
            .map_err(|error| error.referred("/proposerId"))?;
    }
    let rows = rows(cx, meeting)?;
    if rows.len() >= MOST {
        return Err(Error::conflict("An agenda has 100 items at most."));
    }
    let id = Id::new();
    let content = Content {
        title: new.title.clone(),
        text: new.text.clone(),
        attachments: new.attachments.clone(),
        minutes: None,
    };
    let late = found.row.agenda_done_at.is_some() || found.row.agenda_due_at <= cx.now;
    let row = Row {
        id,
        controller_id: found.row.controller_id,
        meeting_id: meeting,
        position: rows.last().map_or(1, |last| last.position + 1),
        kind: new.kind,
        confidential: new.confidential,
        planned_minutes: new.planned_minutes,
        proposer_id,
        late,
        content: cx.keys.seal_json(place(id), &content)?,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(agenda_items::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&event("agendaItem.added", &found.group, id))?;
    // In any case one version on: the same request in the same version is refused.
    mark_draft(&mut found, cx.now);
    store::write(cx, &mut found)?;
    Ok(as_seen(row.shown(cx)?, &found))
}

/// Changes an item: what it is on the agenda until the meeting begins, what the minutes say of it
/// afterwards, and at any time whether it is confidential.
pub fn change(cx: &mut Cx<'_>, id: AgendaItemId, change: &AgendaItemChange) -> Result<AgendaItem> {
    let (mut row, mut found) = find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    let begun = found.row.starts_at <= cx.now;
    found
        .row
        .check(if begun { Step::Write } else { Step::Plan }, cx.now)?;
    if change.minutes.is_some() && !begun {
        found.row.check(Step::Write, cx.now)?;
    }
    let mut content: Content = cx.keys.open_json(place(id), &row.content)?;
    if let Some(title) = &change.title {
        content.title = title.clone();
    }
    if let Some(text) = &change.text {
        content.text.clone_from(text);
    }
    if let Some(attachments) = &change.attachments {
        content.attachments.clone_from(attachments);
    }
    if let Some(minutes) = &change.minutes {
        content.minutes.clone_from(minutes);
    }
    let replaces = change.text.is_some() || change.attachments.is_some() || change.kind.is_some();
    if replaces && function_descriptions::awaits_decision(cx, id)? {
        return Err(Error::conflict(
            "The group decides on the document as it was submitted: kind, text and attachments of the item stay.",
        ));
    }
    row.kind = change.kind.unwrap_or(row.kind);
    row.confidential = change.confidential.unwrap_or(row.confidential);
    row.planned_minutes = change.planned_minutes.unwrap_or(row.planned_minutes);
    row.content = cx.keys.seal_json(place(id), &content)?;
    row.version += 1;
    row.updated_at = cx.now;
    diesel::update(agenda_items::table.find(id))
        .set(&row)
        .execute(cx.conn())?;
    cx.emit(&event("agendaItem.changed", &found.group, id))?;
    note_draft(cx, &mut found)?;
    Ok(as_seen(row.shown(cx)?, &found))
}

/// Takes an item off the agenda. What was sent of it stays in what was sent.
pub fn remove(cx: &mut Cx<'_>, id: AgendaItemId) -> Result<AgendaItem> {
    let (row, mut found) = find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    found.row.check(Step::Plan, cx.now)?;
    if decisions::any_on(cx, id)? || actions::any_on(cx, id)? {
        return Err(Error::conflict(
            "Decisions or tasks were recorded on this item: it stays.",
        ));
    }
    if function_descriptions::is_submitted(cx, id)? {
        return Err(Error::conflict(
            "A document was submitted to this item: it stays.",
        ));
    }
    diesel::delete(agenda_items::table.find(id)).execute(cx.conn())?;
    let left = rows(cx, found.row.id)?;
    let order: Vec<AgendaItemId> = left.iter().map(|row| row.id).collect();
    number(cx, &left, &order)?;
    cx.emit(&event("agendaItem.removed", &found.group, id))?;
    note_draft(cx, &mut found)?;
    row.shown(cx)
}

/// Writes the places of items where they are others than before.
fn number(cx: &mut Cx<'_>, rows: &[Row], order: &[AgendaItemId]) -> Result<()> {
    for (id, place) in order.iter().zip(1..) {
        let moved = rows
            .iter()
            .any(|row| row.id == *id && row.position != place);
        if moved {
            diesel::update(agenda_items::table.find(id))
                .set((
                    agenda_items::position.eq(place),
                    agenda_items::version.eq(agenda_items::version + 1),
                    agenda_items::updated_at.eq(cx.now),
                ))
                .execute(cx.conn())?;
        }
    }
    Ok(())
}

/// Puts the items of an agenda in another order.
pub fn order(cx: &mut Cx<'_>, meeting: MeetingId, order: &AgendaOrder) -> Result<Vec<AgendaItem>> {
    let mut found = store::find_row(cx, meeting)?;
    cx.request.expect_version(found.row.version)?;
    found.row.check(Step::Plan, cx.now)?;
    let rows = rows(cx, meeting)?;
    let mut sent = order.agenda_item_ids.clone();
    let mut known: Vec<AgendaItemId> = rows.iter().map(|row| row.id).collect();
    sent.sort();
    known.sort();
    if sent != known {
        return Err(Error::problem(
            ProblemCode::InvalidRequest,
            "The order must name every item of this agenda once, and nothing else.",
        ));
    }
    number(cx, &rows, &order.agenda_item_ids)?;
    found.row.agenda_changed = true;
    store::save(cx, &mut found, "meeting.agendaOrdered")?;
    list(cx, meeting)
}
