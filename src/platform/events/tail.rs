//! Wakes those who wait for more events, without a connection or a thread for each of them.
//!
//! One task in each instance looks for the end of the log of every data controller that somebody
//! waits for: right after a commit in this instance, and every half second for those of other
//! instances. Who waits holds a [`Watch`] and nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::log::{self, Place};
use crate::organisations::Organisation;
use crate::platform::app::App;
use crate::platform::id::Id;

/// How soon events of other instances are seen.
const POLL: Duration = Duration::from_millis(500);
/// Commits that follow each other closely are looked for together.
const GATHER: Duration = Duration::from_millis(10);

/// Where the log of each data controller ends that somebody waits for.
pub type Ends = HashMap<Id<Organisation>, Place>;

/// Where the log ends, as far as this instance has seen.
#[derive(Debug)]
pub struct Tail {
    /// Who is waited for, and by how many.
    wanted: Mutex<HashMap<Id<Organisation>, usize>>,
    /// Somebody began to wait.
    begun: Notify,
    ends: watch::Sender<Ends>,
    stopping: watch::Sender<bool>,
    /// How many streams are open, and whose.
    streams: Mutex<HashMap<Uuid, usize>>,
}

impl Default for Tail {
    fn default() -> Self {
        Self {
            wanted: Mutex::default(),
            begun: Notify::new(),
            ends: watch::Sender::new(Ends::new()),
            stopping: watch::Sender::new(false),
            streams: Mutex::default(),
        }
    }
}

/// One of the streams that are open at once; its place is given back when it is dropped.
#[derive(Debug)]
pub struct Following(App, Uuid);

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Everybody's together are as many as there may be.
    All,
    /// One's own are a quarter of them, so that nobody takes them all.
    Own,
}

impl Following {
    /// Takes a place for somebody, where fewer than `at_most` are taken.
    pub fn new(app: &App, who: Uuid, at_most: usize) -> Result<Self, Full> {
        let mut open = app.tail.streams();
        if open.values().sum::<usize>() >= at_most {
            return Err(Full::All);
        }
        let own = open.entry(who).or_default();
        if *own >= at_most.div_ceil(4) {
            return Err(Full::Own);
        }
        *own += 1;
        Ok(Self(app.clone(), who))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut open = self.0.tail.streams();
        if let Some(own) = open.get_mut(&self.1) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.1);
            }
        }
    }
}

/// Somebody who waits for events of one data controller.
#[derive(Debug)]
pub struct Watch {
    app: App,
    controller: Id<Organisation>,
    ends: watch::Receiver<Ends>,
    stopping: watch::Receiver<bool>,
}

/// Why a wait has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// There is more.
    More,
    /// There was nothing in that time.
    Nothing,
    /// The service stops.
    Stopping,
}

impl Tail {
    fn wanted(&self) -> std::sync::MutexGuard<'_, HashMap<Id<Organisation>, usize>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn streams(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, usize>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every wait: the service stops.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Tells of every news at once.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<Ends> {
        self.ends.subscribe()
    }

    /// Tells when the service stops.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }
}

impl Watch {
    /// Begins to watch for events of a data controller.
    #[must_use]
    pub fn new(app: &App, controller: Id<Organisation>) -> Self {
        *app.tail.wanted().entry(controller).or_default() += 1;
        app.tail.begun.notify_one();
        Self {
            app: app.clone(),
            controller,
            ends: app.tail.ends.subscribe(),
            stopping: app.tail.stopping.subscribe(),
        }
    }

    /// Waits until there is an event behind `after`, for at most so long.
    pub async fn more(&mut self, after: Place, at_most: Duration) -> Woken {
        let controller = self.controller;
        let more = self
            .ends
            .wait_for(|ends| ends.get(&controller).is_some_and(|end| *end > after));
        tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stopping| *stopping) => Woken::Stopping,
            found = more => match found {
                Ok(_) => Woken::More,
                Err(_) => Woken::Stopping,
            },
            () = tokio::time::sleep(at_most) => Woken::Nothing,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut wanted = self.app.tail.wanted();
        if let Some(count) = wanted.get_mut(&self.controller) {
            *count -= 1;
            if *count == 0 {
                wanted.remove(&self.controller);
            }
        }
    }
}

/// Follows the log for as long as the service runs.
pub async fn follow(app: App) {
    let committed: Arc<Notify> = app.db.committed();
    let mut stopping = app.tail.stopping();
    loop {
        let wanted: Vec<_> = app.tail.wanted().keys().copied().collect();
        let nobody = wanted.is_empty();
        if !nobody {
            look(&app, wanted).await;
        }
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = app.tail.begun.notified() => {}
            () = committed.notified(), if !nobody => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep(POLL), if !nobody => {}
        }
    }
}

/// Looks where the logs end, and tells those who wait.
async fn look(app: &App, wanted: Vec<Id<Organisation>>) {
    let found = app
        .db
        .read(move |conn| {
            let mut ends = Ends::new();
            for controller in wanted {
                if let Some(end) = log::last(conn, controller)? {
                    ends.insert(controller, end);
                }
            }
            Ok(ends)
        })
        .await;
    match found {
        Ok(found) => {
            app.tail.ends.send_if_modified(|ends| {
                let news = *ends != found;
                *ends = found;
                news
            });
        }
        Err(error) => {
            tracing::warn!(code = %error.code(), "the end of the event log was not found")
        }
    }
}
