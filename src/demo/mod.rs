//! Data to try the service with: organisations, the five programmes, staff, and synthetic people
//! in every stage of Aktiv Patientstøtte. Loaded by `brobygger serve --demo` into an empty
//! database, through the same rules as the API, with a clock that is set to when things happened.
//!
//! Nobody in it exists. CPR numbers are generated from dates and serial numbers; the telephone
//! numbers are made up.

mod agreements;
mod credentials;
mod governance;
mod halland;
mod heart;
mod peers;
mod people;
mod stories;

use chrono::Duration;
use diesel::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use credentials::{Credentials, make as credentials};

use crate::organisations::{self, OrganisationId, OrganisationKind};
use crate::platform::access::Actor;
use crate::platform::app::{App, Cx};
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::schema::organisations as organisations_table;
use crate::platform::db::{DatabaseUrl, Instant};
use crate::platform::error::{Error, Result};
use crate::platform::http::request::RequestInfo;
use crate::platform::http::server;
use crate::programmes::{self, ProgrammeId};
use crate::staff::{self, StaffId};

/// The name of the demo's main data controller, by which a demo database is known again.
const REGION: &str = "Region Sjælland (demo)";

/// The association whose volunteers the demo shows.
const HEART: &str = "Hjerteforeningen (demo)";

/// The region whose steering group the demo shows.
const NORTH: &str = "Region Nordjylland (demo)";

/// Loads the demo data unless they are there already. Refuses a database that holds other data.
pub fn load(config: &Config, url: &DatabaseUrl) -> Result<()> {
    let clock = Clock::manual(Clock::System.now().utc());
    let app = server::open(config.clone(), url, None, clock)?;
    let roots = app.db.read_blocking(organisations::list_roots)?;
    let loaded = roots.iter().any(|root| root.name.as_str() == REGION);
    if !loaded && !roots.is_empty() {
        return Err(Error::conflict(
            "This database holds data that are not the demo's. Serve it without --demo, or choose another --data-dir.",
        ));
    }
    if !loaded {
        Loader::new(app).load()?;
    }
    Ok(())
}

/// Everything in the demo's main data controller that stories and credentials need.
struct Home {
    region: OrganisationId,
    hospital: OrganisationId,
    programme: ProgrammeId,
    nurse: StaffId,
    second_nurse: StaffId,
}

/// Runs steps at the times they happened.
struct Loader {
    app: App,
    today: Instant,
}

impl Loader {
    fn new(app: App) -> Self {
        let today = app.clock.now();
        Self { app, today }
    }

    fn load(&self) -> Result<()> {
        let home = self.region()?;
        self.other_controllers()?;
        stories::tell(self, &home)?;
        self.app.clock.set(self.today);
        Ok(())
    }

    /// The clock `days` before today, at 8:00 UTC; on a weekend, the Friday before.
    fn days_ago(&self, days: i64) -> Instant {
        use chrono::{Datelike as _, NaiveTime, Weekday};
        let mut date = (self.today + Duration::days(-days)).utc_date();
        while matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            date = date.pred_opt().unwrap_or(date);
        }
        let eight = NaiveTime::from_hms_opt(8, 0, 0).unwrap_or_default();
        Instant::from(date.and_time(eight).and_utc())
    }

    /// Runs one step as the service itself, at `at`.
    fn at<T, F>(&self, at: Instant, controller: OrganisationId, mut step: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Cx<'_>) -> Result<T> + Send + 'static,
    {
        // The last steps may fall later on the present day than now.
        let at = at.min(self.today);
        self.app.clock.set(at);
        let app = self.app.clone();
        let actor = Actor::service(controller);
        let request = RequestInfo {
            if_match: Some("*".to_owned()),
            ..RequestInfo::default()
        };
        self.app
            .db
            .write_blocking(move |tx| step(&mut Cx::new(&app, &actor, &request, tx.conn())))
    }

    fn root(&self, name: &'static str, kind: OrganisationKind) -> Result<OrganisationId> {
        let now = self.days_ago(400);
        let root = self
            .app
            .db
            .write_blocking(move |tx| organisations::create_root(tx.conn(), name, kind, now))?;
        Ok(root.id)
    }

    fn part(
        &self,
        of: OrganisationId,
        kind: &'static str,
        name: &'static str,
    ) -> Result<OrganisationId> {
        self.at(self.days_ago(400), self.controller_of(of)?, move |cx| {
            let new = from(json!({"partOf": of, "kind": kind, "name": name}))?;
            Ok(organisations::create(cx, &new)?.id)
        })
    }

    fn controller_of(&self, organisation: OrganisationId) -> Result<OrganisationId> {
        self.app
            .db
            .read_blocking(|conn| organisations::controller_of(conn, organisation))?
            .ok_or_else(|| Error::internal("the demo's organisation is gone"))
    }

    fn programme(
        &self,
        controller: OrganisationId,
        runs: OrganisationId,
        preset: &'static str,
    ) -> Result<ProgrammeId> {
        self.at(self.days_ago(399), controller, move |cx| {
            let new = from(json!({"organisationId": runs, "preset": preset}))?;
            Ok(programmes::create(cx, &new)?.id)
        })
    }

    fn member(
        &self,
        at: OrganisationId,
        name: &'static str,
        role: &'static str,
    ) -> Result<StaffId> {
        self.at(self.days_ago(398), self.controller_of(at)?, move |cx| {
            let new = from(json!({"organisationId": at, "name": name, "roles": [role]}))?;
            Ok(staff::create(cx, &new)?.id)
        })
    }

    fn region(&self) -> Result<Home> {
        let region = self.root(REGION, OrganisationKind::Region)?;
        let hospital = self.part(region, "hospital", "Prøve Universitetshospital")?;
        self.part(hospital, "ward", "Kardiologisk afdeling")?;
        self.part(region, "generalPractice", "Lægehuset Prøvevej")?;
        let centre = self.part(region, "unit", "Aktiv Patientstøtte")?;
        let programme = self.programme(region, centre, "APS")?;
        let agreement = self.programme(region, region, "HA")?;
        agreements::agreement(self, region, agreement)?;
        let nurse = self.member(centre, credentials::NURSE, "nurse")?;
        let second_nurse = self.member(centre, "Bente Prøve", "nurse")?;
        self.member(centre, credentials::COORDINATOR, "coordinator")?;
        self.member(region, credentials::AUDITOR, "auditor")?;
        self.member(region, credentials::ADMINISTRATOR, "administrator")?;
        Ok(Home {
            region,
            hospital,
            programme,
            nurse,
            second_nurse,
        })
    }

    fn other_controllers(&self) -> Result<()> {
        let heart = self.root(HEART, OrganisationKind::Association)?;
        let peers = self.programme(heart, heart, "HF")?;
        heart::tell(self, heart, peers)?;
        let halland = self.root("Region Halland (demo)", OrganisationKind::Region)?;
        let participation = self.programme(halland, halland, "HAL")?;
        halland::tell(self, halland, participation)?;
        let north = self.root(NORTH, OrganisationKind::Region)?;
        let centre = self.programme(north, north, "CPS")?;
        agreements::centre(self, north, centre)?;
        governance::tell(self, north, centre)?;
        Ok(())
    }
}

/// A request type from the JSON that a client would send.
fn from<T: DeserializeOwned>(body: Value) -> Result<T> {
    serde_json::from_value(body).map_err(|error| Error::internal(format_args!("demo: {error}")))
}

/// The id of one of the demo's data controllers.
fn root_of(app: &App, name: &'static str) -> Result<OrganisationId> {
    app.db.read_blocking(move |conn| {
        Ok(organisations_table::table
            .filter(organisations_table::parent_id.is_null())
            .filter(organisations_table::name.eq(name))
            .select(organisations_table::id)
            .first(conn)?)
    })
}
