//! `/webhook-endpoints/{webhookEndpointId}/deliveries`, and the ping.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::deliveries;
use super::model::{
    WebhookDelivery, WebhookDeliveryDetails, WebhookDeliveryId, WebhookDeliveryState,
    WebhookEndpointId,
};
use crate::platform::access::Permit;
use crate::platform::access::policy::{WebhooksRead, WebhooksWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;

/// The routes of deliveries.
#[must_use]
pub fn routes() -> Routes {
    routes![
        list_webhook_deliveries,
        read_webhook_delivery,
        replay_webhook_delivery,
        ping_webhook_endpoint,
    ]
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeliveryFilter {
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<WebhookDeliveryState>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDeliveryPage {
    /// The deliveries, the newest first.
    items: Vec<WebhookDelivery>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// List deliveries to a webhook endpoint
///
/// The newest first. Those that have ended are kept for thirty days.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.read"])),
    params(("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id."), DeliveryFilter),
    responses((status = 200, description = "A page of deliveries.", body = WebhookDeliveryPage)))]
#[get("/webhook-endpoints/{webhookEndpointId}/deliveries")]
async fn list_webhook_deliveries(
    app: App,
    permit: Permit<WebhooksRead>,
    id: Path<WebhookEndpointId>,
    query: Query<DeliveryFilter>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        let bound_to = format!("webhook deliveries {} {:?}", id.0, query.state);
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = deliveries::list(cx, id.0, query.state, after, query.limit.rows())?;
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: row.turn,
            id: row.id.uuid(),
        });
        let items = rows.into_iter().map(Into::into).collect();
        Reply::page(next_cursor, |next_cursor| WebhookDeliveryPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a delivery
///
/// With every attempt at it: when, what came of it, the status that the endpoint answered with.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.read"])),
    params(
        ("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id."),
        ("deliveryId" = WebhookDeliveryId, Path, description = "The delivery's id."),
    ),
    responses((status = 200, description = "The delivery and its attempts.", body = WebhookDeliveryDetails)))]
#[get("/webhook-endpoints/{webhookEndpointId}/deliveries/{deliveryId}")]
async fn read_webhook_delivery(
    app: App,
    permit: Permit<WebhooksRead>,
    ids: Path<(WebhookEndpointId, WebhookDeliveryId)>,
) -> Result<Reply> {
    let (endpoint, id) = ids.0;
    // One snapshot: the delivery and its attempts belong together.
    app.read(&permit, (), move |cx, ()| {
        Reply::ok(&deliveries::find(cx, endpoint, id)?)
    })
    .await
}

/// Replay a delivery
///
/// The same message once more, with the same `webhook-id`, as a delivery of its own behind what waits
/// already.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.write"])),
    params(
        ("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id."),
        ("deliveryId" = WebhookDeliveryId, Path, description = "The delivery's id."),
    ),
    responses((status = 201, description = "The new delivery.", body = WebhookDelivery)))]
#[post("/webhook-endpoints/{webhookEndpointId}/deliveries/{deliveryId}/replay")]
async fn replay_webhook_delivery(
    app: App,
    permit: Permit<WebhooksWrite>,
    ids: Path<(WebhookEndpointId, WebhookDeliveryId)>,
) -> Result<Reply> {
    let (endpoint, id) = ids.0;
    app.write(&permit, (), move |cx, ()| {
        created(endpoint, &deliveries::replay(cx, endpoint, id)?)
    })
    .await
}

/// Ping a webhook endpoint
///
/// Sends a message of the type `webhook.ping`, signed and tried like every other, to see whether
/// messages arrive.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.write"])),
    params(("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id.")),
    responses((status = 201, description = "The delivery: read it to see what came of it.", body = WebhookDelivery)))]
#[post("/webhook-endpoints/{webhookEndpointId}/ping")]
async fn ping_webhook_endpoint(
    app: App,
    permit: Permit<WebhooksWrite>,
    id: Path<WebhookEndpointId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        created(id.0, &deliveries::ping(cx, id.0)?)
    })
    .await
}

fn created(endpoint: WebhookEndpointId, delivery: &WebhookDelivery) -> Result<Reply> {
    let place = format!("/webhook-endpoints/{endpoint}/deliveries/{}", delivery.id);
    Reply::created(place, delivery)
}
