//! `brobygger client` and `brobygger token`.

use std::process::ExitCode;
use std::time::Duration;

use brobygger::organisations::{self, Organisation, OrganisationKind};
use brobygger::platform::access::Role;
use brobygger::platform::access::clients::{self, Client, NewClient};
use brobygger::platform::access::policy::Action;
use brobygger::platform::access::tokens::{Bearer, Tokens};
use brobygger::platform::clock::Clock;
use brobygger::platform::db::connection::Purpose;
use brobygger::platform::db::migrate;
use brobygger::platform::error::{Error, Result};
use brobygger::platform::id::Id;
use brobygger::programmes::Programme;
use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{Storage, say};

#[derive(Subcommand)]
pub(crate) enum ClientCommand {
    /// Make a client. Its secret is shown once.
    Create(Create),
    /// List all clients.
    List,
    /// Give a client a new secret; the old one works for a while longer.
    Rotate {
        /// The client's id.
        id: Id<Client>,
        /// Hours that the old secret still works.
        #[arg(long, default_value_t = 24)]
        overlap_hours: u32,
    },
    /// End a client: its secret and its tokens stop working.
    Revoke {
        /// The client's id.
        id: Id<Client>,
    },
}

#[derive(Args)]
pub(crate) struct Create {
    /// What the client is called.
    #[arg(long)]
    name: String,
    /// The organisation it acts for.
    #[arg(
        long,
        required_unless_present = "new_organisation",
        conflicts_with = "new_organisation"
    )]
    organisation: Option<Id<Organisation>>,
    /// Make a new data controller with this name, and let the client act for it.
    #[arg(long)]
    new_organisation: Option<String>,
    /// The kind of the new data controller.
    #[arg(long, default_value = "region")]
    kind: OrganisationKind,
    /// Scopes separated by spaces or commas; every scope without it.
    #[arg(long, value_delimiter = ',')]
    scopes: Vec<String>,
    /// Limit it to a programme; may be given several times.
    #[arg(long = "programme")]
    programmes: Vec<Id<Programme>>,
    /// Show it protected names and addresses (ID-5).
    #[arg(long)]
    sees_protected: bool,
}

#[derive(Args)]
pub(crate) struct Token {
    /// The role.
    #[arg(long)]
    role: Role,
    /// The organisation the person acts in.
    #[arg(long)]
    organisation: Id<Organisation>,
    /// The staff member, or the patient where the role is patient.
    #[arg(long)]
    subject: Uuid,
    /// Limit it to a programme; may be given several times.
    #[arg(long = "programme")]
    programmes: Vec<Id<Programme>>,
    /// Show protected names and addresses (ID-5).
    #[arg(long)]
    sees_protected: bool,
    /// Minutes that the token lasts.
    #[arg(long, default_value_t = 60)]
    minutes: u64,
}

pub(crate) fn run(storage: &Storage, command: ClientCommand) -> Result<ExitCode> {
    let url = storage.url()?;
    migrate::run(&url)?;
    let mut conn = url.connect(Purpose::Write)?;
    let now = Clock::System.now();
    match command {
        ClientCommand::Create(create) => {
            let organisation_id = match (create.organisation, &create.new_organisation) {
                (Some(id), _) => {
                    organisations::controller_of(&mut conn, id)?
                        .ok_or_else(|| Error::conflict("There is no such organisation."))?;
                    id
                }
                (None, Some(name)) => {
                    organisations::create_root(&mut conn, name, create.kind, now)?.id
                }
                (None, None) => return Err(Error::conflict("Name an organisation.")),
            };
            let scopes: Vec<String> = if create.scopes.is_empty() {
                Action::ALL
                    .iter()
                    .map(|action| action.scope().to_owned())
                    .collect()
            } else {
                create
                    .scopes
                    .iter()
                    .flat_map(|scopes| scopes.split_ascii_whitespace())
                    .map(str::to_owned)
                    .collect()
            };
            let new = NewClient {
                name: create.name,
                organisation_id,
                scopes,
                programmes: (!create.programmes.is_empty()).then_some(create.programmes),
                sees_protected: create.sees_protected,
            };
            let (client, secret) = clients::create(&mut conn, new, now)?;
            say(format_args!("organisation:  {organisation_id}"));
            say(format_args!("client_id:     {}", client.id));
            say(format_args!("client_secret: {secret}"));
            say("The secret is shown this once; only a hash of it is stored.");
        }
        ClientCommand::List => {
            for client in clients::list(&mut conn)? {
                let state = if client.revoked_at.is_some() {
                    "revoked"
                } else {
                    "active"
                };
                say(format_args!(
                    "{}  {state:8} {}  organisation {}  {}",
                    client.id,
                    client.name,
                    client.organisation_id,
                    client.scopes.0.join(" ")
                ));
            }
        }
        ClientCommand::Rotate { id, overlap_hours } => {
            let until = now + chrono::Duration::hours(i64::from(overlap_hours));
            let secret = clients::rotate(&mut conn, id, until)?;
            say(format_args!("client_secret: {secret}"));
            say(format_args!("The old secret works until {until}."));
        }
        ClientCommand::Revoke { id } => {
            clients::revoke(&mut conn, id, now)?;
            say("Revoked.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn token(storage: &Storage, token: Token) -> Result<ExitCode> {
    let config = storage.config();
    let tokens = Tokens::open_or_create(&config.signing_key_path(), config.token_lifetime)?;
    let bearer = Bearer {
        programmes: (!token.programmes.is_empty()).then_some(token.programmes),
        sees_protected: token.sees_protected,
        ..Bearer::person(token.role, token.organisation, token.subject)
    };
    let lifetime = Duration::from_secs(token.minutes * 60);
    say(tokens.issue(&bearer, Clock::System.now(), lifetime)?);
    Ok(ExitCode::SUCCESS)
}
