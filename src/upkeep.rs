//! What happens because time passes: all of it on one screen ([`WORKS`]), as
//! [`crate::platform::http::routes`] shows the whole API.
//!
//! What needs work is looked for through the read door, where nobody's write waits for it. Each
//! piece of work is then one small transaction that looks again before it writes: run twice, or by
//! several instances beside each other, it is done once. Nothing that the API promises depends on
//! when it runs, and a service that slept through the moment does it after it has started.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::organisations::{self, OrganisationId};
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::id::Id;
use crate::{bookings, enquiries, imports, meetings, referrals, timetable, waiting_list};

/// Everything that is done, in this order.
const WORKS: &[&dyn Work] = &[
    &Piece {
        name: "booking.expired",
        find: bookings::run_out,
        work: bookings::expire_hold,
    },
    &Piece {
        name: "schedule.extended",
        find: timetable::ending,
        work: timetable::extend,
    },
    &Piece {
        name: "waitingListEntry.left",
        find: waiting_list::lapsed,
        work: waiting_list::lapse,
    },
    &Piece {
        name: "waitingListEntry.offered",
        find: waiting_list::waiting,
        work: waiting_list::offer_any,
    },
    &Piece {
        name: "referral.firstCallDueSoon",
        find: referrals::due_soon,
        work: referrals::tell_due_soon,
    },
    &Piece {
        name: "referral.firstCallOverdue",
        find: referrals::overdue,
        work: referrals::tell_overdue,
    },
    &Piece {
        name: "enquiry.overdue",
        find: enquiries::overdue,
        work: enquiries::tell_overdue,
    },
    &Piece {
        name: "import.givenUp",
        find: imports::abandoned,
        work: imports::give_up,
    },
    &Piece {
        name: "import.resultsRemoved",
        find: imports::outdated,
        work: imports::forget_results,
    },
    &Piece {
        name: "meeting.agendaDue",
        find: meetings::agenda_due,
        work: meetings::tell_agenda_due,
    },
    &Piece {
        name: "meeting.minutesDue",
        find: meetings::minutes_due,
        work: meetings::tell_minutes_due,
    },
    &Piece {
        name: "meeting.minutesApproved",
        find: meetings::approved,
        work: meetings::tell_approval,
    },
];

/// How often it runs in a service.
const EVERY: Duration = Duration::from_secs(60);
/// How many records are looked for at once.
const TOGETHER: i64 = 50;

/// A page of records to work on.
#[derive(Debug)]
pub struct Page<T: 'static> {
    /// Those that need work.
    pub ids: Vec<Id<T>>,
    /// The last record that was looked at, also where it needs none; the next page begins behind
    /// it. None where nothing was left to look at.
    pub last: Option<Id<T>>,
}

impl<T: 'static> From<Vec<Id<T>>> for Page<T> {
    /// A page where every record that was looked at needs work.
    fn from(ids: Vec<Id<T>>) -> Self {
        let last = ids.last().copied();
        Self { ids, last }
    }
}

/// Finds a page of so many records behind an id.
type Find<T> = fn(&mut Cx<'_>, Option<Id<T>>, i64) -> Result<Page<T>>;

/// One kind of work on one kind of record.
struct Piece<T: 'static> {
    /// What it is called in logs and in [`Done`].
    name: &'static str,
    /// Finds those that need it.
    find: Find<T>,
    /// Works on one, and says whether there was something to do.
    work: fn(&mut Cx<'_>, Id<T>) -> Result<bool>,
}

trait Work: Sync {
    /// Does it for one data controller.
    fn run(&self, app: &App, controller: OrganisationId, done: &mut Done);
}

impl<T: 'static> Work for Piece<T> {
    /// Page by page. What fails is noted, and the rest goes on: one record that cannot be worked
    /// on holds up nobody else's.
    fn run(&self, app: &App, controller: OrganisationId, done: &mut Done) {
        let Self { name, find, work } = *self;
        let mut after = None;
        loop {
            let page = app.look_by_itself(controller, "upkeep", |cx| find(cx, after, TOGETHER));
            let Some(page) = done.noted(name, page.map(Some)) else {
                return;
            };
            for id in page.ids {
                let worked = app.by_itself(controller, "upkeep", move |cx| {
                    Ok(work(cx, id)?.then_some(()))
                });
                if done.noted(name, worked).is_some() {
                    *done.counts.entry(name).or_default() += 1;
                }
            }
            if page.last.is_none() {
                return;
            }
            after = page.last;
        }
    }
}

/// What one run has done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Done {
    counts: BTreeMap<&'static str, usize>,
    /// What failed: it is in the log, and tried again by the next run.
    pub failed: usize,
}

impl Done {
    /// How often the piece of work with this name was done.
    #[must_use]
    pub fn of(&self, name: &str) -> usize {
        self.counts.get(name).copied().unwrap_or_default()
    }

    fn noted<T>(&mut self, name: &'static str, result: Result<Option<T>>) -> Option<T> {
        result
            .inspect_err(|error| {
                self.failed += 1;
                tracing::error!(work = name, code = %error.code(), "a piece of upkeep failed");
            })
            .ok()
            .flatten()
    }
}

/// Runs once, for every data controller. Blocking.
pub fn run(app: &App) -> Result<Done> {
    let mut done = Done::default();
    for root in app.db.read_blocking(organisations::list_roots)? {
        for work in WORKS {
            work.run(app, root.id, &mut done);
        }
    }
    Ok(done)
}

/// Runs for as long as the service does.
pub async fn forever(app: App) {
    loop {
        let shared = app.clone();
        match actix_web::web::block(move || run(&shared)).await {
            Ok(Ok(done)) => {
                for (work, count) in &done.counts {
                    tracing::info!(work, count, "upkeep");
                }
            }
            Ok(Err(error)) => tracing::error!(code = %error.code(), "upkeep failed"),
            Err(_stopping) => return,
        }
        tokio::time::sleep(EVERY).await;
    }
}
