//! Webhooks: events pushed to an address of the integrator's own, signed, in order, at least once.
//!
//! An endpoint says where to, which types and which programmes. From the moment it is made, every
//! event of the log that fits becomes one delivery; a delivery is tried until the endpoint answers
//! 2xx, with growing pauses over three days, and is `failed` after that. Each attempt is on record.
//!
//! Life cycle of an endpoint: `active` ⇄ `paused`; an answer 410 makes it `disabled`, and it is
//! resumed from there too. What happens meanwhile is not lost: the log is read on when it resumes.
//! Deleted, it gets nothing more and is seen by nobody; its rows go with its last deliveries.
//!
//! How it runs, in every instance beside each other ([`worker`]):
//! 1. *Feeds* turn the log into deliveries: one live feed for each endpoint, one for each replay.
//!    A feed moves on and its deliveries are made in the same transaction, if nobody else has moved
//!    it since it was read.
//! 2. *Claims*: a delivery that is due is claimed for one attempt, durably, before anything is sent.
//!    A claim runs out, so that what an instance leaves behind when it is killed is tried again.
//! 3. The attempt: addresses are checked after resolving and only those are connected to
//!    ([`addresses`]), redirects are not followed, the message is signed ([`signature`]).
//! 4. What came of it, and when it is tried again ([`rules`]).
//!
//! Invariants: of the deliveries of one endpoint and one subject that wait, exactly the first is due
//! at some time; so events of one resource arrive in order, and a resource that fails holds up no
//! other. An endpoint has a number of attempts at once of its own, so a slow one delays no other.
//! An endpoint is never told of itself. Deliveries that have ended are forgotten after thirty days.

pub mod addresses;
pub mod api;
mod claims;
mod deliveries;
mod deliveries_api;
mod feeds;
mod model;
mod queue;
pub mod rules;
mod sender;
pub mod signature;
mod store;
pub mod worker;

pub use api::routes;
pub use deliveries_api::routes as delivery_routes;
pub use model::{
    WebhookAttemptOutcome, WebhookDeliveryId, WebhookDeliveryState, WebhookEndpoint,
    WebhookEndpointId, WebhookEndpointState, WebhookReplayId,
};
