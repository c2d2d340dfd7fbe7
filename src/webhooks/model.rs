//! What an endpoint, a delivery, an attempt and a replay are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::closed_enum;
use crate::event_log::EventId;
use crate::platform::db::Instant;
use crate::platform::events::catalogue::EventType;
use crate::platform::http::input::{present, rule};
use crate::platform::id::Id;
use crate::platform::text::Name;
use crate::programmes::ProgrammeId;

closed_enum! {
    /// What an endpoint is in: active, paused (sat på pause / pausad; by somebody), disabled
    /// (deaktiveret / avstängd; it answered 410 Gone).
    pub enum WebhookEndpointState {
        /// Gets its events.
        Active = "active",
        /// Gets nothing until it is resumed.
        Paused = "paused",
        /// It answered 410; gets nothing until it is resumed.
        Disabled = "disabled",
    }
}

closed_enum! {
    /// What a delivery is in: waiting (venter / väntar), delivered (leveret / levererad), failed
    /// (fejlet / misslyckad; given up after three days).
    pub enum WebhookDeliveryState {
        /// Is tried until it is answered with 2xx.
        Waiting = "waiting",
        /// Was answered with 2xx.
        Delivered = "delivered",
        /// Was given up.
        Failed = "failed",
    }
}

closed_enum! {
    /// What came of an attempt: delivered (2xx), refused (any other status), redirected (3xx, which
    /// is not followed), timedOut, connectionFailed (name, connection or TLS), addressRefused (the
    /// name leads to an address that this service does not connect to).
    pub enum WebhookAttemptOutcome {
        /// 2xx.
        Delivered = "delivered",
        /// Another status.
        Refused = "refused",
        /// 3xx.
        Redirected = "redirected",
        /// No answer in time.
        TimedOut = "timedOut",
        /// No connection.
        ConnectionFailed = "connectionFailed",
        /// An address that is not connected to.
        AddressRefused = "addressRefused",
    }
}

closed_enum! {
    /// What a feed is for.
    pub enum FeedKind {
        /// What happens from now on.
        Live = "live",
        /// Once more what has happened.
        Replay = "replay",
    }
}

/// The id of an endpoint.
pub type WebhookEndpointId = Id<WebhookEndpoint>;
/// The id of a delivery.
pub type WebhookDeliveryId = Id<WebhookDelivery>;
/// The id of a replay.
pub type WebhookReplayId = Id<WebhookReplay>;
/// The id of what an event happened to.
pub type SubjectId = Id<()>;

/// Where events are pushed to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// What it is called.
    pub name: Name,
    /// The address that is posted to.
    pub url: String,
    /// The types that are sent; all of them where it is empty.
    pub event_types: Vec<EventType>,
    /// Only events of these programmes; null means all, and what belongs to no programme too.
    pub programmes: Option<Vec<ProgrammeId>>,
    /// What it is in.
    pub state: WebhookEndpointState,
    /// The secret that messages are signed with (Standard Webhooks). Only in the answer that made
    /// it: keep it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: Option<String>,
    /// Until when messages carry a signature with the secret before it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub previous_secret_until: Option<Instant>,
    /// Until when nothing is sent, since it answered 429 or 503 with `Retry-After`. Another address
    /// and a resumption end it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub quiet_until: Option<Instant>,
    /// Grows by one with each change; the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// An endpoint to be made.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Record system", "url": "https://ehr.example.org/hooks/brobygger", "eventTypes": ["referral.accepted", "referral.rejected"]}))]
pub struct NewWebhookEndpoint {
    /// What it is called.
    pub name: Name,
    /// Where to: https, no user name or password, no fragment. Every address that its name leads to
    /// must be a public one, or of a network that the service is configured for.
    #[schema(min_length = 9, max_length = 2000, pattern = r"^https?://[!-~]+$")]
    pub url: String,
    /// The types to be sent; all of them where it is empty.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub event_types: Vec<EventType>,
    /// Only events of these programmes; without it all that you see.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 100)]
    pub programmes: Option<Vec<ProgrammeId>>,
}

/// A change (merge patch, RFC 7396): what is absent stays as it is. Deliveries that wait already
/// are not changed, except that they go to the new address.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"eventTypes": ["referral.accepted"]}))]
pub struct WebhookEndpointChange {
    /// Another name.
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    pub name: Option<Name>,
    /// Another address.
    #[schema(
        nullable = false,
        min_length = 9,
        max_length = 2000,
        pattern = r"^https?://[!-~]+$"
    )]
    #[serde(deserialize_with = "present")]
    pub url: Option<String>,
    /// Other types; all of them where it is empty.
    #[schema(nullable = false, max_items = 200)]
    #[serde(deserialize_with = "present")]
    pub event_types: Option<Vec<EventType>>,
    /// Other programmes; null means all.
    #[schema(value_type = Option<Vec<ProgrammeId>>, min_items = 1, max_items = 100)]
    #[serde(deserialize_with = "present")]
    pub programmes: Option<Option<Vec<ProgrammeId>>>,
}

/// A new secret.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"overlapHours": 24}))]
pub struct WebhookSecretRotation {
    /// For how many hours messages are signed with the old secret too: 0 ends it at once, as after a
    /// leak.
    #[serde(default = "a_day")]
    #[schema(minimum = 0, maximum = 168, default = 24)]
    pub overlap_hours: i64,
}

fn a_day() -> i64 {
    24
}

/// One message to one endpoint.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDelivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// The `webhook-id` of the message: the id of the event, or of a ping.
    pub event_id: EventId,
    /// The type of the message.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the event happened to; deliveries of one subject go one after the other.
    pub subject_id: SubjectId,
    /// What it is in.
    pub state: WebhookDeliveryState,
    /// How often it was tried.
    pub attempt_count: i32,
    /// When it is tried next; not before one of the same subject that waits before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was delivered or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<Instant>,
}

/// A delivery with its attempts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDeliveryDetails {
    /// The delivery.
    pub delivery: WebhookDelivery,
    /// Its attempts, the first one first.
    pub attempts: Vec<WebhookAttempt>,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookAttempt {
    /// The how many-th it is.
    pub number: i32,
    /// When it began.
    pub started_at: Instant,
    /// When it ended; absent while it runs, and where the service was ended in the middle of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<Instant>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<WebhookAttemptOutcome>,
    /// The status that the endpoint answered with; nothing else of its answer is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 100, maximum = 999)]
    pub status: Option<i32>,
}

/// Events of a stretch of time, sent once more.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookReplay {
    /// Its id.
    pub id: WebhookReplayId,
    /// From when on, by the time of the event.
    pub from: Instant,
    /// Until before when.
    pub until: Instant,
    /// How many deliveries it has made so far.
    pub deliveries: i64,
    /// When it was asked for.
    pub created_at: Instant,
    /// When its last delivery was made; absent while it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<Instant>,
}

/// A stretch of time to be sent once more.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = "ends_behind_its_beginning"))]
#[schema(example = json!({"from": "2026-03-27T08:00:00Z", "until": "2026-03-27T10:00:00Z"}))]
pub struct NewWebhookReplay {
    /// From when on, by the time of the event.
    pub from: Instant,
    /// Until before when; until now without it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub until: Option<Instant>,
}

fn ends_behind_its_beginning(new: &NewWebhookReplay) -> Result<(), ValidationError> {
    if new.until.is_some_and(|until| until <= new.from) {
        return Err(rule("/until", "order", "must be after from"));
    }
    Ok(())
}
