//! Ready credentials for the demo, in a file that a shell can read: `. data/demo.env`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use diesel::prelude::*;

use super::{HEART, REGION, root_of};
use crate::organisations::OrganisationId;
use crate::platform::access::Role;
use crate::platform::access::clients::{self, Client, NewClient};
use crate::platform::access::policy::Action;
use crate::platform::access::tokens::Bearer;
use crate::platform::app::App;
use crate::platform::db::schema::{programmes, staff, volunteers};
use crate::platform::error::{Error, Result};
use crate::platform::files::write_private;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::staff::StaffId;
use crate::volunteers::VolunteerId;

pub(super) const NURSE: &str = "Karen Prøve";
pub(super) const COORDINATOR: &str = "Jens Prøve";
pub(super) const AUDITOR: &str = "Rie Prøve";
pub(super) const ADMINISTRATOR: &str = "Ole Prøve";
pub(super) const VOLUNTEER_COORDINATOR: &str = "Lone Prøve";

/// How long the persons' tokens last: a day of trying out.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// What the demo's clients are called, and what they may do.
const EHR: &str = "Sundhedsplatformen (demo)";
const EHR_SCOPES: &[&str] = &[
    "referrals.write",
    "referrals.read",
    "patients.read",
    "consents.read",
    "consents.write",
    "candidateChecks.write",
    "programmes.read",
];
const EVERYTHING: &str = "Every scope (demo)";
/// The association's booking site: free times and the bookings that it made itself, nothing else.
const SITE: &str = "Booking site (demo)";
const SITE_SCOPES: &[&str] = &["slots.read", "bookings.read", "bookings.write"];
/// A script that brings in files and sees no record by it.
const IMPORTER: &str = "Importer (demo)";
const IMPORTER_SCOPES: &[&str] = &["imports.read", "imports.write"];

/// Where the credentials are, and those for Swagger UI.
#[derive(Debug)]
pub struct Credentials {
    /// The file for the shell.
    pub file: PathBuf,
    /// The id of a client with every scope.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// Gives the demo's clients new secrets and its people new tokens, and writes them down.
pub fn make(app: &App, listening: SocketAddr) -> Result<Credentials> {
    let region = root_of(app, REGION)?;
    let heart = root_of(app, HEART)?;
    let (ehr, ehr_secret) = client(app, region, EHR, EHR_SCOPES)?;
    let every: Vec<&str> = Action::ALL.iter().map(|action| action.scope()).collect();
    let (client_id, client_secret) = client(app, region, EVERYTHING, &every)?;
    let (site, site_secret) = client(app, heart, SITE, SITE_SCOPES)?;
    let (importer, importer_secret) = client(app, region, IMPORTER, IMPORTER_SCOPES)?;
    let programme = programme(app, region, "APS")?;
    let peers = self::programme(app, heart, "HF")?;
    let nurse = member(app, region, NURSE)?;
    let mut lines = vec![
        "# Made by `brobygger serve --demo`; read it into a shell with `. FILE`.".to_owned(),
        format!("API=http://{listening}/v1"),
        format!("EHR_ID={ehr}"),
        format!("EHR_SECRET={ehr_secret}"),
        format!("DEMO_ID={client_id}"),
        format!("DEMO_SECRET={client_secret}"),
        format!("REGION={region}"),
        format!("PROGRAMME={programme}"),
        format!("NURSE={nurse}"),
        format!("SITE_ID={site}"),
        format!("SITE_SECRET={site_secret}"),
        format!("IMPORTER_ID={importer}"),
        format!("IMPORTER_SECRET={importer_secret}"),
        format!("HF_PROGRAMME={peers}"),
    ];
    let mut bearers = Vec::new();
    for (variable, home, name, role) in [
        ("NURSE_TOKEN", region, NURSE, Role::Nurse),
        ("COORDINATOR_TOKEN", region, COORDINATOR, Role::Coordinator),
        ("AUDITOR_TOKEN", region, AUDITOR, Role::Auditor),
        (
            "ADMINISTRATOR_TOKEN",
            region,
            ADMINISTRATOR,
            Role::Administrator,
        ),
        (
            "VOLUNTEER_COORDINATOR_TOKEN",
            heart,
            VOLUNTEER_COORDINATOR,
            Role::VolunteerCoordinator,
        ),
    ] {
        let bearer = Bearer::person(role, home, member(app, home, name)?.uuid());
        bearers.push((variable, bearer));
    }
    let volunteer = volunteer(app, heart)?;
    lines.push(format!("VOLUNTEER={volunteer}"));
    let bearer = Bearer::person(Role::Volunteer, heart, volunteer.uuid());
    bearers.push(("VOLUNTEER_TOKEN", bearer));
    for (variable, bearer) in bearers {
        let token = app.tokens.issue(&bearer, app.clock.now(), LIFETIME)?;
        lines.push(format!("{variable}={token}"));
    }
    lines.push(String::new());
    let file = app.config.data_dir.join("demo.env");
    write_private(&file, lines.join("\n").as_bytes())?;
    Ok(Credentials {
        file,
        client_id,
        client_secret,
    })
}

/// The client with this name, made when it is not there, with a new secret either way.
fn client(
    app: &App,
    region: OrganisationId,
    name: &str,
    scopes: &[&str],
) -> Result<(String, String)> {
    let known: Option<Id<Client>> = app
        .db
        .read_blocking(clients::list)?
        .into_iter()
        .find(|client| client.name == name && client.revoked_at.is_none())
        .map(|client| client.id);
    let now = app.clock.now();
    let (name, scopes) = (
        name.to_owned(),
        scopes
            .iter()
            .map(|scope| (*scope).to_owned())
            .collect::<Vec<_>>(),
    );
    let (id, secret) = app.db.write_blocking(move |tx| match known {
        Some(id) => Ok((id, clients::rotate(tx.conn(), id, now)?)),
        None => {
            let new = NewClient {
                name: name.clone(),
                organisation_id: region,
                scopes: scopes.clone(),
                programmes: None,
                sees_protected: false,
            };
            let (client, secret) = clients::create(tx.conn(), new, now)?;
            Ok((client.id, secret))
        }
    })?;
    Ok((id.to_string(), secret))
}

fn programme(app: &App, home: OrganisationId, code: &'static str) -> Result<ProgrammeId> {
    app.db.read_blocking(move |conn| {
        Ok(programmes::table
            .filter(programmes::controller_id.eq(home))
            .filter(programmes::code.eq(code))
            .select(programmes::id)
            .first(conn)?)
    })
}

/// The volunteer who has been active longest.
fn volunteer(app: &App, home: OrganisationId) -> Result<VolunteerId> {
    app.db.read_blocking(move |conn| {
        Ok(volunteers::table
            .filter(volunteers::controller_id.eq(home))
            .filter(volunteers::state.eq("active"))
            .order(volunteers::id.asc())
            .select(volunteers::id)
            .first(conn)?)
    })
}

fn member(app: &App, region: OrganisationId, name: &str) -> Result<StaffId> {
    app.db
        .read_blocking(|conn| {
            Ok(staff::table
                .filter(staff::controller_id.eq(region))
                .filter(staff::name.eq(name))
                .select(staff::id)
                .first(conn)
                .optional()?)
        })?
        .ok_or_else(|| Error::internal("a person of the demo is gone"))
}
