//! Decisions in storage.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::around::Around;
use super::follow_up_model::MeetingDecision;
use super::items;
use super::model::{AgendaItemId, DecisionId, MeetingId};
use super::paper_model::DecisionEntry;
use super::requests::DecisionText;
use super::rules::Step;
use super::store::{self, event};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::decisions;
use crate::platform::db::{Condition, Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::text::Prose;
use crate::steering::{self, Reach, Standing, SteeringGroupId};

/// The sealed part: what is to be said, and what the newest minutes that were sent say.
#[derive(Serialize, Deserialize)]
struct Content {
    text: Prose,
    sent: Option<Prose>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = decisions, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: DecisionId,
    controller_id: OrganisationId,
    steering_group_id: SteeringGroupId,
    meeting_id: MeetingId,
    agenda_item_id: AgendaItemId,
    decided_on: NaiveDate,
    content: Vec<u8>,
    minutes_version: Option<i32>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

fn place<'a>(id: DecisionId) -> Place<'a> {
    Place::new("decisions.content", id.uuid())
}

impl Row {
    fn around(&self) -> (SteeringGroupId, AgendaItemId) {
        (self.steering_group_id, self.agenda_item_id)
    }

    /// A decision as the actor sees it: the secretariat its draft, members what was sent.
    fn shown(self, cx: &Cx<'_>, around: &Around) -> Result<MeetingDecision> {
        if !around.sees(self.steering_group_id, self.minutes_version)? {
            return Err(Error::not_found());
        }
        let Content { text, sent } = cx.keys.open_json(place(self.id), &self.content)?;
        let (_, standing) = around.group(self.steering_group_id)?;
        let drafted = *standing == Standing::Secretariat;
        let changed = sent.as_ref().is_some_and(|sent| *sent != text);
        Ok(MeetingDecision {
            id: self.id,
            steering_group_id: self.steering_group_id,
            meeting_id: self.meeting_id,
            agenda_item_id: self.agenda_item_id,
            decided_on: self.decided_on,
            text: sent.filter(|_| !drafted).unwrap_or(text),
            confidential: around.is_confidential(self.agenda_item_id),
            minutes_version: self.minutes_version,
            changed_since_sent: drafted && changed,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

fn shown(cx: &mut Cx<'_>, row: Row) -> Result<MeetingDecision> {
    let around = Around::of(cx, [row.around()])?;
    row.shown(cx, &around)
}

/// Records a decision on an item of a meeting that has begun.
pub fn record(cx: &mut Cx<'_>, item: AgendaItemId, new: &DecisionText) -> Result<MeetingDecision> {
    let mut found = items::written_on(cx, item)?;
    let id = Id::new();
    let content = Content {
        text: new.text.clone(),
        sent: None,
    };
    let row = Row {
        id,
        controller_id: found.row.controller_id,
        steering_group_id: found.group.id,
        meeting_id: found.row.id,
        agenda_item_id: item,
        decided_on: found.row.held_on,
        content: cx.keys.seal_json(place(id), &content)?,
        minutes_version: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(decisions::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&event("decision.recorded", &found.group, id))?;
    items::note_draft(cx, &mut found)?;
    shown(cx, row)
}

fn find_row(cx: &mut Cx<'_>, id: DecisionId) -> Result<Row> {
    let row: Row = decisions::table
        .find(id)
        .filter(decisions::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)?;
    steering::inside(cx, row.steering_group_id)?;
    Ok(row)
}

/// One decision of a group that the actor sees from inside.
pub fn find(cx: &mut Cx<'_>, id: DecisionId) -> Result<MeetingDecision> {
    let row = find_row(cx, id)?;
    shown(cx, row)
}

/// Changes the words of a decision. Minutes that were sent keep what they say.
pub fn change(cx: &mut Cx<'_>, id: DecisionId, change: &DecisionText) -> Result<MeetingDecision> {
    let mut row = find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    let mut found = store::find_row(cx, row.meeting_id)?;
    found.row.check(Step::Write, cx.now)?;
    let mut content: Content = cx.keys.open_json(place(id), &row.content)?;
    content.text = change.text.clone();
    row.content = cx.keys.seal_json(place(id), &content)?;
    row.version += 1;
    row.updated_at = cx.now;
    diesel::update(decisions::table.find(id))
        .set(&row)
        .execute(cx.conn())?;
    cx.emit(&event("decision.changed", &found.group, id))?;
    items::note_draft(cx, &mut found)?;
    shown(cx, row)
}

fn rows(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<Row>> {
    Ok(decisions::table
        .filter(decisions::meeting_id.eq(meeting))
        .filter(decisions::controller_id.eq(cx.scope().controller))
        .order(decisions::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// The decisions of a meeting as the draft has them, in the order they were recorded, with their
/// item.
pub(super) fn drafted_at(
    cx: &mut Cx<'_>,
    meeting: MeetingId,
) -> Result<Vec<(AgendaItemId, DecisionEntry)>> {
    let rows = rows(cx, meeting)?;
    rows.into_iter()
        .map(|row| {
            let content: Content = cx.keys.open_json(place(row.id), &row.content)?;
            let entry = DecisionEntry {
                decision_id: row.id,
                text: content.text,
            };
            Ok((row.agenda_item_id, entry))
        })
        .collect()
}

/// Notes that minutes were sent which say the decisions of a meeting as they are now. What of them
/// members read has changed, the decisions themselves have not: their versions stay.
pub(super) fn note_sent(cx: &mut Cx<'_>, meeting: MeetingId, number: i32) -> Result<()> {
    for mut row in rows(cx, meeting)? {
        let mut content: Content = cx.keys.open_json(place(row.id), &row.content)?;
        if content.sent.as_ref() != Some(&content.text) {
            content.sent = Some(content.text.clone());
            row.content = cx.keys.seal_json(place(row.id), &content)?;
        }
        row.minutes_version = Some(number);
        diesel::update(decisions::table.find(row.id))
            .set(&row)
            .execute(cx.conn())?;
    }
    Ok(())
}

fn any(cx: &mut Cx<'_>, wanted: Condition<decisions::table>) -> Result<bool> {
    let found: Option<DecisionId> = decisions::table
        .filter(decisions::controller_id.eq(cx.scope().controller))
        .filter(wanted)
        .select(decisions::id)
        .first(cx.conn())
        .optional()?;
    Ok(found.is_some())
}

/// Whether a decision was recorded on an item.
pub(super) fn any_on(cx: &mut Cx<'_>, item: AgendaItemId) -> Result<bool> {
    any(cx, Box::new(decisions::agenda_item_id.eq(item)))
}

/// Whether anything was decided at a meeting.
pub(super) fn any_in(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<bool> {
    any(cx, Box::new(decisions::meeting_id.eq(meeting)))
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this group.
    pub steering_group_id: Option<SteeringGroupId>,
    /// Only of this meeting.
    pub meeting_id: Option<MeetingId>,
    /// Only decided on this day or later.
    pub decided_from: Option<NaiveDate>,
}

/// A page of decisions, the latest first, and where the next one begins.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<MeetingDecision>, Option<Cursor>)> {
    let bound_to = format!("decisions {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = decisions::table
        .filter(decisions::controller_id.eq(cx.scope().controller))
        .order((decisions::decided_on.desc(), decisions::id.desc()))
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Reach::Some(groups) = steering::of_meetings(cx)? {
        query = query.filter(one_of(decisions::steering_group_id, &groups));
    }
    if steering::by_seat(cx) {
        query = query.filter(decisions::minutes_version.is_not_null());
    }
    if let Some(group) = filter.steering_group_id {
        query = query.filter(decisions::steering_group_id.eq(group));
    }
    if let Some(meeting) = filter.meeting_id {
        query = query.filter(decisions::meeting_id.eq(meeting));
    }
    if let Some(from) = filter.decided_from {
        query = query.filter(decisions::decided_on.ge(from));
    }
    if let Some(after) = after {
        let day = after.date();
        query = query.filter(
            decisions::decided_on.le(day).and(
                decisions::decided_on
                    .lt(day)
                    .or(decisions::id.lt(after.id::<MeetingDecision>())),
            ),
        );
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| {
        Position::on(row.decided_on, row.id)
    });
    let around = Around::of(cx, rows.iter().map(Row::around))?;
    let items = rows.into_iter().map(|row| row.shown(cx, &around));
    Ok((items.collect::<Result<_>>()?, next))
}
