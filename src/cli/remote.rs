//! A service that the command line talks to.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use brobygger::imports::{Asked, Import, ImportId, Packing, RowResult};
use brobygger::platform::error::{Error, Result};
use futures_util::{StreamExt as _, stream};
use reqwest::{Client, RequestBuilder, Response, StatusCode, header};
use serde_json::Value;

use super::patience::{Patience, Refusal, in_time, out_of_reach, silent, unreachable};

/// How long an access token is used before a new one is fetched: they last a quarter of an hour.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// How long a service may be silent in the middle of a request.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// What came of a file that was sent.
pub(super) enum Sent {
    /// It is a job.
    Taken(Import),
    /// No answer was heard: it may be one.
    Perhaps(Error),
}

/// A service, and who signs in to it.
pub(super) struct Remote {
    base: String,
    client: Client,
    sign_in: SignIn,
    /// For how long a service that is out of reach, or too busy, is asked again.
    patience: Duration,
    /// How long it may be silent in the middle of a request.
    silence: Duration,
}

enum SignIn {
    /// A token that was given.
    Token(String),
    /// A client, with the token it was given last.
    Client {
        id: String,
        secret: String,
        token: Option<(String, Instant)>,
    },
}

impl Remote {
    pub(super) fn new(url: &str, token: Option<&str>, patience: Duration) -> Result<Self> {
        let sign_in = match (token, std::env::var("BROBYGGER_CLIENT_ID")) {
            (Some(token), _) => SignIn::Token(token.to_owned()),
            (None, Ok(id)) => SignIn::Client {
                id,
                secret: std::env::var("BROBYGGER_CLIENT_SECRET").map_err(|_| {
                    Error::conflict("Set BROBYGGER_CLIENT_SECRET beside BROBYGGER_CLIENT_ID.")
                })?,
                token: None,
            },
            (None, Err(_)) => {
                return Err(Error::conflict(
                    "Give --token, or set BROBYGGER_CLIENT_ID and BROBYGGER_CLIENT_SECRET.",
                ));
            }
        };
        Ok(Self {
            base: url.trim_end_matches('/').to_owned(),
            client: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(Duration::from_secs(10))
                .build()
                .map_err(unreachable)?,
            sign_in,
            patience,
            silence: patience.clamp(Duration::from_secs(1), LONGEST_SILENCE),
        })
    }

    async fn token(&mut self) -> Result<String, Refusal> {
        let (id, secret, token) = match &mut self.sign_in {
            SignIn::Token(token) => return Ok(token.clone()),
            SignIn::Client { id, secret, token } => (id, secret, token),
        };
        if let Some((token, since)) = token
            && since.elapsed() < FRESH
        {
            return Ok(token.clone());
        }
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", id)
            .append_pair("client_secret", secret)
            .finish();
        let answer = self
            .client
            .post(format!("{}/oauth/token", self.base))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
            .timeout(self.silence)
            .send()
            .await
            .map_err(out_of_reach)?;
        let answer = text(answer).await?;
        let answer: Value = serde_json::from_str(&answer).map_err(|_| strange())?;
        let fresh = answer.get("access_token").and_then(Value::as_str);
        let fresh = fresh.ok_or_else(strange)?.to_owned();
        *token = Some((fresh.clone(), Instant::now()));
        Ok(fresh)
    }

    async fn signed(&mut self, request: RequestBuilder) -> Result<RequestBuilder, Refusal> {
        let token = self.token().await?;
        Ok(request.bearer_auth(token))
    }

    /// Sends a file, piece by piece. Where no answer is heard it is sent once more: with the same key
    /// it becomes no second job.
    pub(super) async fn send(&mut self, asked: Asked, mut file: File) -> Result<Sent> {
        let key = uuid::Uuid::now_v7().to_string();
        let mut patience = Patience::new(self.patience);
        let (mut tried, mut perhaps) = (false, false);
        loop {
            let refusal = match self.try_to_send(asked, &file, &key).await {
                Ok(job) => return Ok(Sent::Taken(job)),
                Err(refusal) => refusal,
            };
            perhaps |= matches!(refusal, Refusal::Unheard(_));
            let again = match refusal {
                // Where nobody listens is mostly a wrong address.
                Refusal::Unreached(error) if !tried => Err(error),
                refusal => patience.bear(refusal).await,
            };
            tried = true;
            match again.and_then(|()| from_the_beginning(&mut file)) {
                Ok(()) => {}
                Err(error) if perhaps => return Ok(Sent::Perhaps(error)),
                Err(error) => return Err(error),
            }
        }
    }

    async fn try_to_send(
        &mut self,
        asked: Asked,
        file: &File,
        key: &str,
    ) -> Result<Import, Refusal> {
        let unreadable =
            |error| Refusal::Final(Error::conflict(format!("The file cannot be read: {error}")));
        let file = file.try_clone().map_err(unreadable)?;
        let moved = Arc::new(Mutex::new(Instant::now()));
        let mover = Arc::clone(&moved);
        let pieces = stream::unfold((file, mover), |(mut file, mover)| async move {
            *mover.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            let mut piece = vec![0_u8; 64 * 1024];
            match file.read(&mut piece) {
                Ok(0) => None,
                Ok(length) => {
                    piece.truncate(length);
                    Some((Ok(piece), (file, mover)))
                }
                Err(error) => Some((Err(error), (file, mover))),
            }
        });
        let media = if asked.csv {
            "text/csv"
        } else {
            "application/x-ndjson"
        };
        let url = format!(
            "{}/imports?kind={}&mode={}&validateOnly={}",
            self.base, asked.kind, asked.mode, asked.validate_only
        );
        let mut request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, media)
            .header("Idempotency-Key", key)
            .body(reqwest::Body::wrap_stream(pieces));
        if asked.packing == Packing::Gzip {
            request = request.header(header::CONTENT_ENCODING, "gzip");
        }
        let request = self
            .signed(request)
            .await
            .map_err(|refusal| match refusal {
                // The file was not sent yet.
                Refusal::Unheard(error) => Refusal::Passing(error),
                refusal => refusal,
            })?;
        let mut answer = pin!(async { job(request.send().await.map_err(out_of_reach)?).await });
        loop {
            if let Ok(answer) = tokio::time::timeout(self.silence, &mut answer).await {
                return answer;
            }
            let moved = *moved.lock().unwrap_or_else(PoisonError::into_inner);
            if moved.elapsed() >= self.silence {
                return Err(silent());
            }
        }
    }

    /// The job as it stands now.
    pub(super) async fn follow(&mut self, id: ImportId) -> Result<Import> {
        let mut patience = Patience::new(self.patience);
        loop {
            match self.look(id).await {
                Ok(job) => return Ok(job),
                Err(refusal) => patience.bear(refusal).await?,
            }
        }
    }

    async fn look(&mut self, id: ImportId) -> Result<Import, Refusal> {
        let request = self.client.get(format!("{}/imports/{id}", self.base));
        let request = self.signed(request).await?.timeout(self.silence);
        job(request.send().await.map_err(out_of_reach)?).await
    }

    /// Hands every result to `each` once, some at a time. What breaks off is read again.
    pub(super) async fn results(
        &mut self,
        id: ImportId,
        mut each: impl FnMut(Vec<RowResult>) -> Result<()>,
    ) -> Result<()> {
        let mut patience = Patience::new(self.patience);
        let mut given = 0;
        while let Err(refusal) = self.read_results(id, &mut given, &mut each).await {
            patience.bear(refusal).await?;
        }
        Ok(())
    }

    /// Hands on the results behind those that were `given` before.
    async fn read_results(
        &mut self,
        id: ImportId,
        given: &mut usize,
        each: &mut impl FnMut(Vec<RowResult>) -> Result<()>,
    ) -> Result<(), Refusal> {
        let url = format!("{}/imports/{id}/results?format=ndjson", self.base);
        let request = self.client.get(url);
        let request = self.signed(request).await?;
        let answer = in_time(self.silence, request.send()).await?;
        let answer = answer.map_err(out_of_reach)?;
        if !answer.status().is_success() {
            in_time(self.silence, text(answer)).await??;
            return Err(strange());
        }
        let mut pieces = answer.bytes_stream();
        let mut rest: Vec<u8> = Vec::new();
        let mut seen = 0;
        while let Some(piece) = in_time(self.silence, pieces.next()).await? {
            rest.extend_from_slice(&piece.map_err(out_of_reach)?);
            let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else {
                continue;
            };
            let tail = rest.split_off(end + 1);
            let mut rows = parse(&rest)?;
            rest = tail;
            let old = given.saturating_sub(seen).min(rows.len());
            seen += rows.len();
            let fresh = rows.split_off(old);
            *given += fresh.len();
            each(fresh).map_err(Refusal::Final)?;
        }
        Ok(())
    }
}

fn parse(lines: &[u8]) -> Result<Vec<RowResult>, Refusal> {
    lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).map_err(|_| strange()))
        .collect()
}

async fn job(answer: Response) -> Result<Import, Refusal> {
    let answer = text(answer).await?;
    serde_json::from_str(&answer).map_err(|_| strange())
}

/// The body of a success; of a refusal, what it says.
async fn text(answer: Response) -> Result<String, Refusal> {
    let status = answer.status();
    let text = answer.text().await.map_err(out_of_reach)?;
    if status.is_success() {
        return Ok(text);
    }
    let problem: Value = serde_json::from_str(&text).unwrap_or_default();
    let word = |value: &Value, name: &str| {
        let word = value.get(name).and_then(Value::as_str);
        word.unwrap_or_default().to_owned()
    };
    let mut said = format!("{status}: {}", word(&problem, "detail"));
    let errors = problem.get("errors").and_then(Value::as_array);
    for error in errors.into_iter().flatten() {
        said.push_str(&format!(
            "\n  {}: {}",
            word(error, "pointer"),
            word(error, "detail")
        ));
    }
    let error = Error::conflict(said);
    Err(if status == StatusCode::TOO_MANY_REQUESTS {
        Refusal::Passing(error)
    } else if status.is_server_error() || word(&problem, "code") == "idempotencyKeyInUse" {
        Refusal::Unheard(error)
    } else {
        Refusal::Final(error)
    })
}

fn from_the_beginning(file: &mut File) -> Result<()> {
    file.rewind().map_err(|_| {
        Error::conflict("No answer was heard, and what is no plain file cannot be sent once more.")
    })
}

fn strange() -> Refusal {
    Refusal::Final(Error::conflict("What answers there is not this service."))
}
