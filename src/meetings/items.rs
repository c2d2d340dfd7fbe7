//! Agenda items in storage, with what the minutes will say of them.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::item_rows::{self, Content, Row, Seen, Told, of_meeting, place};
use super::model::{AgendaItem, AgendaItemId, MeetingId};
use super::requests::{AgendaItemChange, AgendaOrder, NewAgendaItem};
use super::rules::Step;
use super::store::{self, Found, event};
use super::{actions, decisions};
use crate::function_descriptions;
use crate::platform::app::Cx;
use crate::platform::db::schema::agenda_items;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, FieldError, ProblemCode, Result};
use crate::platform::id::Id;
use crate::steering::{self, Standing};

/// How many items an agenda has at most: what one answer holds.
const MOST: usize = 100;

/// The items of a meeting in their order, as the actor sees them.
pub fn list(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<AgendaItem>> {
    let found = store::find_row(cx, meeting)?;
    let rows = of_meeting(cx, meeting)?;
    let seen = rows
        .into_iter()
        .filter_map(|row| row.seen(cx, &found).transpose());
    seen.map(|one| Ok(one?.0)).collect()
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

/// An item as the actor sees it.
fn shown(cx: &Cx<'_>, row: Row, found: &Found) -> Result<Seen> {
    row.seen(cx, found)?.ok_or_else(Error::not_found)
}

/// One item as the actor sees it.
pub(super) fn find(cx: &mut Cx<'_>, id: AgendaItemId) -> Result<Seen> {
    let (row, found) = find_row(cx, id)?;
    shown(cx, row, &found)
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
    let changed = if row.has_begun(now) {
        &mut row.minutes_changed
    } else {
        &mut row.agenda_changed
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

/// Adds an item to a meeting in the version that the actor has read.
pub(super) fn propose(
    cx: &mut Cx<'_>,
    meeting: MeetingId,
    new: &NewAgendaItem,
) -> Result<AgendaItem> {
    let found = store::find_row(cx, meeting)?;
    cx.request.heed_version(found.row.version)?;
    add_to(cx, found, new)
}

/// Adds an item to a meeting; the version in the request is of something else.
pub fn add(cx: &mut Cx<'_>, meeting: MeetingId, new: &NewAgendaItem) -> Result<AgendaItem> {
    let found = store::find_row(cx, meeting)?;
    add_to(cx, found, new)
}

/// Adds an item at the end of the agenda. After the agenda was due or sent it is marked late.
fn add_to(cx: &mut Cx<'_>, mut found: Found, new: &NewAgendaItem) -> Result<AgendaItem> {
    let meeting = found.row.id;
    found.row.check(Step::Plan, cx.now)?;
    let proposer_id = match found.standing {
        Standing::Member(_) if found.row.has_begun(cx.now) => {
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
    let rows = of_meeting(cx, meeting)?;
    if rows.len() >= MOST {
        return Err(Error::conflict("An agenda has 100 items at most."));
    }
    let id = Id::new();
    let content = Content {
        title: new.title.clone(),
        text: new.text.clone(),
        attachments: new.attachments.clone(),
        minutes: None,
        told: found.row.has_begun(cx.now).then_some(Told::Nothing),
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
    Ok(shown(cx, row, &found)?.0)
}

/// Refuses what the agenda alone says of an item: it stays as it was when the meeting began.
fn check_agenda_stays(change: &AgendaItemChange) -> Result<()> {
    let wrong: Vec<FieldError> = [
        ("/text", change.text.is_some()),
        ("/plannedMinutes", change.planned_minutes.is_some()),
        ("/attachments", change.attachments.is_some()),
    ]
    .into_iter()
    .filter(|(_, sent)| *sent)
    .map(|(pointer, _)| {
        FieldError::new(
            pointer,
            "meetingHasBegun",
            "stays as the agenda had it: the meeting has begun, and what is said of it now is `minutes`",
        )
    })
    .collect();
    Error::unless_empty(wrong)
}

/// Changes an item: what it is on the agenda until the meeting begins, what the minutes say of it
/// afterwards, and at any time whether it is confidential. Title and kind are the agenda's and the
/// minutes': once the meeting has begun members read them changed when minutes are sent.
pub fn change(cx: &mut Cx<'_>, id: AgendaItemId, change: &AgendaItemChange) -> Result<Seen> {
    let (mut row, mut found) = find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    let begun = found.row.has_begun(cx.now);
    found
        .row
        .check(if begun { Step::Write } else { Step::Plan }, cx.now)?;
    if change.minutes.is_some() && !begun {
        found.row.check(Step::Write, cx.now)?;
    }
    if begun {
        check_agenda_stays(change)?;
    }
    let mut content = row.content(cx)?;
    if begun && (change.title.is_some() || change.kind.is_some()) {
        content.told.get_or_insert(Told::As {
            title: content.title.clone(),
            kind: row.kind,
        });
    }
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
    item_rows::write(cx, &row)?;
    cx.emit(&event("agendaItem.changed", &found.group, id))?;
    note_draft(cx, &mut found)?;
    shown(cx, row, &found)
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
    let left = of_meeting(cx, found.row.id)?;
    let order: Vec<AgendaItemId> = left.iter().map(|row| row.id).collect();
    number(cx, &left, &order)?;
    cx.emit(&event("agendaItem.removed", &found.group, id))?;
    note_draft(cx, &mut found)?;
    row.drafted(cx)
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
    let rows = of_meeting(cx, meeting)?;
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
