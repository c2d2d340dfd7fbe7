//! What a store function is given, and whose data it has touched.

use chrono::NaiveDate;

use super::access::{Actor, Scope};
use super::app::App;
use super::audit::Subject;
use super::config::Config;
use super::crypto::KeyRing;
use super::db::{AnyConnection, Instant};
use super::error::Result;
use super::events::{self, Event};
use super::http::request::RequestInfo;
use crate::volunteers::Rosters;

/// Whose data an operation has read or changed.
#[derive(Debug, Default)]
pub(super) struct Trail {
    pub touched: Vec<Subject>,
    /// By the service itself, as a consequence of what the actor did.
    pub by_service: Vec<Subject>,
    pub searched: bool,
}

/// What a store function needs: the connection, whose data it may see, the keys, the time. There
/// is no way to query without saying on whose behalf.
pub struct Cx<'a> {
    conn: &'a mut AnyConnection,
    /// Who asks.
    pub actor: &'a Actor,
    /// With what request.
    pub request: &'a RequestInfo,
    /// Secrecy.
    pub keys: &'a KeyRing,
    /// What is remembered of volunteers.
    pub rosters: &'a Rosters,
    /// How the service was started.
    pub config: &'a Config,
    /// The time of the whole transaction.
    pub now: Instant,
    pub(super) trail: Trail,
}

impl std::fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cx({:?})", self.now)
    }
}

impl<'a> Cx<'a> {
    /// On behalf of `actor`, with `request`, on `conn`.
    pub fn new(
        app: &'a App,
        actor: &'a Actor,
        request: &'a RequestInfo,
        conn: &'a mut AnyConnection,
    ) -> Self {
        Self {
            conn,
            actor,
            request,
            keys: &app.keys,
            rosters: &app.rosters,
            config: &app.config,
            now: app.clock.now(),
            trail: Trail::default(),
        }
    }

    /// The connection.
    pub fn conn(&mut self) -> &mut AnyConnection {
        self.conn
    }

    /// Whose data the actor sees.
    #[must_use]
    pub fn scope(&self) -> &'a Scope {
        &self.actor.scope
    }

    /// Notes that this person's data was read or changed: an audit row each.
    pub fn touch(&mut self, subject: impl Into<Subject>) {
        let subject = subject.into();
        if !self.trail.touched.contains(&subject) {
            self.trail.touched.push(subject);
        }
    }

    /// Does something as the service itself, in this transaction: what follows for others from
    /// what the actor does, and is not the actor's to see. Its audit rows name the service; none
    /// where `work` answers none: there was nothing to do, see [`App::by_itself`].
    pub fn as_service<T>(
        &mut self,
        work: impl FnOnce(&mut Cx<'_>) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let actor = Actor::service(self.actor.scope.controller);
        let mut inner = Cx {
            conn: &mut *self.conn,
            actor: &actor,
            request: self.request,
            keys: self.keys,
            rosters: self.rosters,
            config: self.config,
            now: self.now,
            trail: Trail::default(),
        };
        let done = work(&mut inner);
        if matches!(done, Ok(None)) {
            return done;
        }
        self.trail.searched |= inner.trail.searched;
        for subject in inner
            .trail
            .touched
            .into_iter()
            .chain(inner.trail.by_service)
        {
            if !self.trail.by_service.contains(&subject) {
                self.trail.by_service.push(subject);
            }
        }
        done
    }

    /// The persons noted so far.
    #[must_use]
    pub fn touched(&self) -> &[Subject] {
        &self.trail.touched
    }

    /// Notes that somebody was searched for: an audit row even where nobody is found.
    pub fn searched(&mut self) {
        self.trail.searched = true;
    }

    /// Appends an event to the log, in this transaction.
    pub fn emit(&mut self, event: &Event) -> Result<()> {
        events::append(
            self.conn,
            self.now,
            self.actor.scope.controller,
            self.actor.id,
            event,
        )
    }

    /// Appends an event that tells of a deadline, if it has not been told: once for each subject,
    /// type and day, also across restarts and instances. Answers whether it was appended.
    pub fn emit_once(&mut self, event: &Event, due_on: NaiveDate) -> Result<bool> {
        let first = events::note_deadline(self.conn, self.now, event, due_on)?;
        if first {
            self.emit(event)?;
        }
        Ok(first)
    }
}
