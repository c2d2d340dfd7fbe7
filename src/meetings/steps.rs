//! Steps in the life of a meeting: validate, decide (`rules`), write.

use diesel::prelude::*;

use super::attendance;
use super::model::{Meeting, MeetingId, PaperKind, Terms};
use super::papers::{self, Made};
use super::remarks;
use super::requests::{
    MeetingCancellation, MeetingChange, MinutesCorrection, MinutesRevision, NewMeeting, check_order,
};
use super::rules::{self, Step};
use super::store::{self, Content, Found, Row, event, place};
use crate::calendar::local_date;
use crate::platform::app::Cx;
use crate::platform::db::Json;
use crate::platform::db::schema::meetings;
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::platform::text::Line;
use crate::steering;

/// Plans a meeting. Its days counts are those of the group's policy today.
pub fn plan(cx: &mut Cx<'_>, new: &NewMeeting) -> Result<Meeting> {
    let (group, standing) = steering::inside(cx, new.steering_group_id)
        .map_err(|error| error.referred("/steeringGroupId"))?;
    let id = Id::new();
    let policy = &group.policy;
    let zone = policy.zone()?;
    let mut row = Row {
        id,
        controller_id: group.controller_id,
        steering_group_id: group.id,
        kind: new.kind,
        title: new.title.as_str().to_owned(),
        place: new.place.as_ref().map(|place| place.as_str().to_owned()),
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        held_on: local_date(new.starts_at.utc(), zone),
        terms: Json(Terms {
            time_zone: policy.time_zone.clone(),
            agenda_days: policy.agenda_days,
            minutes_days: policy.minutes_days,
            remark_days: policy.remark_days,
            revision_days: policy.revision_days,
        }),
        agenda_due_at: new.starts_at,
        agenda_sent_at: None,
        agenda_version: 0,
        agenda_changed: false,
        minutes_due_at: new.ends_at,
        minutes_sent_at: None,
        minutes_version: 0,
        minutes_changed: false,
        remarks_until: None,
        open_remarks: 0,
        revision_due_at: None,
        approves_at: None,
        approval_told_at: None,
        cancelled_at: None,
        content: cx.keys.seal_json(place(id), &Content::default())?,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    row.count()?;
    let found = Found {
        row,
        group,
        standing,
    };
    check_day(&found)?;
    diesel::insert_into(meetings::table)
        .values(&found.row)
        .execute(cx.conn())?;
    cx.emit(&event("meeting.planned", &found.group, id))?;
    store::shown(cx, &found)
}

/// A group meets while there is such a group.
fn is_within(found: &Found) -> bool {
    let (day, group) = (found.row.held_on, &found.group);
    group.starts_on <= day && group.ends_on.is_none_or(|end| day <= end)
}

fn check_day(found: &Found) -> Result<()> {
    if !is_within(found) {
        return Err(Error::field(
            "/startsAt",
            "outsideGroup",
            "must lie between the first and the last day of the group",
        ));
    }
    Ok(())
}

/// Changes when, where and what kind. The deadlines are counted anew.
pub fn change(cx: &mut Cx<'_>, id: MeetingId, change: &MeetingChange) -> Result<Meeting> {
    let mut found = store::find_row(cx, id)?;
    cx.request.expect_version(found.row.version)?;
    found.row.check(Step::Change, cx.now)?;
    let row = &mut found.row;
    row.starts_at = change.starts_at.unwrap_or(row.starts_at);
    row.ends_at = change.ends_at.unwrap_or(row.ends_at);
    check_order(row.starts_at, row.ends_at)
        .map_err(|(code, detail)| Error::field("/endsAt", code, detail))?;
    if change.starts_at.is_some() && row.starts_at <= cx.now {
        return Err(Error::field(
            "/startsAt",
            "past",
            "must lie in the future: a meeting is not moved into the past",
        ));
    }
    row.kind = change.kind.unwrap_or(row.kind);
    if let Some(title) = &change.title {
        row.title = title.as_str().to_owned();
    }
    if let Some(place) = &change.place {
        row.place = place.as_ref().map(|place| place.as_str().to_owned());
    }
    row.count()?;
    row.agenda_changed = true;
    check_day(&found)?;
    store::save(cx, &mut found, "meeting.changed")?;
    store::shown(cx, &found)
}

/// Calls a meeting off, for good.
pub fn cancel(cx: &mut Cx<'_>, id: MeetingId, cancel: &MeetingCancellation) -> Result<Meeting> {
    let mut found = store::find_row(cx, id)?;
    cx.request.heed_version(found.row.version)?;
    found.row.check(Step::Cancel, cx.now)?;
    if super::decisions::any_in(cx, id)? {
        return Err(Error::conflict(
            "The meeting has decided: it was held. Send its minutes.",
        ));
    }
    let mut content = found.content(cx)?;
    content.cancellation_reason = Some(cancel.reason.clone());
    found.seal(cx, &content)?;
    found.row.cancelled_at = Some(cx.now);
    store::save(cx, &mut found, "meeting.cancelled")?;
    store::shown(cx, &found)
}

/// Sends the agenda, also once more. A group without exactly one chair and one secretary on that
/// day does not (CPS-5).
pub fn send_agenda(cx: &mut Cx<'_>, id: MeetingId) -> Result<Meeting> {
    let mut found = store::find_row(cx, id)?;
    cx.request.heed_version(found.row.version)?;
    found.row.check(Step::SendAgenda, cx.now)?;
    if !is_within(&found) {
        return Err(Error::conflict(
            "The meeting lies outside the group's own time: move or cancel it.",
        ));
    }
    let today = steering::today(cx, &found.group)?;
    let vacant = steering::vacancies(cx, found.group.id, today)?;
    if !vacant.is_empty() {
        let names: Vec<&str> = vacant.iter().map(|role| role.as_str()).collect();
        return Err(Error::conflict(format!(
            "The group has no {} today (CPS-5): appoint one first.",
            names.join(" and no ")
        )));
    }
    if super::items::all(cx, id)?.is_empty() {
        return Err(Error::conflict("The agenda has no items yet."));
    }
    let late = found.row.agenda_due_at <= cx.now;
    let number = found.row.agenda_version + 1;
    papers::keep_agenda(
        cx,
        &found,
        Made {
            number,
            kind: if number == 1 {
                PaperKind::Sent
            } else {
                PaperKind::Revised
            },
            late,
            reason: None,
        },
    )?;
    found.row.agenda_version = number;
    found.row.agenda_sent_at = found.row.agenda_sent_at.or(Some(cx.now));
    found.row.agenda_changed = false;
    store::save(cx, &mut found, "meeting.agendaSent")?;
    store::shown(cx, &found)
}

fn version(found: &Found, kind: PaperKind, late: bool, reason: Option<&Line>) -> Made {
    Made {
        number: found.row.minutes_version + 1,
        kind,
        late,
        reason: reason.cloned(),
    }
}

/// Sends the minutes. From now on remarks count until the period is over; with none the minutes
/// stand approved at its end.
pub fn send_minutes(cx: &mut Cx<'_>, id: MeetingId) -> Result<Meeting> {
    let mut found = store::find_row(cx, id)?;
    cx.request.heed_version(found.row.version)?;
    found.row.check(Step::SendMinutes, cx.now)?;
    if cx.now < found.row.ends_at {
        return Err(Error::conflict("The meeting has not ended yet."));
    }
    let missing = attendance::missing(cx, &found)?;
    if !missing.is_empty() {
        return Err(Error::conflict(format!(
            "The minutes are not complete. Missing: {}.",
            missing.join(", ")
        )));
    }
    let late = found.row.minutes_due_at <= cx.now;
    let made = version(&found, PaperKind::Sent, late, None);
    papers::keep_minutes(cx, &found, made)?;
    let zone = found.row.zone()?;
    found.row.minutes_version += 1;
    found.row.minutes_sent_at = Some(cx.now);
    found.row.minutes_changed = false;
    let until = found
        .row
        .remarks_count(zone)
        .map(|count| count.due_at(zone));
    found.row.remarks_until = until;
    found.row.approves_at = until.and_then(|until| rules::approves_at(until, 0, None));
    store::save(cx, &mut found, "meeting.minutesSent")?;
    store::shown(cx, &found)
}

/// Sends revised minutes with an answer to every remark that came in time. When the period is over
/// they are approved.
pub fn revise(cx: &mut Cx<'_>, id: MeetingId, revision: &MinutesRevision) -> Result<Meeting> {
    let mut found = store::find_row(cx, id)?;
    cx.request.heed_version(found.row.version)?;
    found.row.check(Step::Revise, cx.now)?;
    let nothing = revision.answers.is_empty() && !found.row.minutes_changed;
    remarks::answer(cx, &mut found, &revision.answers, true)?;
    if nothing {
        return Err(Error::conflict(
            "Nothing has changed since the minutes were sent, and no remark is answered.",
        ));
    }
    let late = found.row.revision_due_at.is_some_and(|due| due <= cx.now);
    let made = version(&found, PaperKind::Revised, late, None);
    papers::keep_minutes(cx, &found, made)?;
    found.row.minutes_version += 1;
    found.row.minutes_changed = false;
    let open = found.row.open_remarks;
    found.row.approves_at = found
        .row
        .remarks_until
        .and_then(|until| rules::approves_at(until, open, Some(cx.now)));
    store::save(cx, &mut found, "meeting.minutesRevised")?;
    store::shown(cx, &found)
}

/// Sends a correction of approved minutes: a new version. The one that was approved stays as it is.
pub fn correct(cx: &mut Cx<'_>, id: MeetingId, correction: &MinutesCorrection) -> Result<Meeting> {
    let mut found = store::find_row(cx, id)?;
    cx.request.heed_version(found.row.version)?;
    found.row.check(Step::Correct, cx.now)?;
    if !found.row.minutes_changed {
        return Err(Error::conflict(
            "Nothing has changed since the minutes were sent: change the draft first.",
        ));
    }
    store::tell_approval(cx, &mut found)?;
    remarks::answer(cx, &mut found, &correction.answers, false)?;
    let made = version(
        &found,
        PaperKind::Corrected,
        false,
        Some(&correction.reason),
    );
    papers::keep_minutes(cx, &found, made)?;
    found.row.minutes_version += 1;
    found.row.minutes_changed = false;
    store::save(cx, &mut found, "meeting.minutesCorrected")?;
    store::shown(cx, &found)
}
