//! Endpoints in storage.

use chrono::Duration;
use diesel::prelude::*;

use super::addresses::Rule;
use super::model::{
    FeedKind, NewWebhookEndpoint, WebhookEndpoint, WebhookEndpointChange, WebhookEndpointId,
    WebhookEndpointState, WebhookSecretRotation,
};
use super::rules::{self, Step};
use super::signature::Secret;
use super::{feeds, queue};
use crate::organisations::OrganisationId;
use crate::platform::access::Scope;
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::schema::webhook_endpoints;
use crate::platform::db::{Instant, Json};
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::events::Event;
use crate::platform::events::catalogue::EventType;
use crate::platform::events::log::{self, Logged};
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::programmes::{self, ProgrammeId};

/// A row of the table.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_endpoints, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: WebhookEndpointId,
    pub controller_id: OrganisationId,
    pub name: String,
    pub url: String,
    pub event_types: Json<Vec<EventType>>,
    pub programmes: Option<Json<Vec<ProgrammeId>>>,
    pub state: WebhookEndpointState,
    pub secrets: Vec<u8>,
    pub secret_rotated_at: Instant,
    pub next_turn: i64,
    pub quiet_until: Option<Instant>,
    pub course: i32,
    pub deleted_at: Option<Instant>,
    pub version: i32,
    pub created_at: Instant,
    pub updated_at: Instant,
}

impl Row {
    /// Whether an event is one that this endpoint is sent.
    pub fn wants(&self, event: &Logged) -> bool {
        let types = &self.event_types.0;
        let of_type = types.is_empty() || types.iter().any(|kind| kind.as_str() == event.kind);
        let of_programme = match &self.programmes {
            None => true,
            Some(programmes) => event
                .programme_id
                .is_some_and(|programme| programmes.0.contains(&programme)),
        };
        // What is done with an endpoint is not told to itself.
        of_type && of_programme && event.subject_id != self.id.cast()
    }

    /// Whether it has asked to be left alone for now.
    pub fn is_quiet(&self, now: Instant) -> bool {
        self.quiet_until.is_some_and(|until| until > now)
    }

    /// Nothing is known of how it answers now: neither what it asked for before counts, nor what
    /// comes of an attempt that runs.
    fn begin_anew(&mut self) {
        self.quiet_until = None;
        self.course += 1;
    }

    fn place(&self) -> Place<'static> {
        Place::new("webhook_endpoints.secrets", self.id.uuid())
    }

    /// The secrets, the current one first.
    pub fn open_secrets(&self, keys: &KeyRing) -> Result<Vec<Secret>> {
        keys.open_json(self.place(), &self.secrets)
    }

    fn seal_secrets(&mut self, keys: &KeyRing, secrets: &[Secret]) -> Result<()> {
        self.secrets = keys.seal_json(self.place(), &secrets)?;
        Ok(())
    }

    /// As the API shows it; the secret where it has just been made.
    pub fn shown(&self, cx: &Cx<'_>, secret: Option<&Secret>) -> Result<WebhookEndpoint> {
        let secrets = self.open_secrets(cx.keys)?;
        Ok(WebhookEndpoint {
            id: self.id,
            name: self.name.clone().into(),
            url: self.url.clone(),
            event_types: self.event_types.0.clone(),
            programmes: self.programmes.clone().map(|programmes| programmes.0),
            state: self.state,
            secret: secret.map(|secret| secret.text().to_owned()),
            previous_secret_until: secrets
                .iter()
                .filter(|secret| secret.is_good(cx.now))
                .find_map(|secret| secret.until),
            quiet_until: self.quiet_until.filter(|_| self.is_quiet(cx.now)),
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// Whoever is limited to programmes sees the endpoints that get no more than that.
fn is_seen(scope: &Scope, programmes: Option<&[ProgrammeId]>) -> bool {
    match (&scope.programmes, programmes) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(own), Some(sent)) => sent.iter().all(|programme| own.contains(programme)),
    }
}

/// One endpoint that the actor sees.
pub(super) fn find(cx: &mut Cx<'_>, id: WebhookEndpointId) -> Result<Row> {
    let scope = cx.scope();
    let row: Row = webhook_endpoints::table
        .find(id)
        .filter(webhook_endpoints::controller_id.eq(scope.controller))
        .filter(webhook_endpoints::deleted_at.is_null())
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?
        .ok_or_else(Error::not_found)?;
    let programmes = row.programmes.as_ref().map(|programmes| &*programmes.0);
    if is_seen(scope, programmes) {
        Ok(row)
    } else {
        Err(Error::not_found())
    }
}

/// A page of endpoints in the order they were made, and one row more. Endpoints are few: those that
/// the actor does not see are left out after reading.
pub(super) fn list(
    cx: &mut Cx<'_>,
    state: Option<WebhookEndpointState>,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Row>> {
    let scope = cx.scope();
    let mut query = webhook_endpoints::table
        .filter(webhook_endpoints::controller_id.eq(scope.controller))
        .filter(webhook_endpoints::deleted_at.is_null())
        .order(webhook_endpoints::id.asc())
        .select(Row::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(webhook_endpoints::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(webhook_endpoints::id.gt(after.id::<WebhookEndpoint>()));
    }
    if scope.programmes.is_none() {
        query = query.limit(limit + 1);
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    Ok(rows
        .into_iter()
        .filter(|row| {
            is_seen(
                scope,
                row.programmes.as_ref().map(|programmes| &*programmes.0),
            )
        })
        .take(usize::try_from(limit + 1).unwrap_or(usize::MAX))
        .collect())
}

/// Checks the programmes of an endpoint: each one that the actor sees, and some where the actor is
/// limited to some.
fn check_programmes(cx: &mut Cx<'_>, sent: Option<&[ProgrammeId]>) -> Result<()> {
    let Some(sent) = sent else {
        return match cx.scope().programmes {
            None => Ok(()),
            Some(_) => Err(Error::field(
                "/programmes",
                "required",
                "must name programmes, since you are limited to some",
            )),
        };
    };
    let mut wrong = Vec::new();
    for (index, programme) in sent.iter().enumerate() {
        match programmes::find(cx, *programme) {
            Ok(_) => {}
            Err(Error::Problem(_)) => wrong.push(FieldError::new(
                format!("/programmes/{index}"),
                "notFound",
                "is no programme that you may see",
            )),
            Err(error) => return Err(error),
        }
    }
    Error::unless_empty(wrong)
}

fn emit(cx: &mut Cx<'_>, kind: &'static str, id: WebhookEndpointId) -> Result<()> {
    cx.emit(&Event::new(kind, id))
}

/// Makes an endpoint. It gets what happens from now on.
pub(super) fn create(cx: &mut Cx<'_>, new: &NewWebhookEndpoint) -> Result<WebhookEndpoint> {
    Rule::from(&cx.config.webhooks).check(&new.url)?;
    check_programmes(cx, new.programmes.as_deref())?;
    let secret = Secret::new()?;
    let mut row = Row {
        id: Id::new(),
        controller_id: cx.scope().controller,
        name: new.name.as_str().to_owned(),
        url: new.url.clone(),
        event_types: Json(new.event_types.clone()),
        programmes: new.programmes.clone().map(Json),
        state: WebhookEndpointState::Active,
        secrets: Vec::new(),
        secret_rotated_at: cx.now,
        next_turn: 1,
        quiet_until: None,
        course: 1,
        deleted_at: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    row.seal_secrets(cx.keys, std::slice::from_ref(&secret))?;
    diesel::insert_into(webhook_endpoints::table)
        .values(&row)
        .execute(cx.conn())?;
    let end = log::end(cx.conn(), row.controller_id)?;
    feeds::begin(cx, row.id, FeedKind::Live, end, None)?;
    emit(cx, "webhookEndpoint.created", row.id)?;
    row.shown(cx, Some(&secret))
}

/// Stores what has changed, with the one event that says so.
pub(super) fn save(cx: &mut Cx<'_>, row: &mut Row, event: &'static str) -> Result<()> {
    row.version += 1;
    row.updated_at = cx.now;
    diesel::update(webhook_endpoints::table.find(row.id))
        .set((
            webhook_endpoints::name.eq(&row.name),
            webhook_endpoints::url.eq(&row.url),
            webhook_endpoints::event_types.eq(&row.event_types),
            webhook_endpoints::programmes.eq(&row.programmes),
            webhook_endpoints::state.eq(row.state),
            webhook_endpoints::secrets.eq(&row.secrets),
            webhook_endpoints::secret_rotated_at.eq(row.secret_rotated_at),
            webhook_endpoints::quiet_until.eq(row.quiet_until),
            webhook_endpoints::course.eq(row.course),
            webhook_endpoints::deleted_at.eq(row.deleted_at),
            webhook_endpoints::version.eq(row.version),
            webhook_endpoints::updated_at.eq(row.updated_at),
        ))
        .execute(cx.conn())?;
    emit(cx, event, row.id)
}

/// Changes an endpoint.
pub(super) fn change(
    cx: &mut Cx<'_>,
    id: WebhookEndpointId,
    change: &WebhookEndpointChange,
) -> Result<WebhookEndpoint> {
    let mut row = find(cx, id)?;
    cx.request.expect_version(row.version)?;
    if let Some(url) = &change.url {
        Rule::from(&cx.config.webhooks).check(url)?;
        if row.url != *url {
            // Another address has asked for nothing yet.
            row.begin_anew();
        }
        row.url.clone_from(url);
    }
    if let Some(programmes) = &change.programmes {
        check_programmes(cx, programmes.as_deref())?;
        row.programmes = programmes.clone().map(Json);
    }
    if let Some(name) = &change.name {
        name.as_str().clone_into(&mut row.name);
    }
    if let Some(types) = &change.event_types {
        row.event_types = Json(types.clone());
    }
    save(cx, &mut row, "webhookEndpoint.changed")?;
    row.shown(cx, None)
}

/// Pauses or resumes an endpoint.
pub(super) fn step(cx: &mut Cx<'_>, id: WebhookEndpointId, step: Step) -> Result<WebhookEndpoint> {
    let mut row = find(cx, id)?;
    cx.request.heed_version(row.version)?;
    row.state = rules::take(row.state, step)?;
    let event = match row.state {
        WebhookEndpointState::Active => "webhookEndpoint.resumed",
        WebhookEndpointState::Paused | WebhookEndpointState::Disabled => "webhookEndpoint.paused",
    };
    if row.state == WebhookEndpointState::Active {
        // Whoever resumes it has mended something: what was to be tried later is tried now.
        queue::hurry(cx.conn(), row.id)?;
        row.begin_anew();
    }
    save(cx, &mut row, event)?;
    row.shown(cx, None)
}

/// Gives an endpoint a new secret. The one before it signs too, for as long as is asked.
pub(super) fn rotate_secret(
    cx: &mut Cx<'_>,
    id: WebhookEndpointId,
    rotation: &WebhookSecretRotation,
) -> Result<WebhookEndpoint> {
    let mut row = find(cx, id)?;
    cx.request.heed_version(row.version)?;
    let until = cx.now + Duration::hours(rotation.overlap_hours);
    let mut old = row.open_secrets(cx.keys)?;
    for secret in &mut old {
        secret.until = Some(secret.until.map_or(until, |before| before.min(until)));
    }
    let secret = Secret::new()?;
    let secrets: Vec<Secret> = std::iter::once(secret.clone())
        .chain(old.into_iter().filter(|secret| secret.is_good(cx.now)))
        .collect();
    row.seal_secrets(cx.keys, &secrets)?;
    row.secret_rotated_at = cx.now;
    save(cx, &mut row, "webhookEndpoint.secretRotated")?;
    row.shown(cx, Some(&secret))
}

/// Deletes an endpoint: what waits is not sent any more, its secrets are gone, and nobody sees it.
/// What was delivered is forgotten by and by (`deliveries::forget_old`).
pub(super) fn delete(cx: &mut Cx<'_>, id: WebhookEndpointId) -> Result<WebhookEndpoint> {
    let mut row = find(cx, id)?;
    cx.request.expect_version(row.version)?;
    row.state = WebhookEndpointState::Disabled;
    row.deleted_at = Some(cx.now);
    row.seal_secrets(cx.keys, &[])?;
    queue::drop_waiting(cx.conn(), row.id)?;
    feeds::end_all(cx.conn(), row.id)?;
    save(cx, &mut row, "webhookEndpoint.deleted")?;
    row.shown(cx, None)
}
