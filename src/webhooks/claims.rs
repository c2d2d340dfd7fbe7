//! Claims: who tries which delivery now, and what came of it.
//!
//! A claim is stored before anything is sent, and ends by itself: no attempt is made by two
//! instances, and what an instance leaves behind when it is killed is tried again.

use chrono::Duration;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::model::{
    WebhookAttemptOutcome, WebhookDeliveryState, WebhookEndpointId, WebhookEndpointState,
};
use super::queue::{self, Claim};
use super::rules::{self, Answer, Verdict};
use super::signature::Secret;
use super::store;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::KeyRing;
use crate::platform::db::schema::{webhook_attempts, webhook_deliveries, webhook_endpoints};
use crate::platform::db::{AnyConnection, Instant};
use crate::platform::error::Result;
use crate::platform::id::Id;

/// A delivery that is to be tried now.
#[derive(Debug)]
pub(super) struct Claimed {
    pub delivery: queue::Row,
    claim: Id<Claim>,
    pub controller: OrganisationId,
    pub url: String,
    course: i32,
    pub secrets: Vec<Secret>,
}

/// The endpoints that get their events.
pub(super) fn active(conn: &mut AnyConnection) -> Result<Vec<store::Row>> {
    Ok(webhook_endpoints::table
        .filter(webhook_endpoints::state.eq(WebhookEndpointState::Active))
        .order(webhook_endpoints::id.asc())
        .select(store::Row::as_select())
        .load(conn)?)
}

/// Whether something is due at an endpoint.
pub(super) fn is_due(
    conn: &mut AnyConnection,
    endpoint: WebhookEndpointId,
    now: Instant,
) -> Result<bool> {
    Ok(diesel::select(exists(
        webhook_deliveries::table
            .filter(webhook_deliveries::endpoint_id.eq(endpoint))
            .filter(webhook_deliveries::due_at.is_not_null())
            .filter(webhook_deliveries::due_at.le(now)),
    ))
    .get_result(conn)?)
}

/// Claims at most `at_most` deliveries of an endpoint, each for one attempt that ends before
/// `lease` has passed.
pub(super) fn claim(
    conn: &mut AnyConnection,
    keys: &KeyRing,
    now: Instant,
    lease: Duration,
    endpoint: WebhookEndpointId,
    at_most: i64,
) -> Result<Vec<Claimed>> {
    let endpoint: Option<store::Row> = webhook_endpoints::table
        .find(endpoint)
        .select(store::Row::as_select())
        .first(conn)
        .optional()?;
    let Some(endpoint) = endpoint else {
        return Ok(Vec::new());
    };
    if endpoint.state != WebhookEndpointState::Active || endpoint.is_quiet(now) {
        return Ok(Vec::new());
    }
    let due: Vec<queue::Row> = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(endpoint.id))
        .filter(webhook_deliveries::due_at.is_not_null())
        .filter(webhook_deliveries::due_at.le(now))
        .order((
            webhook_deliveries::due_at.asc(),
            webhook_deliveries::turn.asc(),
        ))
        .limit(at_most)
        .select(queue::Row::as_select())
        .load(conn)?;
    let mut claimed = Vec::new();
    for mut delivery in due {
        if delivery.attempts >= rules::most_attempts() {
            // The last attempt was cut off, and nobody knows what came of it.
            queue::end(conn, now, &delivery, WebhookDeliveryState::Failed)?;
            continue;
        }
        let claim = Id::new();
        delivery.attempts += 1;
        delivery.claim = Some(claim);
        delivery.due_at = Some(now + lease);
        diesel::update(webhook_deliveries::table.find(delivery.id))
            .set((
                webhook_deliveries::attempts.eq(delivery.attempts),
                webhook_deliveries::claim.eq(delivery.claim),
                webhook_deliveries::due_at.eq(delivery.due_at),
            ))
            .execute(conn)?;
        diesel::insert_into(webhook_attempts::table)
            .values((
                webhook_attempts::delivery_id.eq(delivery.id),
                webhook_attempts::number.eq(delivery.attempts),
                webhook_attempts::started_at.eq(now),
            ))
            .execute(conn)?;
        claimed.push(Claimed {
            delivery,
            claim,
            controller: endpoint.controller_id,
            url: endpoint.url.clone(),
            course: endpoint.course,
            secrets: endpoint.open_secrets(keys)?,
        });
    }
    Ok(claimed)
}

/// Stores what came of an attempt, and what follows from it.
pub(super) fn finish(
    cx: &mut Cx<'_>,
    claimed: &Claimed,
    answer: &Answer,
    jitter: u8,
) -> Result<()> {
    let now = cx.now;
    let tried = &claimed.delivery;
    diesel::update(webhook_attempts::table.find((tried.id, tried.attempts)))
        .set((
            webhook_attempts::finished_at.eq(Some(now)),
            webhook_attempts::outcome.eq(Some(answer.outcome)),
            webhook_attempts::status.eq(answer.status.map(i32::from)),
        ))
        .execute(cx.conn())?;
    let endpoint: Option<(i32, Option<Instant>)> = webhook_endpoints::table
        .find(tried.endpoint_id)
        .select((webhook_endpoints::course, webhook_endpoints::quiet_until))
        .first(cx.conn())
        .optional()?;
    let (course, quiet_until) = endpoint.unzip();
    // It has another address meanwhile, or somebody has mended something and resumed it: what was
    // answered then says nothing of it now.
    let is_past = course != Some(claimed.course);
    if let Some(wish) = rules::wish(answer).filter(|_| !is_past) {
        // Whoever says "not now" to one message means all of them, and who says it of a shorter time
        // to another one takes nothing back.
        let until = Some(now + Duration::from_std(wish).unwrap_or_default());
        if until > quiet_until.flatten() {
            diesel::update(webhook_endpoints::table.find(tried.endpoint_id))
                .set(webhook_endpoints::quiet_until.eq(until))
                .execute(cx.conn())?;
        }
    }
    let current: Option<queue::Row> = webhook_deliveries::table
        .find(tried.id)
        .select(queue::Row::as_select())
        .first(cx.conn())
        .optional()?;
    // It was ended by another attempt, or has gone with its endpoint.
    let Some(current) = current.filter(|current| current.finished_at.is_none()) else {
        return Ok(());
    };
    // Where the claim has run out somebody else may be trying it: only a success ends it then.
    if current.claim != Some(claimed.claim) && answer.outcome != WebhookAttemptOutcome::Delivered {
        return Ok(());
    }
    match rules::judge(answer, tried.attempts, now, jitter) {
        Verdict::Delivered => queue::end(cx.conn(), now, &current, WebhookDeliveryState::Delivered),
        Verdict::GivenUp => queue::end(cx.conn(), now, &current, WebhookDeliveryState::Failed),
        Verdict::Again(_) | Verdict::Gone if is_past => queue::put_off(cx.conn(), current.id, now),
        Verdict::Again(at) => queue::put_off(cx.conn(), current.id, at),
        Verdict::Gone => {
            queue::put_off(cx.conn(), current.id, now)?;
            let mut endpoint = store::find(cx, current.endpoint_id)?;
            if endpoint.state == WebhookEndpointState::Active {
                endpoint.state = WebhookEndpointState::Disabled;
                store::save(cx, &mut endpoint, "webhookEndpoint.disabled")?;
            }
            Ok(())
        }
    }
}
