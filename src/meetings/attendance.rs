//! Who took part.

use super::items;
use super::model::{Meeting, MeetingAttendance, MeetingId};
use super::requests::AttendanceRecord;
use super::rules::Step;
use super::store;
use crate::platform::app::Cx;
use crate::platform::error::{Error, FieldError, Result};
use crate::steering;

/// Records who took part in a meeting that has begun, in place of what was recorded before.
pub fn record(cx: &mut Cx<'_>, meeting: MeetingId, sent: &AttendanceRecord) -> Result<Meeting> {
    let mut found = store::find_row(cx, meeting)?;
    cx.request.expect_version(found.row.version)?;
    found.row.check(Step::Attend, cx.now)?;
    let members = steering::members_of_group(cx, found.group.id)?;
    let mut wrong = Vec::new();
    for (index, one) in sent.members.iter().enumerate() {
        let pointer = format!("/members/{index}/memberId");
        let known = members
            .iter()
            .any(|member| member.id == one.member_id && member.sits_on(found.row.held_on));
        let earlier = sent.members.iter().take(index);
        if earlier
            .into_iter()
            .any(|other| other.member_id == one.member_id)
        {
            wrong.push(FieldError::new(
                pointer,
                "duplicateItem",
                "is named already",
            ));
        } else if !known {
            wrong.push(FieldError::new(
                pointer,
                "notFound",
                "holds no seat in this group on the day of the meeting",
            ));
        }
    }
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    let mut content = found.content(cx)?;
    content.attendance = Some(MeetingAttendance {
        members: sent.members.clone(),
        guests: sent.guests.clone(),
    });
    found.seal(cx, &content)?;
    found.row.minutes_changed = true;
    store::save(cx, &mut found, "meeting.attendanceRecorded")?;
    store::shown(cx, &found)
}

/// Who took part, by name, in the order of appointment; a member of whom nothing was recorded was
/// not there.
pub(super) fn participants(
    cx: &mut Cx<'_>,
    found: &store::Found,
    attendance: &MeetingAttendance,
) -> Result<Vec<super::paper_model::Participant>> {
    let members = steering::members_of_group(cx, found.group.id)?;
    Ok(members
        .into_iter()
        .filter(|member| {
            member.sits_on(found.row.held_on)
                || attendance
                    .members
                    .iter()
                    .any(|one| one.member_id == member.id)
        })
        .map(|member| {
            let recorded = attendance
                .members
                .iter()
                .find(|one| one.member_id == member.id);
            super::paper_model::Participant {
                member_id: member.id,
                name: member.name,
                seat: member.seat,
                organisation_name: member.organisation_name,
                presence: recorded.map_or(super::model::Presence::Absent, |one| one.presence),
                substitute: recorded.and_then(|one| one.substitute.clone()),
            }
        })
        .collect())
}

/// Whether the minutes have what they need to be sent.
pub(super) fn missing(cx: &mut Cx<'_>, found: &store::Found) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    if found.content(cx)?.attendance.is_none() {
        missing.push("attendance".to_owned());
    }
    let all = items::all(cx, found.row.id)?;
    if all.is_empty() {
        missing.push("an item".to_owned());
    }
    let unwritten = all.iter().filter(|item| item.minutes.is_none());
    missing.extend(unwritten.map(|item| format!("the minutes of item {}", item.number)));
    Ok(missing)
}
