//! Remarks on minutes, and the secretariat's answers.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::follow_up_model::Remark;
use super::model::{MeetingId, RemarkId, RemarkOutcome, RemarkTiming};
use super::requests::{NewRemark, RemarkAnswer};
use super::rules::{self, Step};
use super::store::{self, Found, event};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::Instant;
use crate::platform::db::schema::minutes_remarks;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::id::Id;
use crate::platform::text::{Line, Prose};
use crate::steering::{self, Standing, SteeringMemberId};

/// The sealed part.
#[derive(Serialize, Deserialize)]
struct Content {
    text: Prose,
    answer: Option<Line>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = minutes_remarks, treat_none_as_default_value = false)]
struct Row {
    id: RemarkId,
    controller_id: OrganisationId,
    meeting_id: MeetingId,
    member_id: SteeringMemberId,
    on_version: i32,
    received_at: Instant,
    timing: RemarkTiming,
    outcome: Option<RemarkOutcome>,
    answered_at: Option<Instant>,
    answered_in: Option<i32>,
    content: Vec<u8>,
    created_at: Instant,
}

fn place<'a>(id: RemarkId) -> Place<'a> {
    Place::new("minutes_remarks.content", id.uuid())
}

impl Row {
    fn shown(self, cx: &Cx<'_>) -> Result<Remark> {
        let content: Content = cx.keys.open_json(place(self.id), &self.content)?;
        Ok(Remark {
            id: self.id,
            meeting_id: self.meeting_id,
            member_id: self.member_id,
            on_version: self.on_version,
            received_at: self.received_at,
            in_time: self.timing == RemarkTiming::InTime,
            timing: self.timing,
            text: content.text,
            outcome: self.outcome,
            answer: content.answer,
            answered_at: self.answered_at,
            answered_in: self.answered_in,
            // It is answered once, and nothing else of it ever changes.
            version: 1 + i32::from(self.answered_at.is_some()),
        })
    }
}

fn rows(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<Row>> {
    Ok(minutes_remarks::table
        .filter(minutes_remarks::meeting_id.eq(meeting))
        .filter(minutes_remarks::controller_id.eq(cx.scope().controller))
        .order((
            minutes_remarks::received_at.asc(),
            minutes_remarks::id.asc(),
        ))
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// The remarks on the minutes of a meeting in the order they came.
pub fn list(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<Remark>> {
    store::find_for_remarks(cx, meeting)?;
    let rows = rows(cx, meeting)?;
    rows.into_iter().map(|row| row.shown(cx)).collect()
}

/// One remark, for those who see the list it is in: all that an event names of it is its id.
pub fn find(cx: &mut Cx<'_>, id: RemarkId) -> Result<Remark> {
    let row: Row = minutes_remarks::table
        .find(id)
        .filter(minutes_remarks::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)?;
    store::find_for_remarks(cx, row.meeting_id)?;
    row.shown(cx)
}

/// How many remarks minutes have at most: what one answer holds.
const MOST: usize = 500;

/// Whose remark it is: a member's who signs in, or whose the secretariat says. It is made from a
/// seat that was held on the day of the meeting.
fn whose(cx: &mut Cx<'_>, found: &Found, new: &NewRemark) -> Result<SteeringMemberId> {
    let day = found.row.held_on;
    match found.standing {
        Standing::Member(_) => {
            let own = steering::seat_on(cx, found.group.id, day)?.ok_or_else(|| {
                Error::conflict(
                    "Remarks are made by those who held a seat on the day of the meeting.",
                )
            })?;
            let mut wrong = Vec::new();
            if new.member_id.is_some_and(|named| named != own) {
                wrong.push(FieldError::new(
                    "/memberId",
                    "notOneself",
                    "must be yourself, or left out",
                ));
            }
            if new.received_at.is_some() {
                wrong.push(FieldError::new(
                    "/receivedAt",
                    "notYours",
                    "is the secretariat's to say",
                ));
            }
            if wrong.is_empty() {
                Ok(own)
            } else {
                Err(Error::invalid(wrong))
            }
        }
        Standing::Secretariat => {
            let id = new.member_id.ok_or_else(|| {
                Error::field("/memberId", "required", "must say whose remark it is")
            })?;
            let member = steering::member_of(cx, found.group.id, id)
                .map_err(|error| error.referred("/memberId"))?;
            if !member.sits_on(day) {
                let detail = "must have held a seat on the day of the meeting";
                return Err(Error::field("/memberId", "notSeated", detail));
            }
            Ok(id)
        }
    }
}

/// Receives a remark. One that comes before the period is over holds the approval back until it is
/// answered; one that comes later is kept and marked. One that came in time and is registered after
/// the approval is on the worklist until it is answered.
pub fn receive(cx: &mut Cx<'_>, meeting: MeetingId, new: &NewRemark) -> Result<Remark> {
    let mut found = store::find_for_remarks(cx, meeting)?;
    cx.request.heed_version(found.row.version)?;
    found.row.check(Step::Remark, cx.now)?;
    let member_id = whose(cx, &found, new)?;
    let received_at = new.received_at.unwrap_or(cx.now);
    if received_at > cx.now {
        return Err(Error::field("/receivedAt", "future", "lies in the future"));
    }
    if found
        .row
        .minutes_sent_at
        .is_some_and(|sent| received_at < sent)
    {
        return Err(Error::field(
            "/receivedAt",
            "order",
            "must not be earlier than the sending of the minutes",
        ));
    }
    if rows(cx, meeting)?.len() >= MOST {
        return Err(Error::conflict("Minutes have 500 remarks at most."));
    }
    store::tell_approval(cx, &mut found)?;
    let id = Id::new();
    let content = Content {
        text: new.text.clone(),
        answer: None,
    };
    let row = Row {
        id,
        controller_id: found.row.controller_id,
        meeting_id: meeting,
        member_id,
        on_version: found.row.minutes_version,
        received_at,
        timing: rules::timing(&found.row.moments(), received_at, cx.now),
        outcome: None,
        answered_at: None,
        answered_in: None,
        content: cx.keys.seal_json(place(id), &content)?,
        created_at: cx.now,
    };
    diesel::insert_into(minutes_remarks::table)
        .values(&row)
        .execute(cx.conn())?;
    match row.timing {
        RemarkTiming::InTime => {
            let zone = found.row.zone()?;
            found.row.open_remarks += 1;
            found.row.approves_at = None;
            found.row.revision_due_at = found
                .row
                .revision_count(zone)
                .map(|count| count.due_at(zone));
        }
        RemarkTiming::Overlooked => {
            found.row.overlooked_at = found.row.overlooked_at.or(Some(cx.now));
        }
        RemarkTiming::Late => {}
    }
    cx.emit(&event("remark.received", &found.group, id))?;
    store::write(cx, &mut found)?;
    row.shown(cx)
}

/// Writes the answers that a version of the minutes gives, or that change nothing in them. `all`
/// refuses to leave a remark that came in time without one.
pub(super) fn answer(
    cx: &mut Cx<'_>,
    found: &mut Found,
    answers: &[RemarkAnswer],
    version: Option<i32>,
    all: bool,
) -> Result<()> {
    let rows = rows(cx, found.row.id)?;
    let mut wrong = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        let pointer = format!("/answers/{index}/remarkId");
        let twice = answers
            .iter()
            .take(index)
            .any(|other| other.remark_id == answer.remark_id);
        match rows.iter().find(|row| row.id == answer.remark_id) {
            _ if twice => wrong.push(FieldError::new(
                pointer,
                "duplicateItem",
                "is answered already",
            )),
            None => wrong.push(FieldError::new(
                pointer,
                "notFound",
                "is no remark on these minutes",
            )),
            Some(row) if row.answered_at.is_some() => wrong.push(FieldError::new(
                pointer,
                "answered",
                "was answered by an earlier version",
            )),
            Some(_) => {}
        }
    }
    let open = |timing| {
        rows.iter()
            .filter(move |row| row.timing == timing && row.answered_at.is_none())
            .filter(|row| !answers.iter().any(|answer| answer.remark_id == row.id))
    };
    let left = open(RemarkTiming::InTime).count();
    if all && left > 0 {
        wrong.push(FieldError::new(
            "/answers",
            "missing",
            "must hold an answer to every remark that came in time",
        ));
    }
    Error::unless_empty(wrong)?;
    for answer in answers {
        let Some(row) = rows.iter().find(|row| row.id == answer.remark_id) else {
            continue;
        };
        let mut content: Content = cx.keys.open_json(place(row.id), &row.content)?;
        content.answer.clone_from(&answer.answer);
        diesel::update(minutes_remarks::table.find(row.id))
            .set((
                minutes_remarks::outcome.eq(Some(answer.outcome)),
                minutes_remarks::answered_at.eq(Some(cx.now)),
                minutes_remarks::answered_in.eq(version),
                minutes_remarks::content.eq(cx.keys.seal_json(place(row.id), &content)?),
            ))
            .execute(cx.conn())?;
    }
    found.row.open_remarks = i32::try_from(left).map_err(Error::internal)?;
    found.row.overlooked_at = open(RemarkTiming::Overlooked)
        .map(|row| row.created_at)
        .min();
    Ok(())
}
