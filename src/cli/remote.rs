//! A service that the command line talks to.

use std::fs::File;
use std::io::Read as _;
use std::time::{Duration, Instant};

use brobygger::imports::{Asked, Import, ImportId, Packing, RowResult};
use brobygger::platform::error::{Error, Result};
use futures_util::{StreamExt as _, stream};
use reqwest::{Client, RequestBuilder, Response, StatusCode, header};
use serde_json::Value;

use super::{explain, note};

/// How long an access token is used before a new one is fetched: they last a quarter of an hour.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// How long a service that is out of reach, or too busy, is asked again about a job that it has.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Why there was no answer.
enum Refusal {
    /// It may be another one in a while.
    Passing(Error),
    /// It will be the same again.
    Final(Error),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Passing(error) | Refusal::Final(error) => error,
        }
    }
}

/// Tries that are made again.
struct Patience {
    since: Option<Instant>,
    pause: Duration,
}

impl Patience {
    fn new() -> Self {
        Self {
            since: None,
            pause: Duration::from_millis(500),
        }
    }

    /// Waits before the next try, unless there is to be none.
    async fn bear(&mut self, refusal: Refusal) -> Result<()> {
        let error = match refusal {
            Refusal::Passing(error) => error,
            Refusal::Final(error) => return Err(error),
        };
        let since = *self.since.get_or_insert_with(|| {
            note(format_args!(
                "{} Asking again for {} minutes.",
                explain(&error),
                PATIENCE.as_secs() / 60
            ));
            Instant::now()
        });
        if since.elapsed() >= PATIENCE {
            return Err(error);
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

/// A service, and who signs in to it.
pub(super) struct Remote {
    base: String,
    client: Client,
    sign_in: SignIn,
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
    pub(super) fn new(url: &str, token: Option<&str>) -> Result<Self> {
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

    /// Sends a file, piece by piece, and answers the job.
    pub(super) async fn send(&mut self, asked: Asked, file: File) -> Result<Import> {
        let pieces = stream::unfold(file, |mut file| async move {
            let mut piece = vec![0_u8; 64 * 1024];
            match file.read(&mut piece) {
                Ok(0) => None,
                Ok(length) => {
                    piece.truncate(length);
                    Some((Ok(piece), file))
                }
                Err(error) => Some((Err(error), file)),
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
            .body(reqwest::Body::wrap_stream(pieces));
        if asked.packing == Packing::Gzip {
            request = request.header(header::CONTENT_ENCODING, "gzip");
        }
        let answer = self.signed(request).await?.send().await;
        Ok(job(answer.map_err(out_of_reach)?).await?)
    }

    /// The job as it stands now.
    pub(super) async fn follow(&mut self, id: ImportId) -> Result<Import> {
        let mut patience = Patience::new();
        loop {
            match self.look(id).await {
                Ok(job) => return Ok(job),
                Err(refusal) => patience.bear(refusal).await?,
            }
        }
    }

    async fn look(&mut self, id: ImportId) -> Result<Import, Refusal> {
        let request = self.client.get(format!("{}/imports/{id}", self.base));
        let answer = self.signed(request).await?.send().await;
        job(answer.map_err(out_of_reach)?).await
    }

    /// Hands every result to `each` once, some at a time. What breaks off is read again.
    pub(super) async fn results(
        &mut self,
        id: ImportId,
        mut each: impl FnMut(Vec<RowResult>) -> Result<()>,
    ) -> Result<()> {
        let mut patience = Patience::new();
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
        let answer = self.signed(request).await?.send().await;
        let answer = answer.map_err(out_of_reach)?;
        if !answer.status().is_success() {
            text(answer).await?;
            return Err(strange());
        }
        let mut pieces = answer.bytes_stream();
        let mut rest: Vec<u8> = Vec::new();
        let mut seen = 0;
        while let Some(piece) = pieces.next().await {
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
    Err(
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            Refusal::Passing(error)
        } else {
            Refusal::Final(error)
        },
    )
}

fn out_of_reach(error: reqwest::Error) -> Refusal {
    Refusal::Passing(unreachable(error))
}

fn unreachable(error: reqwest::Error) -> Error {
    Error::conflict(format!(
        "The service is out of reach: {}.",
        error.without_url()
    ))
}

fn strange() -> Refusal {
    Refusal::Final(Error::conflict("What answers there is not this service."))
}
