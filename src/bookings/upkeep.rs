//! The clock job: what happens because time passes. It extends the times of time books to the
//! horizon, ends holds and offers that have run out, and offers free times to those who wait.
//!
//! Each piece of work is one small transaction that looks before it writes: run twice, or by
//! several instances beside each other, it is done once. Nothing that the API promises depends on
//! when it runs.

use std::sync::Arc;
use std::time::Duration;

use super::model::{Booking, BookingId};
use super::store;
use crate::organisations::{self, OrganisationId};
use crate::platform::access::Actor;
use crate::platform::access::permit::OnBehalf;
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::http::request::RequestInfo;
use crate::platform::id::Id;
use crate::waiting_list::{WaitingListEntry, WaitingListEntryId};
use crate::{timetable, waiting_list};

/// How often it runs in a service.
const EVERY: Duration = Duration::from_secs(60);
/// How many holds, time books and entries are looked for in one transaction.
const TOGETHER: i64 = 50;

/// What one run has done.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Time books whose times were extended.
    pub extended: usize,
    /// Holds and offers that had run out.
    pub expired: usize,
    /// Times offered to those who wait.
    pub offered: usize,
    /// What failed: it is in the log, and tried again by the next run.
    pub failed: usize,
}

/// Runs once, for every data controller. Blocking.
pub fn run(app: &App) -> Result<Done> {
    let mut done = Done::default();
    for root in app.db.read_blocking(organisations::list_roots)? {
        let mut run = Run {
            app,
            controller: root.id,
            failed: 0,
        };
        done.expired += run.each(run_out, super::expire_hold);
        done.extended += run.each(timetable::ending, timetable::extend);
        done.offered += run.each(waiting, waiting_list::offer_any);
        done.failed += run.failed;
    }
    Ok(done)
}

/// Some ids to work on, and the last one that was looked at; none behind it where that is none.
type Page<T> = (Vec<Id<T>>, Option<Id<T>>);

/// Finds a page behind an id, of so many.
type Find<T> = fn(&mut Cx<'_>, Option<Id<T>>, i64) -> Result<Page<T>>;

fn behind<T>(ids: Vec<Id<T>>) -> Page<T> {
    let last = ids.last().copied();
    (ids, last)
}

fn run_out(cx: &mut Cx<'_>, after: Option<BookingId>, limit: i64) -> Result<Page<Booking>> {
    Ok(behind(store::run_out(cx, after, limit)?))
}

fn waiting(
    cx: &mut Cx<'_>,
    after: Option<WaitingListEntryId>,
    limit: i64,
) -> Result<Page<WaitingListEntry>> {
    Ok(behind(waiting_list::waiting(cx, after, limit)?))
}

/// One run for one data controller.
struct Run<'a> {
    app: &'a App,
    controller: OrganisationId,
    failed: usize,
}

impl Run<'_> {
    /// Does `work` on each that `page` names, page by page. What fails is noted, and the rest goes
    /// on: one record that cannot be worked on holds up nobody else's.
    fn each<T: 'static>(
        &mut self,
        page: Find<T>,
        work: fn(&mut Cx<'_>, Id<T>) -> Result<bool>,
    ) -> usize {
        let mut done = 0;
        let mut after = None;
        loop {
            let from = after;
            let Some((ids, last)) = self.tried(move |cx| page(cx, from, TOGETHER)) else {
                return done;
            };
            for id in ids {
                if self.tried(move |cx| work(cx, id)) == Some(true) {
                    done += 1;
                }
            }
            if last.is_none() {
                return done;
            }
            after = last;
        }
    }

    fn tried<T, F>(&mut self, work: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Cx<'_>) -> Result<T> + Send + 'static,
    {
        step(self.app, self.controller, work)
            .inspect_err(|error| {
                self.failed += 1;
                tracing::error!(code = %error.code(), "a piece of upkeep failed");
            })
            .ok()
    }
}

/// One transaction of the service itself, with an audit row for each patient in it.
fn step<T, F>(app: &App, controller: OrganisationId, mut work: F) -> Result<T>
where
    T: Send + 'static,
    F: FnMut(&mut Cx<'_>) -> Result<T> + Send + 'static,
{
    let by = OnBehalf {
        actor: Arc::new(Actor::service(controller)),
        request: Arc::new(RequestInfo {
            id: uuid::Uuid::now_v7().to_string(),
            operation: "upkeep".into(),
            ..RequestInfo::default()
        }),
    };
    let app = app.clone();
    app.clone().db.write_blocking(move |tx| {
        let mut cx = Cx::new(&app, &by.actor, &by.request, tx.conn());
        let done = work(&mut cx)?;
        for patient in cx.touched().to_vec() {
            let mut entry = by.entry(&app);
            entry.patient_id = Some(patient);
            tx.record(entry);
        }
        Ok(done)
    })
}

/// Runs for as long as the service does.
pub async fn forever(app: App) {
    loop {
        let shared = app.clone();
        let done = actix_web::web::block(move || run(&shared)).await;
        match done {
            Ok(Ok(done)) if done != Done::default() => {
                tracing::info!(
                    done.extended,
                    done.expired,
                    done.offered,
                    done.failed,
                    "upkeep"
                );
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(code = %error.code(), "upkeep failed"),
            Err(_stopping) => return,
        }
        tokio::time::sleep(EVERY).await;
    }
}
