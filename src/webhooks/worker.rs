//! The worker of one instance: moves feeds on, claims what is due, sends it, stores what came of it.
//!
//! Several instances run it beside each other: what one has claimed no other sends. It waits for
//! nothing but its own tasks, each of which ends in time; an endpoint that is slow uses up its own
//! attempts at once and nobody else's.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::task::JoinSet;

use super::claims::{self, Claimed};
use super::deliveries;
use super::feeds::{self, Page};
use super::model::{WebhookAttemptOutcome, WebhookEndpointId};
use super::rules::Answer;
use super::sender::{Message, Sender};
use super::signature::sign;
use crate::event_log::LoggedEvent;
use crate::organisations::OrganisationId;
use crate::patients::PatientId;
use crate::platform::app::App;
use crate::platform::crypto::random;
use crate::platform::error::{Error, Result};
use crate::platform::events::log;
use crate::platform::events::tail::Watch;

/// How much longer than its attempt a claim lasts: the clocks of instances may differ.
const MARGIN: Duration = Duration::from_secs(15);
/// How often old deliveries are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// How long everybody else has the database in between, where there are many.
const FORGET_PAUSE: Duration = Duration::from_millis(100);
/// How long attempts that run may take to end when the service stops.
const GRACE: Duration = Duration::from_secs(20);

struct Worker {
    app: App,
    sender: Arc<Sender>,
    /// Attempts that run now, by endpoint.
    running: HashMap<WebhookEndpointId, usize>,
    tasks: JoinSet<WebhookEndpointId>,
    /// Whose events are waited for.
    watches: HashMap<OrganisationId, Watch>,
}

/// What is to be done for one endpoint.
struct Plan {
    endpoint: WebhookEndpointId,
    controller: OrganisationId,
    pages: Vec<Page>,
    due: bool,
}

/// Delivers for as long as the service runs, and lets the attempts that run end before it returns.
pub async fn deliver(app: App) {
    let sender = Arc::new(Sender::new(&app.config.webhooks));
    let mut stopping = app.tail.stopping();
    let mut news = app.tail.news();
    let poll = app.config.webhooks.poll;
    let mut worker = Worker {
        app,
        sender,
        running: HashMap::new(),
        tasks: JoinSet::new(),
        watches: HashMap::new(),
    };
    // Beside the deliveries, which wait for none of it; it ends with this.
    let mut forgetting = JoinSet::new();
    forgetting.spawn(forget_old(worker.app.clone()));
    loop {
        let pause = match worker.round().await {
            Ok(true) => Duration::ZERO,
            Ok(false) => poll,
            Err(error) => {
                tracing::warn!(code = %error.code(), "a round of webhook deliveries failed");
                poll
            }
        };
        let running = !worker.tasks.is_empty();
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => break,
            Some(ended) = worker.tasks.join_next(), if running => {
                worker.ended(ended.ok());
                while let Some(ended) = worker.tasks.try_join_next() {
                    worker.ended(ended.ok());
                }
            }
            _ = news.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    drop(forgetting);
    let rest = async { while worker.tasks.join_next().await.is_some() {} };
    let _cut_off = tokio::time::timeout(GRACE, rest).await;
}

impl Worker {
    fn ended(&mut self, endpoint: Option<WebhookEndpointId>) {
        match endpoint {
            Some(endpoint) => {
                if let Some(count) = self.running.get_mut(&endpoint) {
                    *count = count.saturating_sub(1);
                }
            }
            // A task panicked: nobody knows whose it was, so all are counted anew when none runs.
            None if self.tasks.is_empty() => self.running.clear(),
            None => {}
        }
        if self.tasks.is_empty() {
            self.running.clear();
        }
    }

    /// Does what is to be done now. Answers whether there is more right away.
    async fn round(&mut self) -> Result<bool> {
        let plans = self.plan().await?;
        self.watches
            .retain(|controller, _| plans.iter().any(|plan| plan.controller == *controller));
        for plan in &plans {
            self.watches
                .entry(plan.controller)
                .or_insert_with(|| Watch::new(&self.app, plan.controller));
        }
        let more = plans
            .iter()
            .any(|plan| plan.pages.iter().any(Page::is_full));
        let this = &*self;
        let work = plans
            .into_iter()
            .filter(|plan| plan.due || !plan.pages.is_empty())
            .map(|plan| this.prepare(plan));
        for claimed in join_all(work).await {
            // What fails at one endpoint keeps no other from its attempts.
            let claimed = claimed.unwrap_or_else(|error| {
                tracing::warn!(code = %error.code(), "an endpoint's deliveries were not claimed");
                Vec::new()
            });
            for claimed in claimed {
                let endpoint = claimed.delivery.endpoint_id;
                *self.running.entry(endpoint).or_default() += 1;
                let (app, sender) = (self.app.clone(), Arc::clone(&self.sender));
                self.tasks.spawn(async move {
                    if let Err(error) = attempt(&app, &sender, claimed).await {
                        tracing::warn!(code = %error.code(), "the end of an attempt was not stored");
                    }
                    endpoint
                });
            }
        }
        Ok(more)
    }

    fn free(&self, endpoint: WebhookEndpointId) -> usize {
        let running = self.running.get(&endpoint).copied().unwrap_or_default();
        self.app.config.webhooks.at_once.saturating_sub(running)
    }

    /// Looks at every active endpoint, in one snapshot.
    async fn plan(&self) -> Result<Vec<Plan>> {
        let now = self.app.clock.now();
        self.app
            .db
            .read(move |conn| {
                let mut plans = Vec::new();
                for endpoint in claims::active(conn)? {
                    plans.push(Plan {
                        pages: feeds::pages(conn, &endpoint)?,
                        due: !endpoint.is_quiet(now) && claims::is_due(conn, endpoint.id, now)?,
                        endpoint: endpoint.id,
                        controller: endpoint.controller_id,
                    });
                }
                Ok(plans)
            })
            .await
    }

    /// Moves the feeds of an endpoint on, and claims what is due and has room.
    async fn prepare(&self, plan: Plan) -> Result<Vec<Claimed>> {
        let now = self.app.clock.now();
        for page in plan.pages {
            self.app
                .db
                .write(move |tx| feeds::move_on(tx.conn(), now, &page))
                .await?;
        }
        let free = self.free(plan.endpoint);
        if free == 0 {
            return Ok(Vec::new());
        }
        let keys = Arc::clone(&self.app.keys);
        let lease = chrono::Duration::from_std(self.app.config.webhooks.timeout + MARGIN)
            .map_err(Error::internal)?;
        let at_most = i64::try_from(free).unwrap_or(i64::MAX);
        self.app
            .db
            .write(move |tx| claims::claim(tx.conn(), &keys, now, lease, plan.endpoint, at_most))
            .await
    }
}

/// Forgets old deliveries, some at a time, for as long as the service runs.
async fn forget_old(app: App) {
    loop {
        let now = app.clock.now();
        let more = app
            .db
            .write(move |tx| deliveries::forget_old(tx.conn(), now))
            .await;
        tokio::time::sleep(match more {
            Ok(true) => FORGET_PAUSE,
            Ok(false) | Err(_) => FORGET_EVERY,
        })
        .await;
    }
}

/// Sends a claimed delivery, and stores what came of it.
async fn attempt(app: &App, sender: &Sender, claimed: Claimed) -> Result<()> {
    let (body, patient) = message(app, &claimed).await?;
    let id = claimed.delivery.event_id.to_string();
    let now = app.clock.now();
    let timestamp = now.utc().timestamp();
    let signature = sign(&claimed.secrets, &id, timestamp, &body, now)?;
    let message = Message {
        url: &claimed.url,
        id: &id,
        timestamp,
        signature: &signature,
        body,
    };
    let answer = sender.send(message, now).await;
    store(app, claimed, answer, patient).await
}

/// The body of the message, and the patient that the event concerns.
async fn message(app: &App, claimed: &Claimed) -> Result<(String, Option<PatientId>)> {
    let delivery = &claimed.delivery;
    let Some(position) = delivery.event_position else {
        let ping = json!({
            "id": delivery.event_id, "type": delivery.kind, "timestamp": delivery.created_at,
            "data": {
                "subjectType": "webhookEndpoint", "subjectId": delivery.subject_id,
                "organisationId": claimed.controller,
            },
        });
        return Ok((ping.to_string(), None));
    };
    let event = app
        .db
        .point(move |conn| log::at(conn, position))
        .await?
        .ok_or_else(|| Error::internal("an event that is to be delivered is gone"))?;
    let patient = event.patient_id;
    let body = serde_json::to_string(&LoggedEvent::new(&app.keys, event));
    Ok((body.map_err(Error::internal)?, patient))
}

/// Stores what came of an attempt. Where an event that concerns a patient has arrived, the patient's
/// access log says so.
async fn store(
    app: &App,
    claimed: Claimed,
    answer: Answer,
    patient: Option<PatientId>,
) -> Result<()> {
    let mut jitter = [0_u8];
    random(&mut jitter)?;
    app.by_itself_later(claimed.controller, "deliver_webhook", {
        move |cx| {
            claims::finish(cx, &claimed, &answer, jitter[0])?;
            if answer.outcome == WebhookAttemptOutcome::Delivered
                && let Some(patient) = patient
            {
                cx.touch(patient);
            }
            Ok(Some(()))
        }
    })
    .await
    .map(|_| ())
}
