//! One attempt over HTTP: to checked addresses only, without redirects, within a time.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Response, Url, header, redirect};

use super::addresses::{Rule, literal};
use super::model::WebhookAttemptOutcome;
use super::rules::{Answer, retry_after};
use crate::platform::config::WebhookConfig;
use crate::platform::db::Instant;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// What is read of an answer, so that the connection can be used again; nothing of it is kept.
const READ: usize = 64 * 1024;
const READ_FOR: Duration = Duration::from_secs(1);

/// A message, ready to be sent.
pub(super) struct Message<'a> {
    pub url: &'a str,
    pub id: &'a str,
    pub timestamp: i64,
    pub signature: &'a str,
    pub body: String,
}

/// Sends messages. Its clients are made when the first message goes out: each reads the authorities
/// that the machine trusts, which takes time and memory that a service without endpoints does not need.
#[derive(Debug)]
pub(super) struct Sender {
    rule: Rule,
    config: WebhookConfig,
    https: OnceLock<Client>,
    /// To this machine only.
    http: OnceLock<Client>,
}

impl Sender {
    pub fn new(config: &WebhookConfig) -> Self {
        Self {
            rule: Rule::from(config),
            config: config.clone(),
            https: OnceLock::new(),
            http: OnceLock::new(),
        }
    }

    fn client(&self, plain: bool) -> reqwest::Result<&Client> {
        let kept = if plain { &self.http } else { &self.https };
        if let Some(client) = kept.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .user_agent(concat!("Brobygger/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Checked {
                rule: Arc::new(self.rule.clone()),
                plain,
            })
            // A proxy would look the name up a second time.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .https_only(!plain)
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .connect_timeout(CONNECT.min(self.config.timeout))
            .timeout(self.config.timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(self.config.at_once)
            .build()?;
        // Where another message was quicker, its client is the one that is kept.
        Ok(kept.get_or_init(|| client))
    }

    /// Sends a message. Whatever happens is an answer.
    pub async fn send(&self, message: Message<'_>, now: Instant) -> Answer {
        let Ok(url) = Url::parse(message.url) else {
            return Answer::none(WebhookAttemptOutcome::ConnectionFailed);
        };
        let plain = url.scheme() != "https";
        // An address in the URL is connected to without asking the resolver.
        let refused = literal(&url).is_some_and(|address| {
            if plain {
                !self.rule.allows_plain(address)
            } else {
                !self.rule.allows(address)
            }
        });
        if refused {
            return Answer::none(WebhookAttemptOutcome::AddressRefused);
        }
        let client = match self.client(plain) {
            Ok(client) => client,
            Err(error) => {
                tracing::error!(%error, "no HTTP client could be made");
                return Answer::none(WebhookAttemptOutcome::ConnectionFailed);
            }
        };
        let sent = client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp)
            .header("webhook-signature", message.signature)
            .body(message.body)
            .send()
            .await;
        match sent {
            Ok(response) => {
                let wish = response
                    .headers()
                    .get(header::RETRY_AFTER)
                    .and_then(|value| value.to_str().ok())
                    .and_then(|text| retry_after(text, now));
                let answer = Answer::of_status(response.status().as_u16(), wish);
                let _slow = tokio::time::timeout(READ_FOR, read(response)).await;
                answer
            }
            Err(error) if was_refused(&error) => {
                Answer::none(WebhookAttemptOutcome::AddressRefused)
            }
            Err(error) if error.is_timeout() => Answer::none(WebhookAttemptOutcome::TimedOut),
            Err(_) => Answer::none(WebhookAttemptOutcome::ConnectionFailed),
        }
    }
}

async fn read(mut response: Response) {
    let mut size = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        size += chunk.len();
        if size > READ {
            return;
        }
    }
}

/// Resolves names to addresses that may be connected to: what it answers is what is connected to.
struct Checked {
    rule: Arc<Rule>,
    plain: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (rule, plain) = (Arc::clone(&self.rule), self.plain);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| {
                    if plain {
                        rule.allows_plain(address.ip())
                    } else {
                        rule.allows(address.ip())
                    }
                })
                .collect();
            if allowed.is_empty() {
                return Err(Box::new(Refused) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// A name leads to no address that may be connected to.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no address of this name is connected to")
    }
}
impl std::error::Error for Refused {}

fn was_refused(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<Refused>() {
            return true;
        }
        cause = error.source();
    }
    false
}
