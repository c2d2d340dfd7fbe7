//! Steps in the life of a meeting: validate, decide (`rules`), write.

use diesel::prelude::*;

use super::model::{Meeting, MeetingId, PaperKind, RemarkOutcome, Terms};
use super::papers::{self, Made};
use super::remarks;
use super::requests::{
    MeetingCancellation, MeetingChange, MinutesCorrection, MinutesRevision, NewMeeting,
    RemarkAnswers, check_order,
};
use super::rules::{self, Step};
use super::store::{self, Content, Found, Row, event, place};
use super::{actions, attendance, decisions, item_rows};
use crate::calendar::local_date;
use crate::platform::app::Cx;
use crate::platform::db::Json;
use crate::platform::db::schema::meetings;
use crate::platform::error::{Error, FieldError, Result};
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
        agenda_due_on: new.starts_at.utc_date(),
        agenda_due_at: new.starts_at,
        agenda_done_at: None,
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
        revised_at: None,
        overlooked_at: None,
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

/// Changes when, where and what kind. The deadlines are counted anew, and on another day an agenda
/// that was sent is due once more.
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
    let mut content = found.content(cx)?;
    if content.attendance.is_some() || decisions::any_in(cx, id)? || actions::any_in(cx, id)? {
        return Err(Error::conflict(
            "Attendance, decisions or tasks of the meeting are recorded: it was held. Send its minutes.",
        ));
    }
    content.cancellation_reason = Some(cancel.reason.clone());
    found.seal(cx, &content)?;
    found.row.cancelled_at = Some(cx.now);
    store::save(cx, &mut found, "meeting.cancelled")?;
    store::shown(cx, &found)
}

/// Refuses a group without a chair or a secretary, today or on the day of the meeting (CPS-5).
fn check_vacancies(cx: &mut Cx<'_>, found: &Found) -> Result<()> {
    let members = steering::members_of_group(cx, found.group.id)?;
    let today = steering::today(cx, &found.group)?;
    for (day, when) in [
        (today, "today"),
        (found.row.held_on, "on the day of the meeting"),
    ] {
        let vacant = steering::vacant(&members, day);
        if !vacant.is_empty() {
            let names: Vec<&str> = vacant.iter().map(|role| role.as_str()).collect();
            return Err(Error::conflict(format!(
                "The group has no {} {when} (CPS-5): appoint one first.",
                names.join(" and no ")
            )));
        }
    }
    Ok(())
}

/// Sends the agenda, also once more. A group without exactly one chair and one secretary on this
/// day and on that of the meeting does not (CPS-5).
pub fn send_agenda(cx: &mut Cx<'_>, id: MeetingId) -> Result<Meeting> {
    let mut found = store::find_row(cx, id)?;
    cx.request.heed_version(found.row.version)?;
    found.row.check(Step::SendAgenda, cx.now)?;
    if !is_within(&found) {
        return Err(Error::conflict(
            "The meeting lies outside the group's own time: move or cancel it.",
        ));
    }
    check_vacancies(cx, &found)?;
    if item_rows::of_meeting(cx, id)?.is_empty() {
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
    found.row.agenda_done_at = found.row.agenda_done_at.or(Some(cx.now));
    found.row.agenda_changed = false;
    store::save(cx, &mut found, "meeting.agendaSent")?;
    store::shown(cx, &found)
}

/// Keeps the minutes as they are now as the next version, and what they say of decisions, tasks and
/// attendance as what members read from now on. None go out that say nothing of somebody seated.
fn keep_minutes(
    cx: &mut Cx<'_>,
    found: &mut Found,
    kind: PaperKind,
    late: bool,
    reason: Option<&Line>,
) -> Result<()> {
    let missing = attendance::missing(cx, found)?;
    if !missing.is_empty() {
        return Err(Error::conflict(format!(
            "The minutes are not complete. Missing: {}.",
            missing.join(", ")
        )));
    }
    let number = found.row.minutes_version + 1;
    let made = Made {
        number,
        kind,
        late,
        reason: reason.cloned(),
    };
    papers::keep_minutes(cx, found, made)?;
    decisions::note_sent(cx, found.row.id, number)?;
    actions::note_sent(cx, found.row.id, number)?;
    item_rows::note_sent(cx, found.row.id)?;
    let mut content = found.content(cx)?;
    content.sent_attendance.clone_from(&content.attendance);
    found.seal(cx, &content)?;
    found.row.minutes_version = number;
    found.row.minutes_changed = false;
    Ok(())
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
    let late = found.row.minutes_due_at <= cx.now;
    keep_minutes(cx, &mut found, PaperKind::Sent, late, None)?;
    let zone = found.row.zone()?;
    found.row.minutes_sent_at = Some(cx.now);
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
    let number = Some(found.row.minutes_version + 1);
    remarks::answer(cx, &mut found, &revision.answers, number, true)?;
    if nothing {
        return Err(Error::conflict(
            "Nothing has changed since the minutes were sent, and no remark is answered.",
        ));
    }
    let late = found.row.revision_due_at.is_some_and(|due| due <= cx.now);
    keep_minutes(cx, &mut found, PaperKind::Revised, late, None)?;
    found.row.revised_at = Some(cx.now);
    let (open, revised_at) = (found.row.open_remarks, found.row.revised_at);
    found.row.approves_at = found
        .row
        .remarks_until
        .and_then(|until| rules::approves_at(until, open, revised_at));
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
    let number = Some(found.row.minutes_version + 1);
    remarks::answer(cx, &mut found, &correction.answers, number, false)?;
    let reason = Some(&correction.reason);
    keep_minutes(cx, &mut found, PaperKind::Corrected, false, reason)?;
    store::save(cx, &mut found, "meeting.minutesCorrected")?;
    store::shown(cx, &found)
}

/// Answers remarks on approved minutes that change nothing in them. No version is made.
pub fn answer(cx: &mut Cx<'_>, id: MeetingId, sent: &RemarkAnswers) -> Result<Meeting> {
    let mut found = store::find_row(cx, id)?;
    cx.request.heed_version(found.row.version)?;
    found.row.check(Step::Answer, cx.now)?;
    let mut wrong = Vec::new();
    for (index, answer) in sent.answers.iter().enumerate() {
        if answer.outcome != RemarkOutcome::NotAdopted {
            wrong.push(FieldError::new(
                format!("/answers/{index}/outcome"),
                "needsCorrection",
                "must be notAdopted: what is adopted is a correction of the minutes",
            ));
        }
    }
    Error::unless_empty(wrong)?;
    store::tell_approval(cx, &mut found)?;
    remarks::answer(cx, &mut found, &sent.answers, None, false)?;
    store::save(cx, &mut found, "meeting.remarksAnswered")?;
    store::shown(cx, &found)
}
