//! What a meeting and its parts are.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::deadlines::CalendarDeadline;
use super::follow_up_model::{ActionItem, MeetingDecision, Remark};
use crate::closed_enum;
use crate::platform::db::Instant;
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::ProgrammeId;
use crate::steering::{SteeringGroupId, SteeringMemberId};

/// The id of a meeting.
pub type MeetingId = Id<Meeting>;
/// The id of an agenda item.
pub type AgendaItemId = Id<AgendaItem>;
/// The id of a decision.
pub type DecisionId = Id<MeetingDecision>;
/// The id of a task.
pub type ActionItemId = Id<ActionItem>;
/// The id of a remark.
pub type RemarkId = Id<Remark>;

closed_enum! {
    /// What kind of meeting it is: ordinary (ordinært møde), extended (længere møde), theme
    /// (temamøde).
    pub enum MeetingKind {
        /// One of the year's ordinary meetings.
        Ordinary = "ordinary",
        /// An ordinary meeting that is longer.
        Extended = "extended",
        /// On one subject, as needed.
        Theme = "theme",
    }
}

closed_enum! {
    /// Where a meeting is in its life: planned (planlagt), agendaSent (dagsorden udsendt), held
    /// (afholdt), minutesSent (referat i høring), awaitingRevision (referat skal rettes til),
    /// approved (referat godkendt), cancelled (aflyst).
    pub enum MeetingState {
        /// To be held, no agenda sent yet.
        Planned = "planned",
        /// To be held, the agenda was sent.
        AgendaSent = "agendaSent",
        /// Begun or over, no minutes sent yet.
        Held = "held",
        /// The minutes were sent and remarks are received.
        MinutesSent = "minutesSent",
        /// Remarks that came in time are not answered yet.
        AwaitingRevision = "awaitingRevision",
        /// The minutes are approved.
        Approved = "approved",
        /// It is not held.
        Cancelled = "cancelled",
    }
}

closed_enum! {
    /// What an agenda item is for: information (orientering), discussion (drøftelse), decision
    /// (beslutning).
    pub enum AgendaItemKind {
        /// To be told.
        Information = "information",
        /// To be talked over.
        Discussion = "discussion",
        /// To be decided.
        Decision = "decision",
    }
}

closed_enum! {
    /// How a member took part: present (til stede), online (deltog online), absent (afbud),
    /// substituted (ved suppleant).
    pub enum Presence {
        /// In the room.
        Present = "present",
        /// From elsewhere.
        Online = "online",
        /// Not there.
        Absent = "absent",
        /// Somebody else came instead.
        Substituted = "substituted",
    }
}

closed_enum! {
    /// When a remark came: inTime (rettidig), overlooked (rettidig, men registreret efter
    /// godkendelsen), late (for sent).
    pub enum RemarkTiming {
        /// Before the period was over, and registered before the minutes were approved: it counts.
        InTime = "inTime",
        /// Before the period was over, and registered after the minutes were approved: they stay so,
        /// and the secretariat corrects them or answers why not.
        Overlooked = "overlooked",
        /// After the period was over.
        Late = "late",
    }
}

closed_enum! {
    /// What the secretariat did with a remark: adopted (indarbejdet), partlyAdopted (delvist
    /// indarbejdet), notAdopted (ikke indarbejdet).
    pub enum RemarkOutcome {
        /// The minutes were revised as it asked.
        Adopted = "adopted",
        /// The minutes were revised in part.
        PartlyAdopted = "partlyAdopted",
        /// The minutes stay as they were.
        NotAdopted = "notAdopted",
    }
}

closed_enum! {
    /// Why a version was made: sent (udsendt), revised (revideret efter bemærkninger), corrected
    /// (rettet efter godkendelse).
    pub enum PaperKind {
        /// Sent.
        Sent = "sent",
        /// Revised after remarks.
        Revised = "revised",
        /// Corrected after the approval.
        Corrected = "corrected",
    }
}

closed_enum! {
    /// Which paper of a meeting: agenda (dagsorden), minutes (referat).
    pub enum Paper {
        /// The agenda.
        Agenda = "agenda",
        /// The minutes.
        Minutes = "minutes",
    }
}

/// The days counts that a meeting was planned with: its group's policy on that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// IANA time zone in which days begin and end.
    pub time_zone: String,
    /// See [`crate::steering::GroupPolicy::agenda_days`].
    pub agenda_days: u32,
    /// See [`crate::steering::GroupPolicy::minutes_days`].
    pub minutes_days: u32,
    /// See [`crate::steering::GroupPolicy::remark_days`].
    pub remark_days: u32,
    /// See [`crate::steering::GroupPolicy::revision_days`].
    pub revision_days: u32,
}

/// A meeting (møde) of a steering group.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e80", "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "kind": "ordinary", "title": "1. ordinære møde", "state": "planned",
    "startsAt": "2026-04-20T11:00:00Z", "endsAt": "2026-04-20T13:00:00Z", "timeZone": "Europe/Copenhagen",
    "heldOn": "2026-04-20", "place": "Sund Info, mødelokale 2",
    "agenda": {"version": 0, "changedSinceSent": true},
    "minutes": {"version": 0, "changedSinceSent": false, "openRemarks": 0},
    "deadlines": {
        "agenda": {"rule": "CPS-6", "status": "open", "countedFrom": "2026-04-20", "calendarDays": 1, "before": true,
            "dueOn": "2026-04-19", "dueAt": "2026-04-19T22:00:00Z", "timeZone": "Europe/Copenhagen",
            "days": [{"date": "2026-04-19", "number": 1, "hours": 24}],
            "explanation": "1 calendar day before 2026-04-20, the day of the meeting, is 2026-04-19. In time until that day is over in Europe/Copenhagen: before 2026-04-19T22:00:00Z."},
        "minutes": {"rule": "CPS-6", "status": "open", "countedFrom": "2026-04-20", "calendarDays": 1, "before": false,
            "dueOn": "2026-04-21", "dueAt": "2026-04-21T22:00:00Z", "timeZone": "Europe/Copenhagen",
            "days": [{"date": "2026-04-21", "number": 1, "hours": 24}],
            "explanation": "1 calendar day after 2026-04-20, the day of the meeting, is 2026-04-21. In time until that day is over in Europe/Copenhagen: before 2026-04-21T22:00:00Z."}
    },
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct Meeting {
    /// Its id.
    pub id: MeetingId,
    /// The group that meets.
    pub steering_group_id: SteeringGroupId,
    /// The programme that the group governs, where it governs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub programme_id: Option<ProgrammeId>,
    /// What kind it is.
    pub kind: MeetingKind,
    /// What it is called.
    pub title: Name,
    /// Where it is in its life, now.
    pub state: MeetingState,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// The IANA time zone that its days are in.
    pub time_zone: String,
    /// The day it begins on there.
    pub held_on: NaiveDate,
    /// Where it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub place: Option<Line>,
    /// Its agenda.
    pub agenda: AgendaStanding,
    /// Its minutes.
    pub minutes: MinutesStanding,
    /// Until when what must be done, and how that was counted (CPS-6).
    pub deadlines: MeetingDeadlines,
    /// Who took part: for the secretariat once it is recorded, for members as the newest minutes that
    /// were sent say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attendance: Option<MeetingAttendance>,
    /// When it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancelled_at: Option<Instant>,
    /// Why it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancellation_reason: Option<Line>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was planned.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// How far the agenda is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgendaStanding {
    /// How many versions were sent.
    pub version: i32,
    /// When it was first sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sent_at: Option<Instant>,
    /// Whether there is something in it that was not sent yet.
    pub changed_since_sent: bool,
}

/// How far the minutes are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MinutesStanding {
    /// How many versions were sent.
    pub version: i32,
    /// When they were first sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sent_at: Option<Instant>,
    /// Whether there is something in them that was not sent yet.
    pub changed_since_sent: bool,
    /// The first moment at which a remark does not count any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub remarks_until: Option<Instant>,
    /// Remarks that came in time and are not answered yet.
    pub open_remarks: i32,
    /// Since when a remark waits for an answer that came in time, but was registered after the
    /// minutes were approved. They stay approved; absent where none waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub overlooked_since: Option<Instant>,
    /// From when on they are approved, as things stand: a remark in time puts it off. A moment that
    /// has passed is when they were approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approved_from: Option<Instant>,
}

/// Until when what must be done.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingDeadlines {
    /// The agenda is sent.
    pub agenda: CalendarDeadline,
    /// The minutes are sent.
    pub minutes: CalendarDeadline,
    /// Remarks count; known when the minutes were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub remarks: Option<CalendarDeadline>,
    /// The minutes are revised; known when a remark came in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revision: Option<CalendarDeadline>,
    /// Remarks that were overlooked are answered, in corrected minutes or because they change
    /// nothing; known while there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub correction: Option<CalendarDeadline>,
}

/// Who took part (deltagere).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingAttendance {
    /// The members, each once.
    pub members: Vec<MemberAttendance>,
    /// Others.
    pub guests: Vec<Guest>,
}

/// How one member took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberAttendance {
    /// Who.
    pub member_id: SteeringMemberId,
    /// How.
    pub presence: Presence,
    /// Who came instead, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub substitute: Option<Name>,
}

/// Somebody who took part without being a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guest {
    /// What the person is called.
    pub name: Name,
    /// Where the person comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_name: Option<Name>,
}

/// An attachment (bilag), kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// What it is called.
    pub title: Name,
    /// Where it is: an address or a number in another system.
    pub reference: Line,
}

/// An item of an agenda (dagsordenspunkt), with what the minutes will say of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e81", "meetingId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e80",
    "number": 1, "title": "Funktionsbeskrivelse for brobyggere", "kind": "decision", "confidential": false,
    "text": "Det indstilles, at styregruppen godkender beskrivelsen.", "plannedMinutes": 20,
    "attachments": [{"title": "Udkast", "reference": "sag 2026-118, bilag 2"}], "late": false,
    "version": 1, "createdAt": "2026-03-27T09:15:00Z", "updatedAt": "2026-03-27T09:15:00Z"
}))]
pub struct AgendaItem {
    /// Its id.
    pub id: AgendaItemId,
    /// The meeting.
    pub meeting_id: MeetingId,
    /// Its place on the agenda: 1 and on.
    pub number: i32,
    /// What it is called. Changed once the meeting has begun, it is the secretariat's draft; members
    /// read the title as before until minutes are sent that say it.
    pub title: Name,
    /// What it is for; once the meeting has begun as `title`.
    pub kind: AgendaItemKind,
    /// Whether it is left out of what the public may read, wholly.
    pub confidential: bool,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<Prose>,
    /// How many minutes are planned for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub planned_minutes: Option<i32>,
    /// The member who proposed it; the secretariat where nobody is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub proposer_id: Option<SteeringMemberId>,
    /// What belongs to it.
    pub attachments: Vec<Attachment>,
    /// Whether it was added after the agenda was due or sent.
    pub late: bool,
    /// What the minutes will say of it; shown to the secretariat alone until they are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub minutes: Option<Prose>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was added.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
