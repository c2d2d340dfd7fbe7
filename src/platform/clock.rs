//! Time, injected. Nothing else in the service asks the operating system what time it is, so a
//! test can let months pass in milliseconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, Utc};

use super::db::types::Instant;

/// Where the current time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that moves only when told to, for tests: microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.timestamp_micros())))
    }

    /// The current time, cut to microseconds so that what was answered is what is read back.
    #[must_use]
    pub fn now(&self) -> Instant {
        match self {
            Self::System => Instant::from(Utc::now()),
            Self::Manual(micros) => Instant::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Sets a manual clock; the machine's clock is left alone.
    pub fn set(&self, to: Instant) {
        if let Self::Manual(micros) = self {
            micros.store(to.micros(), Ordering::SeqCst);
        }
    }

    /// Moves a manual clock forward; the machine's clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(micros) = self {
            micros.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }
}
