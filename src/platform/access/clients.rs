//! System clients: EHRs, booking sites, importers. Their secrets are 256 random bits, kept as
//! hashes only; a hash of so much randomness needs no stretching, and signing in stays cheap.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use diesel::prelude::*;

use super::actor::ActorKind;
use super::policy::action_of;
use super::tokens::Bearer;
use crate::organisations::Organisation;
use crate::platform::crypto::{random, same, sha256};
use crate::platform::db::schema::clients;
use crate::platform::db::{AnyConnection, Instant, Json};
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::programmes::Programme;

/// A system that calls the API.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = clients, treat_none_as_default_value = false)]
pub struct Client {
    /// Its `client_id`.
    pub id: Id<Client>,
    /// What it is called.
    pub name: String,
    /// The organisation it acts for.
    pub organisation_id: Id<Organisation>,
    /// What it may ask for.
    pub scopes: Json<Vec<String>>,
    /// The programmes it is limited to, if any.
    pub programmes: Option<Json<Vec<Id<Programme>>>>,
    /// Whether protected names and addresses are shown to it (ID-5).
    pub sees_protected: bool,
    /// SHA-256 of its secret.
    pub secret_hash: Vec<u8>,
    /// SHA-256 of the secret before, still accepted until [`Client::previous_until`].
    pub previous_hash: Option<Vec<u8>>,
    /// When the secret before stops working.
    pub previous_until: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// A new client, and its secret: told once, stored nowhere.
#[derive(Debug)]
pub struct NewClient {
    /// What it is called.
    pub name: String,
    /// The organisation it acts for.
    pub organisation_id: Id<Organisation>,
    /// What it may ask for.
    pub scopes: Vec<String>,
    /// The programmes it is limited to, if any.
    pub programmes: Option<Vec<Id<Programme>>>,
    /// Whether protected names and addresses are shown to it.
    pub sees_protected: bool,
}

/// Makes a client. Answers its secret.
pub fn create(conn: &mut AnyConnection, new: NewClient, now: Instant) -> Result<(Client, String)> {
    if let Some(unknown) = new.scopes.iter().find(|scope| action_of(scope).is_none()) {
        return Err(Error::conflict(format!("There is no scope {unknown}.")));
    }
    let secret = new_secret()?;
    let client = Client {
        id: Id::new(),
        name: new.name,
        organisation_id: new.organisation_id,
        scopes: Json(new.scopes),
        programmes: new.programmes.map(Json),
        sees_protected: new.sees_protected,
        secret_hash: sha256(&[secret.as_bytes()]).to_vec(),
        previous_hash: None,
        previous_until: None,
        created_at: now,
        revoked_at: None,
    };
    diesel::insert_into(clients::table)
        .values(&client)
        .execute(conn)?;
    Ok((client, secret))
}

/// All clients, oldest first.
pub fn list(conn: &mut AnyConnection) -> Result<Vec<Client>> {
    Ok(clients::table
        .order(clients::id.asc())
        .select(Client::as_select())
        .load(conn)?)
}

/// Gives a client a new secret; the old one works until `overlap_until`, so that the client can
/// be changed over without an outage.
pub fn rotate(conn: &mut AnyConnection, id: Id<Client>, overlap_until: Instant) -> Result<String> {
    let client = find(conn, id)?.ok_or_else(Error::not_found)?;
    let secret = new_secret()?;
    diesel::update(clients::table.find(id))
        .set((
            clients::secret_hash.eq(sha256(&[secret.as_bytes()]).to_vec()),
            clients::previous_hash.eq(Some(client.secret_hash)),
            clients::previous_until.eq(Some(overlap_until)),
        ))
        .execute(conn)?;
    Ok(secret)
}

/// Ends a client: no new tokens, and its running ones stop being believed.
pub fn revoke(conn: &mut AnyConnection, id: Id<Client>, now: Instant) -> Result<()> {
    let changed = diesel::update(
        clients::table
            .find(id)
            .filter(clients::revoked_at.is_null()),
    )
    .set(clients::revoked_at.eq(Some(now)))
    .execute(conn)?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::not_found())
    }
}

fn find(conn: &mut AnyConnection, id: Id<Client>) -> Result<Option<Client>> {
    Ok(clients::table
        .find(id)
        .filter(clients::revoked_at.is_null())
        .select(Client::as_select())
        .first(conn)
        .optional()?)
}

/// The name of a client that has not been revoked.
pub fn active_name(conn: &mut AnyConnection, id: Id<Client>) -> Result<Option<String>> {
    Ok(find(conn, id)?.map(|client| client.name))
}

/// The client with this secret, as the bearer of a token with `wanted` scopes (all of its own
/// where none are named). `Err` holds the OAuth error code (RFC 6749, section 5.2).
pub fn authenticate(
    conn: &mut AnyConnection,
    id: Id<Client>,
    secret: &str,
    wanted: Option<&str>,
    now: Instant,
) -> Result<Result<Bearer, &'static str>> {
    let hash = sha256(&[secret.as_bytes()]);
    let Some(client) = find(conn, id)? else {
        return Ok(Err("invalid_client"));
    };
    let previous = client
        .previous_until
        .is_some_and(|until| now < until)
        .then_some(client.previous_hash)
        .flatten();
    if !same(&hash, &client.secret_hash) && !previous.is_some_and(|old| same(&hash, &old)) {
        return Ok(Err("invalid_client"));
    }
    let granted = client.scopes.0;
    let scopes = match wanted {
        None => granted,
        Some(wanted) => {
            let wanted: Vec<String> = wanted.split_ascii_whitespace().map(str::to_owned).collect();
            if wanted.is_empty() || wanted.iter().any(|scope| !granted.contains(scope)) {
                return Ok(Err("invalid_scope"));
            }
            wanted
        }
    };
    Ok(Ok(Bearer {
        kind: ActorKind::Client,
        id: client.id.uuid(),
        organisation: client.organisation_id,
        roles: Vec::new(),
        programmes: client.programmes.map(|programmes| programmes.0),
        sees_protected: client.sees_protected,
        scopes,
    }))
}

fn new_secret() -> Result<String> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    random(bytes.as_mut_slice())?;
    Ok(BASE64.encode(bytes.as_slice()))
}
