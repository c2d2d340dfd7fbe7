//! What is sent to plan meetings, fill agendas and write minutes.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::model::{
    AgendaItemId, AgendaItemKind, Attachment, Guest, MeetingKind, MemberAttendance, RemarkId,
    RemarkOutcome,
};
use crate::platform::db::Instant;
use crate::platform::http::input::{present, rule};
use crate::platform::text::{Line, Name, Prose};
use crate::steering::{SteeringGroupId, SteeringMemberId};

/// A meeting to be planned.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = order_of_new))]
#[schema(example = json!({
    "steeringGroupId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "kind": "ordinary",
    "title": "1. ordinære møde", "startsAt": "2035-04-11T13:00:00+02:00",
    "endsAt": "2035-04-11T15:00:00+02:00", "place": "Sund Info, mødelokale 2"
}))]
pub struct NewMeeting {
    /// The group that meets.
    pub steering_group_id: SteeringGroupId,
    /// What kind it is.
    pub kind: MeetingKind,
    /// What it is called.
    pub title: Name,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends: later, by 24 hours at most.
    pub ends_at: Instant,
    /// Where it is held.
    #[serde(default)]
    #[schema(nullable = false)]
    pub place: Option<Line>,
}

fn order_of_new(new: &NewMeeting) -> Result<(), ValidationError> {
    check_order(new.starts_at, new.ends_at).map_err(|(code, detail)| rule("/endsAt", code, detail))
}

/// A meeting ends after it begins, within a day: what is wrong with `endsAt`.
pub fn check_order(
    starts_at: Instant,
    ends_at: Instant,
) -> Result<(), (&'static str, &'static str)> {
    if ends_at <= starts_at {
        Err(("order", "must be later than startsAt"))
    } else if ends_at > starts_at + chrono::Duration::hours(24) {
        Err(("tooLong", "must be 24 hours after startsAt at most"))
    } else {
        Ok(())
    }
}

/// A change (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"startsAt": "2035-04-12T13:00:00+02:00", "endsAt": "2035-04-12T15:00:00+02:00"}))]
pub struct MeetingChange {
    /// Another kind.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub kind: Option<MeetingKind>,
    /// Another title.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub title: Option<Name>,
    /// When it begins. Its deadlines are counted anew.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub starts_at: Option<Instant>,
    /// When it ends: later, by 24 hours at most.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub ends_at: Option<Instant>,
    /// Where it is held; null where that is not known.
    #[schema(value_type = Option<Line>)]
    #[serde(deserialize_with = "present")]
    pub place: Option<Option<Line>>,
}

/// Why a meeting is not held.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "Formanden er forhindret, og punkterne kan vente."}))]
pub struct MeetingCancellation {
    /// Why.
    pub reason: Line,
}

/// An agenda item to be added at the end of the agenda.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "title": "Funktionsbeskrivelse for brobyggere", "kind": "decision", "plannedMinutes": 20,
    "text": "Det indstilles, at styregruppen godkender beskrivelsen.",
    "attachments": [{"title": "Udkast", "reference": "sag 2026-118, bilag 2"}]
}))]
pub struct NewAgendaItem {
    /// What it is called.
    pub title: Name,
    /// What it is for.
    pub kind: AgendaItemKind,
    /// Whether it is left out of what the public may read, wholly.
    #[serde(default)]
    pub confidential: bool,
    /// What it is about.
    #[serde(default)]
    #[schema(nullable = false)]
    pub text: Option<Prose>,
    /// How many minutes are planned for it.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 480)]
    pub planned_minutes: Option<i32>,
    /// The member who proposes it; a member who signs in proposes as oneself.
    #[serde(default)]
    #[schema(nullable = false)]
    pub proposer_id: Option<SteeringMemberId>,
    /// What belongs to it, kept elsewhere.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub attachments: Vec<Attachment>,
}

/// A change (merge patch, RFC 7396): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"confidential": true}))]
pub struct AgendaItemChange {
    /// Another title. Once the meeting has begun members read it when minutes are sent that say it.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub title: Option<Name>,
    /// Another purpose; members read it as they do the title.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub kind: Option<AgendaItemKind>,
    /// Whether it is left out of what the public may read.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub confidential: Option<bool>,
    /// What it is about, until the meeting begins; null clears it.
    #[schema(value_type = Option<Prose>)]
    #[serde(deserialize_with = "present")]
    pub text: Option<Option<Prose>>,
    /// How many minutes are planned for it, until the meeting begins; null where none are.
    #[schema(minimum = 1, maximum = 480, value_type = Option<i32>)]
    #[serde(deserialize_with = "present")]
    pub planned_minutes: Option<Option<i32>>,
    /// All attachments anew, until the meeting begins.
    #[schema(nullable = false, max_items = 50)]
    #[serde(deserialize_with = "present")]
    pub attachments: Option<Vec<Attachment>>,
    /// What the minutes say of it, from the beginning of the meeting on; null clears it.
    #[schema(value_type = Option<Prose>)]
    #[serde(deserialize_with = "present")]
    pub minutes: Option<Option<Prose>>,
}

/// The order of an agenda.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"agendaItemIds": ["01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e81"]}))]
pub struct AgendaOrder {
    /// All items of the agenda, each once, in the order they are to have.
    #[schema(max_items = 100)]
    pub agenda_item_ids: Vec<AgendaItemId>,
}

/// Who took part.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "members": [{"memberId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "presence": "present"}],
    "guests": [{"name": "Ida Prøve", "organisationName": "Sund Info"}]
}))]
pub struct AttendanceRecord {
    /// The members, each once.
    #[schema(max_items = 100)]
    pub members: Vec<MemberAttendance>,
    /// Others.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub guests: Vec<Guest>,
}

/// A decision to be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"text": "Funktionsbeskrivelsen er godkendt."}))]
pub struct DecisionText {
    /// What was decided.
    pub text: Prose,
}

/// A task to be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "task": "Sender beskrivelsen til afdelingerne.",
    "ownerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72", "dueOn": "2026-05-15"
}))]
pub struct NewActionItem {
    /// What is to be done.
    pub task: Line,
    /// The member who does it.
    pub owner_id: SteeringMemberId,
    /// The last day to do it.
    pub due_on: NaiveDate,
}

/// A change (merge patch, RFC 7396) of who does it and until when. The minutes keep what was agreed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"dueOn": "2026-06-01"}))]
pub struct ActionItemChange {
    /// Another member.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub owner_id: Option<SteeringMemberId>,
    /// Another last day.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub due_on: Option<NaiveDate>,
}

/// What came of a task.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"result": "Sendt til alle afdelinger den 12. maj."}))]
pub struct ActionItemCompletion {
    /// What came of it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub result: Option<Line>,
}

/// A remark on minutes.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"text": "Punkt 2: det var kommunerne, der bad om et oplæg."}))]
pub struct NewRemark {
    /// What it says.
    pub text: Prose,
    /// Whose it is: needed where the secretariat registers it; a member who signs in remarks as
    /// oneself.
    #[serde(default)]
    #[schema(nullable = false)]
    pub member_id: Option<SteeringMemberId>,
    /// When it reached the secretariat by another way; now where it is left out. It is the
    /// secretariat's to say.
    #[serde(default)]
    #[schema(nullable = false)]
    pub received_at: Option<Instant>,
}

/// What the secretariat answers to a remark.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"remarkId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e84", "outcome": "adopted", "answer": "Rettet i punkt 2."}))]
pub struct RemarkAnswer {
    /// Which remark.
    pub remark_id: RemarkId,
    /// What was done with it.
    pub outcome: RemarkOutcome,
    /// Why, for the member.
    #[serde(default)]
    #[schema(nullable = false)]
    pub answer: Option<Line>,
}

/// Revised minutes: they say what the draft says now.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"answers": [{"remarkId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e84", "outcome": "adopted", "answer": "Rettet i punkt 2."}]}))]
pub struct MinutesRevision {
    /// An answer to every remark that came in time and has none; late ones may be answered too.
    #[schema(max_items = 500)]
    pub answers: Vec<RemarkAnswer>,
}

/// Answers to remarks on approved minutes that change nothing in them.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"answers": [{"remarkId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e84", "outcome": "notAdopted", "answer": "Det stod der allerede."}]}))]
pub struct RemarkAnswers {
    /// The answers; `outcome` is `notAdopted`, since what is adopted is a correction.
    #[schema(min_items = 1, max_items = 500)]
    pub answers: Vec<RemarkAnswer>,
}

/// A correction of approved minutes: they say what the draft says now.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "Forkert dato under punkt 1."}))]
pub struct MinutesCorrection {
    /// Why. It is not shown to the public.
    pub reason: Line,
    /// Answers to remarks that came late or were overlooked.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub answers: Vec<RemarkAnswer>,
}
