//! Who took part.

use super::item_rows;
use super::model::{Meeting, MeetingAttendance, MeetingId};
use super::paper_model::Participant;
use super::requests::AttendanceRecord;
use super::rules::Step;
use super::store;
use crate::platform::app::Cx;
use crate::platform::error::{Error, FieldError, Result};
use crate::steering::{self, SteeringMember};

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
    Error::unless_empty(wrong)?;
    store::tell_approval(cx, &mut found)?;
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

/// Who took part, by name, in the order of appointment. Of whom nothing was recorded, nothing is
/// said.
pub(super) fn participants(
    members: &[SteeringMember],
    attendance: &MeetingAttendance,
) -> Vec<Participant> {
    members
        .iter()
        .filter_map(|member| {
            let mut recorded = attendance.members.iter();
            let one = recorded.find(|one| one.member_id == member.id)?;
            Some(Participant {
                member_id: member.id,
                name: member.name.clone(),
                seat: member.seat.clone(),
                organisation_name: member.organisation_name.clone(),
                presence: one.presence,
                substitute: one.substitute.clone(),
            })
        })
        .collect()
}

/// What the minutes need before they are sent and is not there yet. Members are named by their ids.
pub(super) fn missing(cx: &mut Cx<'_>, found: &store::Found) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    match found.content(cx)?.attendance {
        None => missing.push("attendance".to_owned()),
        Some(recorded) => {
            let members = steering::members_of_group(cx, found.group.id)?;
            let seated = members
                .iter()
                .filter(|member| member.sits_on(found.row.held_on));
            let left_out = seated.filter(|member| {
                recorded
                    .members
                    .iter()
                    .all(|one| one.member_id != member.id)
            });
            missing
                .extend(left_out.map(|member| format!("the attendance of member {}", member.id)));
        }
    }
    let all = item_rows::all(cx, found.row.id)?;
    if all.is_empty() {
        missing.push("an item".to_owned());
    }
    let unwritten = all.iter().filter(|item| item.minutes.is_none());
    missing.extend(unwritten.map(|item| format!("the minutes of item {}", item.number)));
    Ok(missing)
}
