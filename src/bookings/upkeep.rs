//! The clock job: what happens because time passes. It extends the times of time books to the
//! horizon, ends holds and offers that have run out, and offers free times to those who wait.
//!
//! Each piece of work is one small transaction that looks before it writes: run twice, or by
//! several instances beside each other, it is done once. Nothing that the API promises depends on
//! when it runs.

use std::sync::Arc;
use std::time::Duration;

use crate::organisations::{self, OrganisationId};
use crate::platform::access::Actor;
use crate::platform::access::permit::OnBehalf;
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::http::request::RequestInfo;
use crate::{timetable, waiting_list};

/// How often it runs in a service.
const EVERY: Duration = Duration::from_secs(60);
/// How many holds are ended, and time books looked at, in one transaction.
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
}

/// Runs once, for every data controller. Blocking.
pub fn run(app: &App) -> Result<Done> {
    let mut done = Done::default();
    for root in app.db.read_blocking(organisations::list_roots)? {
        loop {
            let expired = step(app, root.id, |cx| super::expire_holds(cx, TOGETHER))?;
            done.expired += expired;
            if i64::try_from(expired).is_ok_and(|count| count < TOGETHER) {
                break;
            }
        }
        let mut after = None;
        loop {
            let (ids, last) = step(app, root.id, move |cx| {
                timetable::ending(cx, after, TOGETHER)
            })?;
            for id in ids {
                if step(app, root.id, move |cx| timetable::extend(cx, id))? {
                    done.extended += 1;
                }
            }
            if last.is_none() {
                break;
            }
            after = last;
        }
        let mut after = None;
        loop {
            let ids = step(app, root.id, move |cx| {
                waiting_list::waiting(cx, after, TOGETHER)
            })?;
            let Some(last) = ids.last().copied() else {
                break;
            };
            for id in ids {
                if step(app, root.id, move |cx| waiting_list::offer_any(cx, id))? {
                    done.offered += 1;
                }
            }
            after = Some(last);
        }
    }
    Ok(done)
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
                tracing::info!(done.extended, done.expired, done.offered, "upkeep");
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(code = %error.code(), "upkeep failed"),
            Err(_stopping) => return,
        }
        tokio::time::sleep(EVERY).await;
    }
}
