//! What is missing in a year's meetings and what clashes (CPS-6). Pure.

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{MeetingId, MeetingKind};
use crate::closed_enum;
use crate::platform::db::Instant;
use crate::steering::{GroupPolicy, MemberRole};

closed_enum! {
    /// What is wrong with a year plan: tooFewMeetings (for få møder), noLongerMeeting (intet længere
    /// møde), overlap (møder oveni hinanden), memberElsewhere (medlem optaget andetsteds),
    /// publicHoliday (helligdag), weekend (weekend), noChair (ingen formand), noSecretary (ingen
    /// sekretær), previousMinutesOpen (forrige referat ikke godkendt).
    pub enum PlanFindingKind {
        /// Fewer meetings than the policy says.
        TooFewMeetings = "tooFewMeetings",
        /// Fewer longer ones than the policy says.
        NoLongerMeeting = "noLongerMeeting",
        /// Two meetings of the group at the same time.
        Overlap = "overlap",
        /// A member sits in another group that meets at the same time.
        MemberElsewhere = "memberElsewhere",
        /// On a public holiday.
        PublicHoliday = "publicHoliday",
        /// On a Saturday or Sunday.
        Weekend = "weekend",
        /// Nobody is chair on the day its agenda is due.
        NoChair = "noChair",
        /// Nobody is secretary on the day its agenda is due.
        NoSecretary = "noSecretary",
        /// Its agenda is due before the minutes of the meeting before can stand approved, where
        /// everything is sent on its last day.
        PreviousMinutesOpen = "previousMinutesOpen",
    }
}

/// Something that is missing or clashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanFinding {
    /// What.
    pub kind: PlanFindingKind,
    /// The same in words.
    pub detail: String,
    /// The meetings it is about; empty where one is missing.
    pub meeting_ids: Vec<MeetingId>,
}

/// A meeting of the year, and what the plan must know around it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its id.
    pub id: MeetingId,
    /// Its kind.
    pub kind: MeetingKind,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// The local day it begins on.
    pub held_on: NaiveDate,
    /// Which of chair and secretary nobody is on the day its agenda is due.
    pub vacant: Vec<MemberRole>,
    /// Meetings of other groups at the same time in which a member of this one sits.
    pub elsewhere: Vec<MeetingId>,
}

/// Checks a year's meetings, in their order.
#[must_use]
pub fn check(
    policy: &GroupPolicy,
    year: i32,
    holidays: &[NaiveDate],
    meetings: &[Planned],
) -> Vec<PlanFinding> {
    let mut findings = missing(policy, year, meetings);
    for (index, meeting) in meetings.iter().enumerate() {
        let mut add = |kind, detail: String, others: &[MeetingId]| {
            let mut meeting_ids = vec![meeting.id];
            meeting_ids.extend(others);
            findings.push(PlanFinding {
                kind,
                detail,
                meeting_ids,
            });
        };
        let day = meeting.held_on;
        if holidays.contains(&day) {
            let detail = format!("{day} is a public holiday.");
            add(PlanFindingKind::PublicHoliday, detail, &[]);
        } else if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            add(
                PlanFindingKind::Weekend,
                format!("{day} is a {}.", day.format("%A")),
                &[],
            );
        }
        for role in &meeting.vacant {
            let kind = match role {
                MemberRole::Secretary => PlanFindingKind::NoSecretary,
                MemberRole::Chair | MemberRole::Member => PlanFindingKind::NoChair,
            };
            let detail = format!("Nobody is {role} on the day the agenda of {day} is due.");
            add(kind, detail, &[]);
        }
        if !meeting.elsewhere.is_empty() {
            let detail =
                format!("A member sits in another group that meets at the same time on {day}.");
            add(PlanFindingKind::MemberElsewhere, detail, &meeting.elsewhere);
        }
        for other in meetings.iter().skip(index + 1) {
            if meeting.starts_at < other.ends_at && other.starts_at < meeting.ends_at {
                let detail = format!("Two meetings at the same time on {day}.");
                add(PlanFindingKind::Overlap, detail, &[other.id]);
            }
        }
        if let Some(next) = meetings.get(index + 1)
            && next.held_on > day
        {
            let after = Days::new(u64::from(policy.minutes_days + policy.remark_days));
            let before = Days::new(u64::from(policy.agenda_days));
            if let (Some(settled), Some(due)) = (
                day.checked_add_days(after),
                next.held_on.checked_sub_days(before),
            ) && due <= settled
            {
                let detail = format!(
                    "The agenda of {} is due on {due}; the minutes of {day} can stand approved after {settled}.",
                    next.held_on
                );
                add(PlanFindingKind::PreviousMinutesOpen, detail, &[next.id]);
            }
        }
    }
    findings
}

fn missing(policy: &GroupPolicy, year: i32, meetings: &[Planned]) -> Vec<PlanFinding> {
    let count = |kinds: &[MeetingKind]| {
        let number = meetings
            .iter()
            .filter(|meeting| kinds.contains(&meeting.kind))
            .count();
        u32::try_from(number).unwrap_or(u32::MAX)
    };
    let held = count(&[MeetingKind::Ordinary, MeetingKind::Extended]);
    let longer = count(&[MeetingKind::Extended]);
    let mut findings = Vec::new();
    for (kind, has, wants, what) in [
        (
            PlanFindingKind::TooFewMeetings,
            held,
            policy.ordinary_meetings,
            "ordinary meetings",
        ),
        (
            PlanFindingKind::NoLongerMeeting,
            longer,
            policy.extended_meetings,
            "longer meetings",
        ),
    ] {
        if has < wants {
            findings.push(PlanFinding {
                kind,
                detail: format!("{year} has {has} of {wants} {what}."),
                meeting_ids: Vec::new(),
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration, Utc};

    use super::*;
    use crate::platform::id::Id;

    fn planned(kind: MeetingKind, starts: &str, hours: i64) -> Planned {
        let starts_at = Instant::from(starts.parse::<DateTime<Utc>>().unwrap());
        Planned {
            id: Id::new(),
            kind,
            starts_at,
            ends_at: starts_at + Duration::hours(hours),
            held_on: starts_at.utc_date(),
            vacant: Vec::new(),
            elsewhere: Vec::new(),
        }
    }

    fn kinds(findings: &[PlanFinding]) -> Vec<PlanFindingKind> {
        findings.iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn cps_6_four_meetings_one_of_them_longer_is_a_plan() {
        let mut meetings = vec![
            planned(MeetingKind::Ordinary, "2027-02-03T12:00:00Z", 2),
            planned(MeetingKind::Ordinary, "2027-05-12T11:00:00Z", 2),
            planned(MeetingKind::Extended, "2027-09-08T07:00:00Z", 7),
            planned(MeetingKind::Ordinary, "2027-12-01T12:00:00Z", 2),
        ];
        let policy = GroupPolicy::default();
        assert_eq!(check(&policy, 2027, &[], &meetings), []);
        meetings.remove(2);
        assert_eq!(
            kinds(&check(&policy, 2027, &[], &meetings)),
            [
                PlanFindingKind::TooFewMeetings,
                PlanFindingKind::NoLongerMeeting
            ]
        );
        // A theme meeting is beside them.
        meetings.push(planned(MeetingKind::Theme, "2027-12-18T12:00:00Z", 2));
        assert_eq!(
            kinds(&check(
                &policy,
                2027,
                &["2027-05-12".parse().unwrap()],
                &meetings
            )),
            [
                PlanFindingKind::TooFewMeetings,
                PlanFindingKind::NoLongerMeeting,
                PlanFindingKind::PublicHoliday,
                PlanFindingKind::PreviousMinutesOpen,
                PlanFindingKind::Weekend,
            ]
        );
    }

    #[test]
    fn cps_6_what_touches_does_not_clash() {
        let policy = GroupPolicy {
            ordinary_meetings: 0,
            extended_meetings: 0,
            ..GroupPolicy::default()
        };
        let meetings = [
            planned(MeetingKind::Theme, "2027-02-03T10:00:00Z", 2),
            planned(MeetingKind::Theme, "2027-02-03T12:00:00Z", 2),
            planned(MeetingKind::Theme, "2027-02-03T13:00:00Z", 2),
        ];
        let found = check(&policy, 2027, &[], &meetings);
        assert_eq!(kinds(&found), [PlanFindingKind::Overlap]);
        assert_eq!(found[0].meeting_ids, [meetings[1].id, meetings[2].id]);
    }
}
