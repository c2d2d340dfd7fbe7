//! The order of deliveries: of those of one endpoint and one subject that wait, exactly the first is
//! due at some time; the others have no time yet.
//!
//! What adds a delivery and what ends one run in serializable transactions, so the two cannot pass
//! each other by.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::model::{
    SubjectId, WebhookDelivery, WebhookDeliveryId, WebhookDeliveryState, WebhookEndpointId,
};
use super::store;
use crate::event_log::EventId;
use crate::platform::db::schema::{webhook_attempts, webhook_deliveries, webhook_endpoints};
use crate::platform::db::{AnyConnection, Instant};
use crate::platform::error::Result;
use crate::platform::events::log::Logged;
use crate::platform::id::Id;

/// How many deliveries of an endpoint wait at most before the log is read on.
const LONG: i64 = 1_000;

/// Whether so many deliveries of an endpoint wait that no more are made for now.
pub(super) fn is_long(conn: &mut AnyConnection, endpoint: WebhookEndpointId) -> Result<bool> {
    let behind: Option<WebhookDeliveryId> = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(endpoint))
        .filter(webhook_deliveries::finished_at.is_null())
        .order((
            webhook_deliveries::subject_id.asc(),
            webhook_deliveries::turn.asc(),
        ))
        .select(webhook_deliveries::id)
        .offset(LONG)
        .first(conn)
        .optional()?;
    Ok(behind.is_some())
}

/// A row of the table.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_deliveries, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: WebhookDeliveryId,
    pub endpoint_id: WebhookEndpointId,
    pub turn: i64,
    pub event_id: EventId,
    pub event_position: Option<i64>,
    pub kind: String,
    pub subject_id: SubjectId,
    pub state: WebhookDeliveryState,
    pub attempts: i32,
    pub due_at: Option<Instant>,
    pub claim: Option<Id<Claim>>,
    pub created_at: Instant,
    pub finished_at: Option<Instant>,
}

impl From<Row> for WebhookDelivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            event_id: row.event_id,
            kind: row.kind,
            subject_id: row.subject_id,
            state: row.state,
            attempt_count: row.attempts,
            due_at: row.due_at,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

/// An attempt's right to a delivery.
#[derive(Debug)]
pub(super) struct Claim;

/// What a delivery is made of.
pub(super) struct Message {
    pub event_id: EventId,
    pub event_position: Option<i64>,
    pub kind: String,
    pub subject_id: SubjectId,
}

impl From<&Logged> for Message {
    fn from(event: &Logged) -> Self {
        Self {
            event_id: event.id,
            event_position: Some(event.position),
            kind: event.kind.clone(),
            subject_id: event.subject_id,
        }
    }
}

/// Adds deliveries behind those that wait.
pub(super) fn add(
    conn: &mut AnyConnection,
    now: Instant,
    endpoint: &mut store::Row,
    messages: impl IntoIterator<Item = Message>,
) -> Result<Vec<Row>> {
    let mut added = Vec::new();
    for message in messages {
        let waits: bool = diesel::select(exists(
            webhook_deliveries::table
                .filter(webhook_deliveries::endpoint_id.eq(endpoint.id))
                .filter(webhook_deliveries::subject_id.eq(message.subject_id))
                .filter(webhook_deliveries::finished_at.is_null()),
        ))
        .get_result(conn)?;
        let row = Row {
            id: Id::new(),
            endpoint_id: endpoint.id,
            turn: endpoint.next_turn,
            event_id: message.event_id,
            event_position: message.event_position,
            kind: message.kind,
            subject_id: message.subject_id,
            state: WebhookDeliveryState::Waiting,
            attempts: 0,
            due_at: (!waits).then_some(now),
            claim: None,
            created_at: now,
            finished_at: None,
        };
        diesel::insert_into(webhook_deliveries::table)
            .values(&row)
            .execute(conn)?;
        endpoint.next_turn += 1;
        added.push(row);
    }
    if !added.is_empty() {
        diesel::update(webhook_endpoints::table.find(endpoint.id))
            .set(webhook_endpoints::next_turn.eq(endpoint.next_turn))
            .execute(conn)?;
    }
    Ok(added)
}

/// Ends a delivery, and makes the next one of its subject due.
pub(super) fn end(
    conn: &mut AnyConnection,
    now: Instant,
    row: &Row,
    state: WebhookDeliveryState,
) -> Result<()> {
    diesel::update(webhook_deliveries::table.find(row.id))
        .set((
            webhook_deliveries::state.eq(state),
            webhook_deliveries::due_at.eq(None::<Instant>),
            webhook_deliveries::claim.eq(None::<Id<Claim>>),
            webhook_deliveries::finished_at.eq(Some(now)),
        ))
        .execute(conn)?;
    let next: Option<WebhookDeliveryId> = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(row.endpoint_id))
        .filter(webhook_deliveries::subject_id.eq(row.subject_id))
        .filter(webhook_deliveries::finished_at.is_null())
        .order(webhook_deliveries::turn.asc())
        .select(webhook_deliveries::id)
        .first(conn)
        .optional()?;
    if let Some(next) = next {
        put_off(conn, next, now)?;
    }
    Ok(())
}

/// Lets a delivery be tried from `due_at` on.
pub(super) fn put_off(
    conn: &mut AnyConnection,
    id: WebhookDeliveryId,
    due_at: Instant,
) -> Result<()> {
    diesel::update(webhook_deliveries::table.find(id))
        .set((
            webhook_deliveries::due_at.eq(Some(due_at)),
            webhook_deliveries::claim.eq(None::<Id<Claim>>),
        ))
        .execute(conn)?;
    Ok(())
}

/// What is due later and not being tried becomes due as of long ago: at once.
pub(super) fn hurry(conn: &mut AnyConnection, endpoint: WebhookEndpointId) -> Result<()> {
    diesel::update(
        webhook_deliveries::table
            .filter(webhook_deliveries::endpoint_id.eq(endpoint))
            .filter(webhook_deliveries::due_at.is_not_null())
            .filter(webhook_deliveries::claim.is_null()),
    )
    .set(webhook_deliveries::due_at.eq(Some(Instant::from_micros(0))))
    .execute(conn)?;
    Ok(())
}

/// Takes away what waits, with the attempts at it. An attempt that runs stores nothing then.
pub(super) fn drop_waiting(conn: &mut AnyConnection, endpoint: WebhookEndpointId) -> Result<()> {
    let waiting: Vec<WebhookDeliveryId> = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(endpoint))
        .filter(webhook_deliveries::finished_at.is_null())
        .select(webhook_deliveries::id)
        .load(conn)?;
    for id in waiting {
        remove(conn, id)?;
    }
    Ok(())
}

/// Takes a delivery away, with its attempts.
pub(super) fn remove(conn: &mut AnyConnection, id: WebhookDeliveryId) -> Result<()> {
    diesel::delete(webhook_attempts::table.filter(webhook_attempts::delivery_id.eq(id)))
        .execute(conn)?;
    diesel::delete(webhook_deliveries::table.find(id)).execute(conn)?;
    Ok(())
}
