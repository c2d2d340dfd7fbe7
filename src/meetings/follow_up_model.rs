//! What follows from meetings: decisions, tasks, and remarks on minutes.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{
    ActionItemId, AgendaItemId, DecisionId, MeetingId, RemarkId, RemarkOutcome, RemarkTiming,
};
use crate::platform::db::Instant;
use crate::platform::text::{Line, Prose};
use crate::steering::{SteeringGroupId, SteeringMemberId};

/// A decision (beslutning) of a group, taken on an item of an agenda. Members read it as the newest
/// minutes that were sent say it; the secretariat reads its draft.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e82", "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "meetingId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e80", "agendaItemId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e81",
    "decidedOn": "2026-04-20", "text": "Funktionsbeskrivelsen er godkendt.", "confidential": false,
    "minutesVersion": 1, "changedSinceSent": false,
    "version": 1, "createdAt": "2026-04-20T12:00:00Z", "updatedAt": "2026-04-20T12:00:00Z"
}))]
pub struct MeetingDecision {
    /// Its id.
    pub id: DecisionId,
    /// The group.
    pub steering_group_id: SteeringGroupId,
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The item it was taken on.
    pub agenda_item_id: AgendaItemId,
    /// The day of the meeting.
    pub decided_on: NaiveDate,
    /// What was decided.
    pub text: Prose,
    /// Whether its item is confidential.
    pub confidential: bool,
    /// The newest version of the minutes that was sent and holds it; absent, and shown to the
    /// secretariat alone, while none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub minutes_version: Option<i32>,
    /// Whether `text` is another than in those minutes, so that revised or corrected ones are needed;
    /// always false for members.
    pub changed_since_sent: bool,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A task (opgave) that was agreed on an item of an agenda. Members see it once minutes that were
/// sent hold it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e83", "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "meetingId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e80", "agendaItemId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e81",
    "task": "Sender beskrivelsen til afdelingerne.", "ownerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72",
    "dueOn": "2026-05-15", "late": false, "confidential": false, "minutesVersion": 1,
    "version": 1, "createdAt": "2026-04-20T12:00:00Z", "updatedAt": "2026-04-20T12:00:00Z"
}))]
pub struct ActionItem {
    /// Its id.
    pub id: ActionItemId,
    /// The group.
    pub steering_group_id: SteeringGroupId,
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The item it was agreed on.
    pub agenda_item_id: AgendaItemId,
    /// What is to be done.
    pub task: Line,
    /// The member who does it.
    pub owner_id: SteeringMemberId,
    /// The last day to do it.
    pub due_on: NaiveDate,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub completed_at: Option<Instant>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub result: Option<Line>,
    /// Whether it was done after its last day, or is not done and that day is over.
    pub late: bool,
    /// Whether its item is confidential.
    pub confidential: bool,
    /// The newest version of the minutes that was sent and holds it; absent, and shown to the
    /// secretariat alone, while none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub minutes_version: Option<i32>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was agreed.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A remark (bemærkning) of a member on minutes that were sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e84", "meetingId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e80",
    "memberId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "onVersion": 1,
    "receivedAt": "2026-04-28T21:59:00Z", "inTime": true, "timing": "inTime", "text": "Punkt 2: det var kommunerne, der bad om et oplæg.",
    "version": 1
}))]
pub struct Remark {
    /// Its id.
    pub id: RemarkId,
    /// The meeting.
    pub meeting_id: MeetingId,
    /// Whose it is.
    pub member_id: SteeringMemberId,
    /// The version of the minutes that it is on.
    pub on_version: i32,
    /// When it came.
    pub received_at: Instant,
    /// Whether it counts: it must be answered before the minutes are approved.
    pub in_time: bool,
    /// When it came, beside the period for remarks and the approval.
    pub timing: RemarkTiming,
    /// What it says.
    pub text: Prose,
    /// What the secretariat did with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<RemarkOutcome>,
    /// What the secretariat answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answer: Option<Line>,
    /// When it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answered_at: Option<Instant>,
    /// The version of the minutes that answers it; absent where it was answered without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answered_in: Option<i32>,
    /// 1 as it came, 2 once it is answered; the `ETag`.
    pub version: i32,
}
