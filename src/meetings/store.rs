//! Meetings in storage.

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::deadlines::{self, Count, From};
use super::model::{
    AgendaStanding, Meeting, MeetingAttendance, MeetingDeadlines, MeetingId, MeetingKind,
    MeetingState, MinutesStanding, Terms,
};
use super::rules::{self, Moments, Open, Step};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::meetings;
use crate::platform::db::{Instant, Json};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::events::Event;
use crate::platform::id::Id;
use crate::platform::text::{Line, Name};
use crate::steering::{self, Standing, SteeringGroup, SteeringGroupId};

/// The sealed part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Content {
    pub attendance: Option<MeetingAttendance>,
    /// As the newest minutes that were sent say it.
    pub sent_attendance: Option<MeetingAttendance>,
    pub cancellation_reason: Option<Line>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = meetings, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct Row {
    pub id: MeetingId,
    pub controller_id: OrganisationId,
    pub steering_group_id: SteeringGroupId,
    pub kind: MeetingKind,
    pub title: String,
    pub place: Option<String>,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub held_on: NaiveDate,
    pub terms: Json<Terms>,
    pub agenda_due_on: NaiveDate,
    pub agenda_due_at: Instant,
    pub agenda_done_at: Option<Instant>,
    pub agenda_sent_at: Option<Instant>,
    pub agenda_version: i32,
    pub agenda_changed: bool,
    pub minutes_due_at: Instant,
    pub minutes_sent_at: Option<Instant>,
    pub minutes_version: i32,
    pub minutes_changed: bool,
    pub remarks_until: Option<Instant>,
    pub open_remarks: i32,
    pub revision_due_at: Option<Instant>,
    pub revised_at: Option<Instant>,
    pub overlooked_at: Option<Instant>,
    pub approves_at: Option<Instant>,
    pub approval_told_at: Option<Instant>,
    pub cancelled_at: Option<Instant>,
    pub content: Vec<u8>,
    pub version: i32,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// Where a meeting's sealed part stands.
pub(super) fn place<'a>(id: MeetingId) -> Place<'a> {
    Place::new("meetings.content", id.uuid())
}

impl Row {
    pub fn zone(&self) -> Result<Tz> {
        self.terms
            .0
            .time_zone
            .parse()
            .map_err(|_| Error::internal("stored time zone is unknown"))
    }

    pub fn moments(&self) -> Moments {
        Moments {
            starts_at: self.starts_at,
            cancelled_at: self.cancelled_at,
            agenda_sent_at: self.agenda_sent_at,
            minutes_sent_at: self.minutes_sent_at,
            remarks_until: self.remarks_until,
            approves_at: self.approves_at,
        }
    }

    pub fn open(&self) -> Result<Open> {
        let zone = self.zone()?;
        Ok(Open {
            agenda_due_at: self.agenda_due_at,
            agenda_done: self.agenda_done_at.is_some(),
            agenda_changed: self.agenda_changed,
            minutes_due_at: self.minutes_due_at,
            revision_due_at: self.revision_due_at,
            open_remarks: self.open_remarks,
            correction_due_at: self.correction_count(zone).map(|count| count.due_at(zone)),
        })
    }

    pub fn state(&self, now: Instant) -> MeetingState {
        rules::state(&self.moments(), now)
    }

    /// Whether the meeting has begun, or would have if it had not been cancelled.
    pub fn has_begun(&self, now: Instant) -> bool {
        self.starts_at <= now
    }

    /// Refuses a step that the meeting's state does not allow.
    pub fn check(&self, step: Step, now: Instant) -> Result<()> {
        rules::check(self.state(now), step)
    }

    /// How the agenda's deadline is counted.
    pub fn agenda_count(&self) -> Count {
        Count {
            day: self.held_on,
            from: From::Meeting,
            days: self.terms.0.agenda_days,
            before: true,
        }
    }

    /// How the minutes' deadline is counted: from the day the meeting begins on.
    pub fn minutes_count(&self) -> Count {
        Count {
            day: self.held_on,
            from: From::Meeting,
            days: self.terms.0.minutes_days,
            before: false,
        }
    }

    /// How the period for remarks is counted, once the minutes were sent.
    pub fn remarks_count(&self, zone: Tz) -> Option<Count> {
        self.minutes_sent_at.map(|sent| Count {
            day: deadlines::day_of(sent, zone),
            from: From::Sending,
            days: self.terms.0.remark_days,
            before: false,
        })
    }

    /// How the deadline of the revision is counted, once the minutes were sent.
    pub fn revision_count(&self, zone: Tz) -> Option<Count> {
        self.remarks_count(zone).map(|remarks| Count {
            day: remarks.due_on(),
            from: From::Remarks,
            days: self.terms.0.revision_days,
            before: false,
        })
    }

    /// How the deadline of the answer to overlooked remarks is counted, while there are any.
    pub fn correction_count(&self, zone: Tz) -> Option<Count> {
        self.overlooked_at.map(|registered| Count {
            day: deadlines::day_of(registered, zone),
            from: From::Registration,
            days: self.terms.0.revision_days,
            before: false,
        })
    }

    /// Computes the two deadlines that stand from the beginning. On another day than before the
    /// members are to be told again: an agenda that was sent does not meet the new deadline.
    pub fn count(&mut self) -> Result<()> {
        let zone = self.zone()?;
        let day = deadlines::day_of(self.starts_at, zone);
        if day != self.held_on {
            self.agenda_done_at = None;
        }
        self.held_on = day;
        self.agenda_due_on = self.agenda_count().due_on();
        self.agenda_due_at = self.agenda_count().due_at(zone);
        self.minutes_due_at = self.minutes_count().due_at(zone);
        Ok(())
    }

    fn deadlines(&self, now: Instant) -> Result<MeetingDeadlines> {
        let zone = self.zone()?;
        let sent = self.minutes_sent_at;
        let settled = self.revised_at.filter(|_| self.open_remarks == 0);
        Ok(MeetingDeadlines {
            agenda: self.agenda_count().deadline(zone, self.agenda_done_at, now),
            minutes: self.minutes_count().deadline(zone, sent, now),
            remarks: self
                .remarks_count(zone)
                .map(|count| count.deadline(zone, None, now).into_period()),
            revision: match self.revision_due_at {
                Some(_) => self
                    .revision_count(zone)
                    .map(|count| count.deadline(zone, settled, now)),
                None => None,
            },
            correction: self
                .correction_count(zone)
                .map(|count| count.deadline(zone, None, now)),
        })
    }
}

/// A meeting that the actor sees, with its group and as whom the actor sees it.
pub(super) struct Found {
    pub row: Row,
    pub group: SteeringGroup,
    pub standing: Standing,
}

impl Found {
    pub fn content(&self, cx: &Cx<'_>) -> Result<Content> {
        cx.keys.open_json(place(self.row.id), &self.row.content)
    }

    pub fn seal(&mut self, cx: &Cx<'_>, content: &Content) -> Result<()> {
        self.row.content = cx.keys.seal_json(place(self.row.id), content)?;
        Ok(())
    }

    pub fn is_secretariat(&self) -> bool {
        self.standing == Standing::Secretariat
    }
}

fn row(cx: &mut Cx<'_>, id: MeetingId) -> Result<Row> {
    meetings::table
        .find(id)
        .filter(meetings::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)
}

/// One meeting of a group that the actor sees from inside.
pub(super) fn find_row(cx: &mut Cx<'_>, id: MeetingId) -> Result<Found> {
    let row = row(cx, id)?;
    let (group, standing) = steering::inside(cx, row.steering_group_id)?;
    Ok(Found {
        row,
        group,
        standing,
    })
}

/// One meeting for what is said of its minutes: also for whoever held a seat on its day and has left
/// the group since, from the sending of the minutes until they are approved (CPS-6).
pub(super) fn find_for_remarks(cx: &mut Cx<'_>, id: MeetingId) -> Result<Found> {
    let row = row(cx, id)?;
    let under_remarks =
        row.minutes_sent_at.is_some() && row.state(cx.now) != MeetingState::Approved;
    let (group, standing) = match steering::inside(cx, row.steering_group_id) {
        Err(error) if under_remarks && error.code() == ProblemCode::NotFound => {
            steering::inside_on(cx, row.steering_group_id, row.held_on)?
        }
        inside => inside?,
    };
    Ok(Found {
        row,
        group,
        standing,
    })
}

/// What happened to something of a group.
pub(super) fn event<T>(kind: &'static str, group: &SteeringGroup, id: Id<T>) -> Event {
    Event::new(kind, id).of_programme(group.programme_id)
}

/// Tells once that minutes are approved: whoever comes first, the job or somebody who writes.
pub(super) fn tell_approval(cx: &mut Cx<'_>, found: &mut Found) -> Result<bool> {
    let now = cx.now;
    if found.row.state(now) != MeetingState::Approved || found.row.approval_told_at.is_some() {
        return Ok(false);
    }
    found.row.approval_told_at = Some(now);
    cx.emit(&event(
        "meeting.minutesApproved",
        &found.group,
        found.row.id,
    ))?;
    Ok(true)
}

/// Writes a meeting as it is now, one version on, and says what happened.
pub(super) fn save(cx: &mut Cx<'_>, found: &mut Found, kind: &'static str) -> Result<()> {
    cx.emit(&event(kind, &found.group, found.row.id))?;
    tell_approval(cx, found)?;
    write(cx, found)
}

/// Writes a meeting as it is now, one version on.
pub(super) fn write(cx: &mut Cx<'_>, found: &mut Found) -> Result<()> {
    found.row.version += 1;
    found.row.updated_at = cx.now;
    diesel::update(meetings::table.find(found.row.id))
        .set(&found.row)
        .execute(cx.conn())?;
    Ok(())
}

/// A meeting as the actor sees it.
pub(super) fn shown(cx: &Cx<'_>, found: &Found) -> Result<Meeting> {
    let content = found.content(cx)?;
    let row = &found.row;
    // What the minutes will say is the secretariat's until they are sent.
    let attendance = if found.is_secretariat() {
        content.attendance
    } else {
        content.sent_attendance
    };
    Ok(Meeting {
        id: row.id,
        steering_group_id: row.steering_group_id,
        programme_id: found.group.programme_id,
        kind: row.kind,
        title: Name::from(row.title.clone()),
        state: row.state(cx.now),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        time_zone: row.terms.0.time_zone.clone(),
        held_on: row.held_on,
        place: row.place.clone().map(Line::from),
        agenda: AgendaStanding {
            version: row.agenda_version,
            sent_at: row.agenda_sent_at,
            changed_since_sent: row.agenda_changed,
        },
        minutes: MinutesStanding {
            version: row.minutes_version,
            sent_at: row.minutes_sent_at,
            changed_since_sent: row.minutes_changed,
            remarks_until: row.remarks_until,
            open_remarks: row.open_remarks,
            overlooked_since: row.overlooked_at,
            approved_from: row.approves_at,
        },
        deadlines: row.deadlines(cx.now)?,
        attendance,
        cancelled_at: row.cancelled_at,
        cancellation_reason: content.cancellation_reason,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// One meeting as the actor sees it.
pub fn find(cx: &mut Cx<'_>, id: MeetingId) -> Result<Meeting> {
    let found = find_row(cx, id)?;
    shown(cx, &found)
}

/// The meetings of a group that begin in this span, the cancelled ones too, the earliest first.
pub(super) fn of_group(
    cx: &mut Cx<'_>,
    group: SteeringGroupId,
    (from, until): (Instant, Instant),
) -> Result<Vec<Row>> {
    Ok(meetings::table
        .filter(meetings::steering_group_id.eq(group))
        .filter(meetings::controller_id.eq(cx.scope().controller))
        .filter(meetings::starts_at.ge(from))
        .filter(meetings::starts_at.lt(until))
        .order((meetings::starts_at.asc(), meetings::id.asc()))
        .limit(500)
        .select(Row::as_select())
        .load(cx.conn())?)
}
