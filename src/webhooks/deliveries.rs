//! Deliveries as they are looked at, asked for once more, and forgotten.

use chrono::Duration;
use diesel::prelude::*;

use super::model::{
    WebhookAttempt, WebhookAttemptOutcome, WebhookDelivery, WebhookDeliveryDetails,
    WebhookDeliveryId, WebhookDeliveryState, WebhookEndpointId,
};
use super::rules::{self, Step};
use super::{queue, store};
use crate::platform::app::Cx;
use crate::platform::db::schema::{webhook_attempts, webhook_deliveries, webhook_endpoints};
use crate::platform::db::{AnyConnection, Instant};
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;

/// The type of a ping. It tells of no change, so it stands in no log.
pub(super) const PING: &str = "webhook.ping";
/// How long deliveries are kept after they have ended.
const KEPT: Duration = Duration::days(30);
/// How many are forgotten in one transaction.
const TOGETHER: i64 = 200;

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_attempts)]
struct AttemptRow {
    number: i32,
    started_at: Instant,
    finished_at: Option<Instant>,
    outcome: Option<WebhookAttemptOutcome>,
    status: Option<i32>,
}

impl From<AttemptRow> for WebhookAttempt {
    fn from(row: AttemptRow) -> Self {
        Self {
            number: row.number,
            started_at: row.started_at,
            finished_at: row.finished_at,
            outcome: row.outcome,
            status: row.status,
        }
    }
}

/// A page of an endpoint's deliveries, newest first, and one row more.
pub(super) fn list(
    cx: &mut Cx<'_>,
    endpoint: WebhookEndpointId,
    state: Option<WebhookDeliveryState>,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<queue::Row>> {
    let endpoint = store::find(cx, endpoint)?;
    let mut query = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(endpoint.id))
        .order(webhook_deliveries::turn.desc())
        .limit(limit + 1)
        .select(queue::Row::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(webhook_deliveries::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(webhook_deliveries::turn.lt(after.key));
    }
    Ok(query.load(cx.conn())?)
}

fn find_row(
    cx: &mut Cx<'_>,
    endpoint: WebhookEndpointId,
    id: WebhookDeliveryId,
) -> Result<queue::Row> {
    webhook_deliveries::table
        .find(id)
        .filter(webhook_deliveries::endpoint_id.eq(endpoint))
        .select(queue::Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)
}

/// One delivery with its attempts.
pub(super) fn find(
    cx: &mut Cx<'_>,
    endpoint: WebhookEndpointId,
    id: WebhookDeliveryId,
) -> Result<WebhookDeliveryDetails> {
    let endpoint = store::find(cx, endpoint)?;
    let row = find_row(cx, endpoint.id, id)?;
    let attempts: Vec<AttemptRow> = webhook_attempts::table
        .filter(webhook_attempts::delivery_id.eq(row.id))
        .order(webhook_attempts::number.asc())
        .select(AttemptRow::as_select())
        .load(cx.conn())?;
    Ok(WebhookDeliveryDetails {
        delivery: row.into(),
        attempts: attempts.into_iter().map(Into::into).collect(),
    })
}

/// Sends a message to try the endpoint. It is delivered like every other.
pub(super) fn ping(cx: &mut Cx<'_>, endpoint: WebhookEndpointId) -> Result<WebhookDelivery> {
    let mut endpoint = store::find(cx, endpoint)?;
    cx.request.heed_version(endpoint.version)?;
    rules::take(endpoint.state, Step::Ping)?;
    let message = queue::Message {
        event_id: Id::new(),
        event_position: None,
        kind: PING.to_owned(),
        subject_id: endpoint.id.cast(),
    };
    let now = cx.now;
    one(queue::add(cx.conn(), now, &mut endpoint, [message])?)
}

/// Sends the message of a delivery once more, behind what waits already.
pub(super) fn replay(
    cx: &mut Cx<'_>,
    endpoint: WebhookEndpointId,
    id: WebhookDeliveryId,
) -> Result<WebhookDelivery> {
    let mut endpoint = store::find(cx, endpoint)?;
    cx.request.heed_version(endpoint.version)?;
    let row = find_row(cx, endpoint.id, id)?;
    let message = queue::Message {
        event_id: row.event_id,
        event_position: row.event_position,
        kind: row.kind,
        subject_id: row.subject_id,
    };
    let now = cx.now;
    let added = one(queue::add(cx.conn(), now, &mut endpoint, [message])?)?;
    store::save(cx, &mut endpoint, "webhookEndpoint.replayed")?;
    Ok(added)
}

fn one(added: Vec<queue::Row>) -> Result<WebhookDelivery> {
    let row = added.into_iter().next();
    row.map(Into::into)
        .ok_or_else(|| Error::internal("a delivery was not made"))
}

/// Forgets some deliveries that ended long ago. Answers whether there may be more of them.
pub(super) fn forget_old(conn: &mut AnyConnection, now: Instant) -> Result<bool> {
    let old: Vec<WebhookDeliveryId> = webhook_deliveries::table
        .filter(webhook_deliveries::finished_at.is_not_null())
        .filter(webhook_deliveries::finished_at.lt(now + -KEPT))
        .order(webhook_deliveries::finished_at.asc())
        .limit(TOGETHER)
        .select(webhook_deliveries::id)
        .load(conn)?;
    for id in &old {
        queue::remove(conn, *id)?;
    }
    let more = i64::try_from(old.len()).is_ok_and(|count| count == TOGETHER);
    Ok(forget_deleted(conn)? || more)
}

/// Forgets some deliveries of an endpoint that was deleted, and the endpoint behind the last one.
/// Answers whether there may be more.
fn forget_deleted(conn: &mut AnyConnection) -> Result<bool> {
    let deleted: Option<WebhookEndpointId> = webhook_endpoints::table
        .filter(webhook_endpoints::deleted_at.is_not_null())
        .order(webhook_endpoints::id.asc())
        .select(webhook_endpoints::id)
        .first(conn)
        .optional()?;
    let Some(endpoint) = deleted else {
        return Ok(false);
    };
    let left: Vec<WebhookDeliveryId> = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(endpoint))
        .order(webhook_deliveries::turn.asc())
        .limit(TOGETHER)
        .select(webhook_deliveries::id)
        .load(conn)?;
    for id in &left {
        queue::remove(conn, *id)?;
    }
    if left.is_empty() {
        diesel::delete(webhook_endpoints::table.find(endpoint)).execute(conn)?;
    }
    Ok(true)
}
