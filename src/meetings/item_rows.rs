//! The rows of agenda items, and what of an item the secretariat and members read.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{AgendaItem, AgendaItemId, AgendaItemKind, Attachment, MeetingId};
use super::store::{Found, event};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::Instant;
use crate::platform::db::schema::{agenda_items, meetings};
use crate::platform::error::Result;
use crate::platform::text::{Name, Prose};
use crate::steering::{SteeringGroup, SteeringMemberId};

/// What members read of an item whose draft says something else since the meeting began.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Told {
    /// Nothing: it came up at the meeting.
    Nothing,
    /// As the newest paper that was sent has it, or the agenda as the meeting began.
    As { title: Name, kind: AgendaItemKind },
}

/// The sealed part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Content {
    pub title: Name,
    pub text: Option<Prose>,
    pub attachments: Vec<Attachment>,
    pub minutes: Option<Prose>,
    /// None while members read what the draft says.
    pub told: Option<Told>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agenda_items, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct Row {
    pub id: AgendaItemId,
    pub controller_id: OrganisationId,
    pub meeting_id: MeetingId,
    pub position: i32,
    pub kind: AgendaItemKind,
    pub confidential: bool,
    pub planned_minutes: Option<i32>,
    pub proposer_id: Option<SteeringMemberId>,
    pub late: bool,
    pub content: Vec<u8>,
    pub version: i32,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// Where an item's sealed part stands.
pub(super) fn place<'a>(id: AgendaItemId) -> Place<'a> {
    Place::new("agenda_items.content", id.uuid())
}

/// An item as somebody reads it, and what its `ETag` says beside its version.
pub type Seen = (AgendaItem, &'static str);

impl Row {
    pub fn content(&self, cx: &Cx<'_>) -> Result<Content> {
        cx.keys.open_json(place(self.id), &self.content)
    }

    fn with(self, content: Content) -> AgendaItem {
        AgendaItem {
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
        }
    }

    /// An item as the draft has it.
    pub fn drafted(self, cx: &Cx<'_>) -> Result<AgendaItem> {
        let content = self.content(cx)?;
        Ok(self.with(content))
    }

    /// An item as the actor sees it, if at all: what the minutes will say of it, also in its title, is
    /// the secretariat's until they are sent.
    pub fn seen(self, cx: &Cx<'_>, found: &Found) -> Result<Option<Seen>> {
        let mut content = self.content(cx)?;
        let told = content.told.take();
        if found.is_secretariat() {
            let written = content.minutes.is_some();
            return Ok(Some((self.with(content), if written { "m" } else { "" })));
        }
        content.minutes = None;
        Ok(match told {
            None => Some((self.with(content), "")),
            Some(Told::Nothing) => None,
            Some(Told::As { title, kind }) => Some((
                AgendaItem {
                    title,
                    kind,
                    ..self.with(content)
                },
                "t",
            )),
        })
    }
}

/// The rows of a meeting in their order.
pub(super) fn of_meeting(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<Row>> {
    Ok(agenda_items::table
        .filter(agenda_items::meeting_id.eq(meeting))
        .filter(agenda_items::controller_id.eq(cx.scope().controller))
        .order((agenda_items::position.asc(), agenda_items::id.asc()))
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// The items of a meeting in their order, as the draft has them.
pub(super) fn all(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<AgendaItem>> {
    let rows = of_meeting(cx, meeting)?;
    rows.into_iter().map(|row| row.drafted(cx)).collect()
}

/// Writes a row as it is now.
pub(super) fn write(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    diesel::update(agenda_items::table.find(row.id))
        .set(row)
        .execute(cx.conn())?;
    Ok(())
}

/// Notes that minutes were sent: from now on members read of the items what the draft says. The items
/// themselves have not changed: their versions stay.
pub(super) fn note_sent(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<()> {
    for mut row in of_meeting(cx, meeting)? {
        let mut content = row.content(cx)?;
        if content.told.take().is_some() {
            row.content = cx.keys.seal_json(place(row.id), &content)?;
            write(cx, &row)?;
        }
    }
    Ok(())
}

/// Lets the items that a seat has proposed stand without a proposer: the seat is taken back. Whoever
/// asks need not see the meetings of the group.
pub fn forget_proposer(
    cx: &mut Cx<'_>,
    group: &SteeringGroup,
    seat: SteeringMemberId,
) -> Result<()> {
    let now = cx.now;
    let rows: Vec<Row> = agenda_items::table
        .filter(agenda_items::proposer_id.eq(seat))
        .filter(agenda_items::controller_id.eq(group.controller_id))
        .order(agenda_items::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    for mut row in rows {
        row.proposer_id = None;
        row.version += 1;
        row.updated_at = now;
        write(cx, &row)?;
        cx.emit(&event("agendaItem.changed", group, row.id))?;
        // The agenda names who proposes; minutes do not.
        diesel::update(
            meetings::table
                .find(row.meeting_id)
                .filter(meetings::starts_at.gt(now))
                .filter(meetings::cancelled_at.is_null()),
        )
        .set((
            meetings::agenda_changed.eq(true),
            meetings::version.eq(meetings::version + 1),
            meetings::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    }
    Ok(())
}
