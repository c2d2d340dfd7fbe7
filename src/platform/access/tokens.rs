//! Access tokens: JWT (RFC 7519) signed with Ed25519 (RFC 8037), short-lived, verified once and
//! then remembered by their hash until they expire or their bearer is revoked.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use diesel::prelude::*;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::actor::{Actor, ActorKind, Scope};
use super::clients;
use super::policy::{Action, Role, action_of, allows};
use crate::organisations::{self, Organisation};
use crate::patients::Patient;
use crate::platform::app::App;
use crate::platform::crypto::{random, sha256};
use crate::platform::db::{AnyConnection, Instant};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::files::write_private;
use crate::platform::id::Id;
use crate::programmes::Programme;
use crate::volunteers::Volunteer;

/// Who the tokens are for.
const AUDIENCE: &str = "brobygger";
/// How long a verified token is believed before its bearer is looked up again: the longest that
/// a revocation takes to reach every instance.
const REMEMBERED: Duration = Duration::from_secs(15);

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it.
    pub iss: String,
    /// The id of the client, staff member, patient or volunteer.
    pub sub: Uuid,
    /// Who it is for.
    pub aud: String,
    /// When it was made, seconds since 1970.
    pub iat: i64,
    /// When it ends, seconds since 1970.
    pub exp: i64,
    /// Its own id.
    pub jti: Uuid,
    /// What kind of actor.
    pub kind: ActorKind,
    /// The organisation it acts in.
    pub org: Id<Organisation>,
    /// The roles of a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// The programmes it is limited to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programmes: Option<Vec<Id<Programme>>>,
    /// Whether protected names and addresses are shown (ID-5).
    #[serde(default)]
    pub protected: bool,
    /// The scopes, separated by spaces.
    pub scope: String,
}

/// Makes and verifies tokens.
pub struct Tokens {
    issuer: String,
    key_id: String,
    public: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    lifetime: Duration,
    verified: moka::sync::Cache<[u8; 32], (Arc<Actor>, i64)>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens(key: {})", self.key_id)
    }
}

impl Tokens {
    /// Reads the signing key (PKCS#8 PEM) at `path`, or makes one there (mode 0600).
    pub fn open_or_create(path: &Path, lifetime: Duration) -> Result<Self> {
        let key = match std::fs::read_to_string(path) {
            Ok(pem) => SigningKey::from_pkcs8_pem(&pem).map_err(|_| {
                Error::internal(format_args!(
                    "{} is not an Ed25519 private key in PKCS#8 PEM",
                    path.display()
                ))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut seed = zeroize::Zeroizing::new([0_u8; 32]);
                random(seed.as_mut_slice())?;
                let key = SigningKey::from_bytes(&seed);
                let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(Error::internal)?;
                write_private(path, pem.as_bytes())?;
                key
            }
            Err(error) => {
                return Err(Error::internal(format_args!(
                    "cannot read {}: {error}",
                    path.display()
                )));
            }
        };
        let public = BASE64.encode(key.verifying_key().as_bytes());
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(Error::internal)?;
        let digest = sha256(&[key.verifying_key().as_bytes()]);
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[AUDIENCE]);
        // Expiry is checked against the injected clock, below.
        validation.validate_exp = false;
        Ok(Self {
            issuer: AUDIENCE.to_owned(),
            key_id: BASE64.encode(digest.get(..9).unwrap_or_default()),
            encoding: EncodingKey::from_ed_pem(pem.as_bytes()).map_err(Error::internal)?,
            decoding: DecodingKey::from_ed_components(&public).map_err(Error::internal)?,
            public,
            validation,
            lifetime,
            verified: moka::sync::Cache::builder()
                .max_capacity(10_000)
                .time_to_live(REMEMBERED)
                .build(),
        })
    }

    /// How long a token lasts.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// The public key as a JSON Web Key Set (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        serde_json::json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
            "kid": self.key_id, "x": self.public,
        }]})
    }

    /// Signs a token for `bearer`, from `now`, for `lifetime`.
    pub fn issue(&self, bearer: &Bearer, now: Instant, lifetime: Duration) -> Result<String> {
        let iat = now.utc().timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: bearer.id,
            aud: AUDIENCE.to_owned(),
            iat,
            exp: iat.saturating_add_unsigned(lifetime.as_secs()),
            jti: Uuid::now_v7(),
            kind: bearer.kind,
            org: bearer.organisation,
            roles: bearer.roles.clone(),
            programmes: bearer.programmes.clone(),
            protected: bearer.sees_protected,
            scope: bearer.scopes.join(" "),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.key_id.clone());
        jsonwebtoken::encode(&header, &claims, &self.encoding).map_err(Error::internal)
    }

    /// Who bears `token`. Refuses what is forged, expired or revoked.
    pub async fn verify(&self, app: &App, token: &str) -> Result<Arc<Actor>> {
        let refused = |detail: &str| Error::problem(ProblemCode::Unauthenticated, detail);
        let hash = sha256(&[token.as_bytes()]);
        let now = app.clock.now().utc().timestamp();
        if let Some((actor, expires)) = self.verified.get(&hash)
            && now < expires
        {
            return Ok(actor);
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| refused("The access token is not one that this service made."))?
            .claims;
        if now >= claims.exp {
            return Err(refused("The access token has expired; get a new one."));
        }
        let expires = claims.exp;
        let actor = app
            .db
            .point(move |conn| load_bearer(conn, claims))
            .await?
            .ok_or_else(|| refused("The bearer of this access token is no longer active."))?;
        let actor = Arc::new(actor);
        // Who has left as a volunteer is nobody's supporter from that moment.
        if actor.kind != ActorKind::Volunteer {
            self.verified.insert(hash, (Arc::clone(&actor), expires));
        }
        Ok(actor)
    }
}

/// Whom a token is made for.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// What kind.
    pub kind: ActorKind,
    /// The id of the client, staff member, patient or volunteer.
    pub id: Uuid,
    /// The organisation it acts in.
    pub organisation: Id<Organisation>,
    /// The roles of a person.
    pub roles: Vec<Role>,
    /// The programmes it is limited to, if any.
    pub programmes: Option<Vec<Id<Programme>>>,
    /// Whether protected names and addresses are shown.
    pub sees_protected: bool,
    /// Its scopes.
    pub scopes: Vec<String>,
}

impl Bearer {
    /// A person in one role, with every scope that the role has.
    #[must_use]
    pub fn person(role: Role, organisation: Id<Organisation>, id: Uuid) -> Self {
        Self {
            kind: ActorKind::of(role),
            id,
            organisation,
            roles: vec![role],
            programmes: None,
            sees_protected: false,
            scopes: Action::ALL
                .iter()
                .filter(|action| allows(role, **action))
                .map(|action| action.scope().to_owned())
                .collect(),
        }
    }
}

/// The actor behind verified claims, if it is still active.
fn load_bearer(conn: &mut AnyConnection, claims: Claims) -> Result<Option<Actor>> {
    let Some(controller) = organisations::controller_of(conn, claims.org)? else {
        return Ok(None);
    };
    let mut patient = None;
    let mut volunteer = None;
    let mut programmes = claims.programmes;
    let name = match claims.kind {
        ActorKind::Client => clients::active_name(conn, Id::from_uuid(claims.sub))?,
        ActorKind::Person => {
            crate::staff::active_name(conn, controller, Id::from_uuid(claims.sub))?
        }
        ActorKind::Patient => {
            use crate::platform::db::schema::patients::dsl as patients;
            let own = Id::<Patient>::from_uuid(claims.sub);
            let found: Option<Option<Id<Patient>>> = patients::patients
                .find(own)
                .filter(patients::controller_id.eq(controller))
                .select(patients::merged_into)
                .first(conn)
                .optional()?;
            // Where the record was merged, the survivor holds the patient's data.
            patient = found.map(|survivor| survivor.unwrap_or(own));
            patient.map(|_| String::new())
        }
        ActorKind::Volunteer => {
            use crate::platform::db::schema::volunteers::dsl as volunteers;
            let own = Id::<Volunteer>::from_uuid(claims.sub);
            let programme: Option<Id<Programme>> = volunteers::volunteers
                .find(own)
                .filter(volunteers::controller_id.eq(controller))
                .filter(volunteers::departed_on.is_null())
                .select(volunteers::programme_id)
                .first(conn)
                .optional()?;
            programme.map(|programme| {
                volunteer = Some(own);
                programmes = Some(vec![programme]);
                String::new()
            })
        }
        ActorKind::Service => None,
    };
    Ok(name.map(|name| Actor {
        kind: claims.kind,
        id: claims.sub,
        name,
        roles: claims.roles,
        actions: claims
            .scope
            .split_ascii_whitespace()
            .filter_map(action_of)
            .collect(),
        scope: Scope {
            controller,
            programmes,
            patient,
            volunteer,
            sees_protected: claims.protected,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_token_is_verified_and_a_changed_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing-key.pem");
        let tokens = Tokens::open_or_create(&path, Duration::from_secs(60)).unwrap();
        let again = Tokens::open_or_create(&path, Duration::from_secs(60)).unwrap();
        assert_eq!(tokens.key_id, again.key_id);
        let bearer = Bearer {
            kind: ActorKind::Client,
            id: Uuid::now_v7(),
            organisation: Id::new(),
            roles: Vec::new(),
            programmes: None,
            sees_protected: false,
            scopes: vec!["patients.read".to_owned()],
        };
        let token = tokens
            .issue(&bearer, Instant::from_micros(0), Duration::from_secs(60))
            .unwrap();
        let decode =
            |token: &str| jsonwebtoken::decode::<Claims>(token, &again.decoding, &again.validation);
        assert_eq!(decode(&token).unwrap().claims.sub, bearer.id);
        let (head, signature) = token.rsplit_once('.').unwrap();
        assert!(decode(&format!("{head}x.{signature}")).is_err());
        assert!(decode(&format!("{head}.{}", BASE64.encode([0_u8; 64]))).is_err());
    }
}
