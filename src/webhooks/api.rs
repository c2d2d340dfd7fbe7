//! `/webhook-endpoints`.

use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{
    NewWebhookEndpoint, NewWebhookReplay, WebhookEndpoint, WebhookEndpointChange,
    WebhookEndpointId, WebhookEndpointState, WebhookReplay, WebhookReplayId, WebhookSecretRotation,
};
use super::rules::Step;
use super::{feeds, store};
use crate::platform::access::Permit;
use crate::platform::access::policy::{WebhooksRead, WebhooksWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;

/// The routes of endpoints.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_webhook_endpoint,
        list_webhook_endpoints,
        read_webhook_endpoint,
        change_webhook_endpoint,
        delete_webhook_endpoint,
        pause_webhook_endpoint,
        resume_webhook_endpoint,
        rotate_webhook_secret,
        replay_webhook_events,
        read_webhook_replay,
    ]
}

/// Which endpoints.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EndpointFilter {
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<WebhookEndpointState>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of endpoints.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpointPage {
    /// The endpoints, in the order they were made.
    items: Vec<WebhookEndpoint>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// How long it is to be left alone goes with its answers and with time, and for how long the secret
/// before is good with time: neither is a change of the endpoint, and the tag tells them apart.
fn answer(endpoint: &WebhookEndpoint) -> Result<Reply> {
    let moments = [endpoint.quiet_until, endpoint.previous_secret_until];
    let variant = moments.map(|until| until.map_or(0, |until| until.micros()));
    let variant = match variant {
        [0, 0] => String::new(),
        [quiet, secret] => format!("{quiet}-{secret}"),
    };
    Ok(Reply::ok(endpoint)?.version_variant(endpoint.version, &variant))
}

/// Register a webhook endpoint
///
/// It gets every event that fits and happens from now on, each as one message, signed as Standard
/// Webhooks has it. The answer holds the `secret` that you verify signatures with, and no later one
/// does. Answer a message with 2xx within fifteen seconds; what is not is tried again with growing
/// pauses over three days. Redirects are not followed; 410 disables the endpoint; 429 or 503 with
/// `Retry-After` holds every message to it for so long, a day at most. Messages of one
/// subject come one after the other, and each at least once: know it by its `webhook-id`.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.write"])),
    request_body = NewWebhookEndpoint,
    responses((status = 201, description = "The new endpoint with its secret.", body = WebhookEndpoint)))]
#[post("/webhook-endpoints")]
async fn create_webhook_endpoint(
    app: App,
    permit: Permit<WebhooksWrite>,
    body: Body<NewWebhookEndpoint>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let endpoint = store::create(cx, new)?;
        let place = format!("/webhook-endpoints/{}", endpoint.id);
        Ok(Reply::created(place, &endpoint)?.version(endpoint.version))
    })
    .await
}

/// List webhook endpoints
///
/// In the order they were made. Where you are limited to programmes: those that get events of these
/// programmes and no others.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.read"])),
    params(EndpointFilter),
    responses((status = 200, description = "A page of endpoints.", body = WebhookEndpointPage)))]
#[get("/webhook-endpoints")]
async fn list_webhook_endpoints(
    app: App,
    permit: Permit<WebhooksRead>,
    query: Query<EndpointFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let bound_to = format!("webhook endpoints {:?}", query.state);
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = store::list(cx, query.state, after, query.limit.rows())?;
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: 0,
            id: row.id.uuid(),
        });
        let items = rows
            .iter()
            .map(|row| row.shown(cx, None))
            .collect::<Result<_>>()?;
        Reply::page(next_cursor, |next_cursor| WebhookEndpointPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a webhook endpoint
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.read"])),
    params(("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id.")),
    responses((status = 200, description = "The endpoint.", body = WebhookEndpoint)))]
#[get("/webhook-endpoints/{webhookEndpointId}")]
async fn read_webhook_endpoint(
    app: App,
    permit: Permit<WebhooksRead>,
    id: Path<WebhookEndpointId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let row = store::find(cx, id.0)?;
        answer(&row.shown(cx, None)?)
    })
    .await
}

/// Change a webhook endpoint
///
/// A merge patch (RFC 7396): fields that are absent stay as they are. What is made of events already
/// goes to the new address; which events are wanted holds for those that are read from the log from
/// now on.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.write"])),
    params(("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id.")),
    request_body = WebhookEndpointChange,
    responses((status = 200, description = "The endpoint as it is now.", body = WebhookEndpoint)))]
#[patch("/webhook-endpoints/{webhookEndpointId}")]
async fn change_webhook_endpoint(
    app: App,
    permit: Permit<WebhooksWrite>,
    id: Path<WebhookEndpointId>,
    body: Body<WebhookEndpointChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        answer(&store::change(cx, id.0, change)?)
    })
    .await
}

/// Delete a webhook endpoint
///
/// Nothing more is sent to it: what waits ends, replays too; a message that is on its way may still
/// arrive. Its secrets are gone at once, its deliveries within the hour.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.write"])),
    params(("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id.")),
    responses((status = 200, description = "The endpoint as it was in the end.", body = WebhookEndpoint)))]
#[delete("/webhook-endpoints/{webhookEndpointId}")]
async fn delete_webhook_endpoint(
    app: App,
    permit: Permit<WebhooksWrite>,
    id: Path<WebhookEndpointId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| answer(&store::delete(cx, id.0)?))
        .await
}

/// Pause a webhook endpoint
///
/// Nothing is sent until it is resumed, and nothing is lost.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.write"])),
    params(("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id.")),
    responses((status = 200, description = "The endpoint, paused.", body = WebhookEndpoint)))]
#[post("/webhook-endpoints/{webhookEndpointId}/pause")]
async fn pause_webhook_endpoint(
    app: App,
    permit: Permit<WebhooksWrite>,
    id: Path<WebhookEndpointId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        answer(&store::step(cx, id.0, Step::Pause)?)
    })
    .await
}

/// Resume a webhook endpoint
///
/// One that was paused, or disabled by an answer 410. It gets everything that has happened since,
/// and what waits for another try is tried at once.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.write"])),
    params(("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id.")),
    responses((status = 200, description = "The endpoint, active.", body = WebhookEndpoint)))]
#[post("/webhook-endpoints/{webhookEndpointId}/resumption")]
async fn resume_webhook_endpoint(
    app: App,
    permit: Permit<WebhooksWrite>,
    id: Path<WebhookEndpointId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        answer(&store::step(cx, id.0, Step::Resume)?)
    })
    .await
}

/// Rotate a webhook endpoint's secret
///
/// The answer holds the new `secret`. For `overlapHours` messages carry two signatures, one with each
/// secret, so that you can change over while messages come.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.write"])),
    params(("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id.")),
    request_body = WebhookSecretRotation,
    responses((status = 200, description = "The endpoint with its new secret.", body = WebhookEndpoint)))]
#[post("/webhook-endpoints/{webhookEndpointId}/secret-rotation")]
async fn rotate_webhook_secret(
    app: App,
    permit: Permit<WebhooksWrite>,
    id: Path<WebhookEndpointId>,
    body: Body<WebhookSecretRotation>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, rotation| {
        answer(&store::rotate_secret(cx, id.0, rotation)?)
    })
    .await
}

/// Replay events to a webhook endpoint
///
/// The events of a stretch of time, in their order and with the `webhook-id` they had, as far as they
/// fit what the endpoint wants now. They come behind what waits already.
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.write"])),
    params(("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id.")),
    request_body = NewWebhookReplay,
    responses((status = 201, description = "The replay, which begins at once.", body = WebhookReplay)))]
#[post("/webhook-endpoints/{webhookEndpointId}/replays")]
async fn replay_webhook_events(
    app: App,
    permit: Permit<WebhooksWrite>,
    id: Path<WebhookEndpointId>,
    body: Body<NewWebhookReplay>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let replay = feeds::replay(cx, id.0, new)?;
        let place = format!("/webhook-endpoints/{}/replays/{}", id.0, replay.id);
        Reply::created(place, &replay)
    })
    .await
}

/// Read a replay
#[utoipa::path(tag = "Webhooks", security(("oauth2" = ["webhooks.read"])),
    params(
        ("webhookEndpointId" = WebhookEndpointId, Path, description = "The endpoint's id."),
        ("replayId" = WebhookReplayId, Path, description = "The replay's id."),
    ),
    responses((status = 200, description = "How far it is.", body = WebhookReplay)))]
#[get("/webhook-endpoints/{webhookEndpointId}/replays/{replayId}")]
async fn read_webhook_replay(
    app: App,
    permit: Permit<WebhooksRead>,
    ids: Path<(WebhookEndpointId, WebhookReplayId)>,
) -> Result<Reply> {
    let (endpoint, id) = ids.0;
    app.point(&permit, (), move |cx, ()| {
        Reply::ok(&feeds::find_replay(cx, endpoint, id)?)
    })
    .await
}
