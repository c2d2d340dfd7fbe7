//! How much one actor may ask of the service: a token bucket for each, in this instance.
//! Behind the `RateLimit` and `RateLimit-Policy` headers.

use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use crate::platform::error::{Error, ProblemCode, Result};

type Buckets = RateLimiter<Uuid, DashMapStateStore<Uuid>, DefaultClock, StateInformationMiddleware>;

/// The buckets of all actors.
pub struct Limits {
    buckets: Option<Buckets>,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Limits(on: {})", self.buckets.is_some())
    }
}

/// What an actor has left, for the `RateLimit` headers.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Requests a second, and the burst.
    pub quota: u32,
    /// Requests left in the burst.
    pub remaining: u32,
}

/// Above this many actors, those who have been quiet are forgotten.
const ACTORS: usize = 10_000;

impl Limits {
    /// `per_second` requests for each actor, with a burst of as many; 0 means no limit.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        Self {
            buckets: NonZeroU32::new(per_second).map(|rate| {
                RateLimiter::dashmap(Quota::per_second(rate))
                    .with_middleware::<StateInformationMiddleware>()
            }),
        }
    }

    /// Takes one request from the bucket of `actor`. The standing is told with a refusal too.
    pub fn take(&self, actor: Uuid) -> (Option<Standing>, Result<()>) {
        let Some(buckets) = &self.buckets else {
            return (None, Ok(()));
        };
        if buckets.len() > ACTORS {
            buckets.retain_recent();
        }
        match buckets.check_key(&actor) {
            Ok(state) => (
                Some(Standing {
                    quota: state.quota().burst_size().get(),
                    remaining: state.remaining_burst_capacity(),
                }),
                Ok(()),
            ),
            Err(refused) => {
                let wait = refused.wait_time_from(DefaultClock::default().now());
                (
                    Some(Standing {
                        quota: refused.quota().burst_size().get(),
                        remaining: 0,
                    }),
                    Err(Error::problem(
                        ProblemCode::TooManyRequests,
                        format!(
                            "The rate of this client is used up; {} ms until the next request.",
                            wait.as_millis()
                        ),
                    )),
                )
            }
        }
    }
}
