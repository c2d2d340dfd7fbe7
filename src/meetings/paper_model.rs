//! What agendas and minutes say: the papers that are sent, kept as they were.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{
    ActionItemId, AgendaItemId, AgendaItemKind, Attachment, DecisionId, Guest, MeetingId,
    MeetingKind, PaperKind, Presence,
};
use crate::platform::db::Instant;
use crate::platform::text::{Line, Name, Prose};
use crate::steering::SteeringMemberId;

/// What stands above an agenda and above minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heading {
    /// What the group is called.
    pub group_name: Name,
    /// What the meeting is called.
    pub title: Name,
    /// What kind it is.
    pub kind: MeetingKind,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// The IANA time zone of the group.
    pub time_zone: String,
    /// Where it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub place: Option<Line>,
}

/// An agenda (dagsorden).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Agenda {
    /// What stands above it.
    pub heading: Heading,
    /// Its items in their order.
    pub items: Vec<AgendaEntry>,
    /// How many minutes are planned for all of them together.
    pub planned_minutes: i32,
    /// Whether that is longer than the meeting.
    pub longer_than_meeting: bool,
}

/// An item of an agenda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgendaEntry {
    /// Its place: 1 and on.
    pub number: i32,
    /// Its id.
    pub agenda_item_id: AgendaItemId,
    /// What it is called.
    pub title: Name,
    /// What it is for.
    pub kind: AgendaItemKind,
    /// Whether it is left out of what the public may read.
    pub confidential: bool,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<Prose>,
    /// How many minutes are planned for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub planned_minutes: Option<i32>,
    /// Who proposed it; the secretariat where nobody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub proposer_name: Option<Name>,
    /// What belongs to it.
    pub attachments: Vec<Attachment>,
    /// Whether it was added after the agenda was due or sent.
    pub late: bool,
}

/// Minutes (referat).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Minutes {
    /// What stands above them.
    pub heading: Heading,
    /// The members and how they took part.
    pub members: Vec<Participant>,
    /// Others who took part.
    pub guests: Vec<Guest>,
    /// What was said and decided, item by item.
    pub items: Vec<MinutesEntry>,
}

/// How a member took part, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Who.
    pub member_id: SteeringMemberId,
    /// What the member is called.
    pub name: Name,
    /// The seat.
    pub seat: Name,
    /// What the member's organisation is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_name: Option<Name>,
    /// How.
    pub presence: Presence,
    /// Who came instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub substitute: Option<Name>,
}

/// What minutes say of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MinutesEntry {
    /// Its place: 1 and on.
    pub number: i32,
    /// Its id.
    pub agenda_item_id: AgendaItemId,
    /// What it is called.
    pub title: Name,
    /// What it was for.
    pub kind: AgendaItemKind,
    /// Whether it is left out of what the public may read.
    pub confidential: bool,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<Prose>,
    /// What was decided.
    pub decisions: Vec<DecisionEntry>,
    /// What was agreed that somebody does.
    pub action_items: Vec<ActionEntry>,
}

/// A decision, in minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecisionEntry {
    /// Its id.
    pub decision_id: DecisionId,
    /// What was decided.
    pub text: Prose,
}

/// A task as it was agreed, in minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionEntry {
    /// Its id.
    pub action_item_id: ActionItemId,
    /// What is to be done.
    pub task: Line,
    /// Who does it.
    pub owner_name: Name,
    /// The last day to do it.
    pub due_on: NaiveDate,
}

/// An agenda as it is now, or as a version was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "meetingId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e80", "number": 1,
    "sentAt": "2026-04-13T08:00:00Z", "late": false,
    "content": {
        "heading": {"groupName": "Styregruppen for Center for Patientstøtte", "title": "1. ordinære møde",
            "kind": "ordinary", "startsAt": "2026-04-20T11:00:00Z", "endsAt": "2026-04-20T13:00:00Z",
            "timeZone": "Europe/Copenhagen", "place": "Sund Info, mødelokale 2"},
        "items": [{"number": 1, "agendaItemId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e81",
            "title": "Funktionsbeskrivelse for brobyggere", "kind": "decision", "confidential": false,
            "plannedMinutes": 20, "attachments": [], "late": false}],
        "plannedMinutes": 20, "longerThanMeeting": false
    }
}))]
pub struct AgendaPaper {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// Which version; absent where it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub number: Option<i32>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sent_at: Option<Instant>,
    /// Whether it was sent later than the rule says.
    pub late: bool,
    /// What it says.
    pub content: Agenda,
}

/// Minutes as they are now, or as a version was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "meetingId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e80", "number": 1, "kind": "sent",
    "sentAt": "2026-04-22T08:00:00Z", "late": false, "approved": true, "current": true, "approvedFrom": "2026-04-29T22:00:00Z",
    "content": {
        "heading": {"groupName": "Styregruppen for Center for Patientstøtte", "title": "1. ordinære møde",
            "kind": "ordinary", "startsAt": "2026-04-20T11:00:00Z", "endsAt": "2026-04-20T13:00:00Z",
            "timeZone": "Europe/Copenhagen"},
        "members": [{"memberId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "name": "Karen Prøve",
            "seat": "Kommunerne", "presence": "present"}],
        "guests": [],
        "items": [{"number": 1, "agendaItemId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e81",
            "title": "Funktionsbeskrivelse for brobyggere", "kind": "decision", "confidential": false,
            "text": "Beskrivelsen blev gennemgået.",
            "decisions": [{"decisionId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e82", "text": "Funktionsbeskrivelsen er godkendt."}],
            "actionItems": []}]
    }
}))]
pub struct MinutesPaper {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// Which version; absent where they were not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub number: Option<i32>,
    /// Why this version was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<PaperKind>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sent_at: Option<Instant>,
    /// Whether it was sent later than the rule says.
    pub late: bool,
    /// Why it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<Line>,
    /// Whether this version is approved: it stood approved, also where a correction has taken its
    /// place since.
    pub approved: bool,
    /// Whether it is the newest that was sent.
    pub current: bool,
    /// From when on the minutes are approved, as things stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approved_from: Option<Instant>,
    /// What they say.
    pub content: Minutes,
}

/// One version of an agenda or of minutes, without what it says.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaperVersion {
    /// Which version: 1 and on.
    pub number: i32,
    /// Why it was made.
    pub kind: PaperKind,
    /// When it was sent.
    pub sent_at: Instant,
    /// Whether it was sent later than the rule says.
    pub late: bool,
    /// Why it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<Line>,
    /// Whether it is a version of the minutes that is approved: it stood approved, also where a
    /// correction has taken its place since.
    pub approved: bool,
    /// Whether it is the newest that was sent.
    pub current: bool,
}
