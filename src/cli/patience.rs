//! What is done where a service does not answer: it is asked again, for so long.

use std::time::{Duration, Instant};

use brobygger::platform::error::{Error, Result};

use super::{explain, note};

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Why there was no answer.
pub(super) enum Refusal {
    /// There was no connection: it has heard nothing.
    Unreached(Error),
    /// It has done nothing, and may in a while.
    Passing(Error),
    /// Nobody knows whether it was done.
    Unheard(Error),
    /// It will be the same again.
    Final(Error),
}

/// Tries that are made again.
pub(super) struct Patience {
    lasts: Duration,
    since: Option<Instant>,
    pause: Duration,
}

impl Patience {
    pub(super) fn new(lasts: Duration) -> Self {
        Self {
            lasts,
            since: None,
            pause: Duration::from_millis(500),
        }
    }

    /// Waits before the next try, unless there is to be none.
    pub(super) async fn bear(&mut self, refusal: Refusal) -> Result<()> {
        let error = match refusal {
            Refusal::Unreached(error) | Refusal::Passing(error) | Refusal::Unheard(error) => error,
            Refusal::Final(error) => return Err(error),
        };
        let since = *self.since.get_or_insert_with(|| {
            note(format_args!(
                "{} Asking again for {} seconds.",
                explain(&error),
                self.lasts.as_secs()
            ));
            Instant::now()
        });
        if since.elapsed() >= self.lasts {
            return Err(error);
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

/// What comes while it is waited for.
pub(super) async fn in_time<T>(
    at_most: Duration,
    what: impl Future<Output = T>,
) -> Result<T, Refusal> {
    tokio::time::timeout(at_most, what)
        .await
        .map_err(|_| silent())
}

pub(super) fn silent() -> Refusal {
    Refusal::Unheard(Error::conflict("The service does not answer."))
}

pub(super) fn out_of_reach(error: reqwest::Error) -> Refusal {
    if error.is_connect() {
        Refusal::Unreached(unreachable(error))
    } else {
        Refusal::Unheard(unreachable(error))
    }
}

pub(super) fn unreachable(error: reqwest::Error) -> Error {
    Error::conflict(format!(
        "The service is out of reach: {}.",
        error.without_url()
    ))
}
